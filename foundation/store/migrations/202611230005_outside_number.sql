-- Numbers that a record carries in systems outside (provincial platform, hotline): clerks key into those too.
create table outside_number (
    id bigint primary key,
    region_id bigint not null,
    object text not null,
    object_id bigint not null,
    system text not null,
    number text not null,
    state text not null check (state in ('recorded', 'missing', 'mismatch')),
    noted_on text not null,
    version bigint not null
);
create unique index outside_number_object on outside_number (region_id, object, object_id, system);
create index outside_number_number on outside_number (region_id, system, number);
