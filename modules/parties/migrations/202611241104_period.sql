-- How many months each kind of personal data is kept, from a day on; kinds without a row keep the period of the program.
create table parties_period_entry (
    id bigint primary key,
    region_id bigint not null,
    policy text not null,
    months bigint not null check (months between 1 and 1200),
    basis text not null,
    valid_from text not null,
    set_by bigint,
    set_name text not null,
    set_at bigint not null
);
create index parties_period_entry_policy on parties_period_entry (region_id, policy, valid_from, id);
