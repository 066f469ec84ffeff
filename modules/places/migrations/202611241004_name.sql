-- What a unit was called when: the rows of one unit follow each other without gap; the last has no end while the unit stands.
-- A row that ends before it begins belongs to an event that was undone.
create table places_name_entry (
    id bigint primary key,
    region_id bigint not null,
    unit_id bigint not null references places_unit_entry (id),
    name text not null,
    short_name text not null,
    initials text not null,
    from_day text not null,
    to_day text,
    event_id bigint references places_event_entry (id)
);
create unique index places_name_entry_unit on places_name_entry (region_id, unit_id, from_day) where to_day is null or to_day >= from_day;
create index places_name_entry_event on places_name_entry (region_id, event_id);
insert into places_name_entry (id, region_id, unit_id, name, short_name, initials, from_day, to_day)
    select id, region_id, id, name, short_name, initials, opened_on, closed_on from places_unit_entry;
create view places_name as
    select n.region_id, n.unit_id, n.name, n.short_name, n.initials, n.from_day, n.to_day
    from places_name_entry n join places_unit_entry u on u.id = n.unit_id where u.withdrawn = 0 and (n.to_day is null or n.to_day >= n.from_day);
