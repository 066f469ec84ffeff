-- The last number of each kind of documents in a year; taken in the transaction that uses it.
create table documents_counter_entry (
    region_id bigint not null,
    kind text not null,
    year bigint not null,
    last bigint not null,
    primary key (region_id, kind, year)
);
