-- Villages and communities: 村（社区）. A unit outside the jurisdiction is known but never counted.
create table places_unit_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint not null references places_town_entry (id),
    name text not null,
    short_name text not null,
    kind text not null check (kind in ('village', 'community')),
    initials text not null,
    jurisdiction text not null check (jurisdiction in ('own', 'outside')),
    lat double precision,
    lon double precision,
    position text not null check (position in ('none', 'schematic', 'surveyed')),
    opened_on text not null,
    closed_on text,
    version bigint not null
);
create unique index places_unit_entry_name on places_unit_entry (region_id, town_id, name);
create index places_unit_entry_town on places_unit_entry (region_id, town_id, id);
create view places_unit as
    select u.id, u.region_id, u.town_id, t.name as town_name, t.sort as town_sort, u.name, u.short_name, u.kind, u.initials, u.lat, u.lon, u.position
    from places_unit_entry u join places_town_entry t on t.id = u.town_id
    where u.jurisdiction = 'own' and u.closed_on is null;
