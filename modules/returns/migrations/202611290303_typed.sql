-- What people typed into the ministry's forms, because nothing in the system knows it: a row for each time; the newest of a
-- form, column and period holds, and without a value it takes back what stood there.
create table returns_typed_entry (
    id bigint primary key,
    region_id bigint not null,
    form text not null,
    col bigint not null check (col > 0),
    scheme text not null,
    period text not null,
    value bigint check (value >= 0),
    typed_at bigint not null,
    typed_by bigint not null,
    typed_name text not null
);
create index returns_typed_entry_period on returns_typed_entry (region_id, scheme, period, id);
