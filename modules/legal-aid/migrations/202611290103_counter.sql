-- The last official number of each year; taken in the transaction that uses it, so that none is skipped or doubled.
create table legal_aid_counter_entry (
    region_id bigint not null,
    year bigint not null,
    last bigint not null,
    primary key (region_id, year)
);
