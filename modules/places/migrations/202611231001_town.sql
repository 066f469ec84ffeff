-- Towns, sub-districts and zones: what a village belongs to.
create table places_town_entry (
    id bigint primary key,
    region_id bigint not null,
    name text not null,
    kind text not null check (kind in ('town', 'subdistrict', 'zone')),
    code text not null,
    lat double precision not null,
    lon double precision not null,
    population bigint,
    population_status text,
    office text not null,
    office_phone_sealed text,
    sort bigint not null,
    version bigint not null
);
create unique index places_town_entry_name on places_town_entry (region_id, name);
create view places_town as
    select id, region_id, name, kind, code, lat, lon, population, population_status, office, office_phone_sealed, sort
    from places_town_entry;
