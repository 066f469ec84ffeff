-- Every reading of a whole ID number or telephone: who, whose, why. `nth` counts an account's readings of a day, so that
-- no two readings at the same time can pass the day's limit together. What was read is not here.
create table parties_reading_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null,
    account_name text not null,
    day text not null,
    nth bigint not null,
    object text not null,
    object_id bigint not null,
    fields text not null,
    reason text not null check (reason in ('handling', 'identity', 'contact', 'subject', 'other')),
    note text not null,
    read_at bigint not null
);
create unique index parties_reading_entry_day on parties_reading_entry (region_id, day, account_id, nth);
create index parties_reading_entry_object on parties_reading_entry (region_id, object, object_id, id);
