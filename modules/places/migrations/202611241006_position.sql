-- Where a unit was said to lie: what was typed, in which coordinate system, by which source, and what was stored.
create table places_position_entry (
    id bigint primary key,
    region_id bigint not null,
    unit_id bigint not null references places_unit_entry (id),
    system text not null check (system in ('wgs84', 'gcj02', 'bd09')),
    typed_lat double precision not null,
    typed_lon double precision not null,
    lat double precision not null,
    lon double precision not null,
    source text not null,
    measured_on text not null,
    entered_at bigint not null,
    entered_by bigint
);
create index places_position_entry_unit on places_position_entry (region_id, unit_id, id);
