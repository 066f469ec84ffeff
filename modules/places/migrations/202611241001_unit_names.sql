-- A closed unit keeps its name; the one that comes after it may bear the same. Withdrawn: set up by an event that was undone.
alter table places_unit_entry add column withdrawn bigint not null default 0;
drop index places_unit_entry_name;
create unique index places_unit_entry_name on places_unit_entry (region_id, town_id, name) where closed_on is null;
create view places_unit_any as
    select u.id, u.region_id, u.town_id, t.name as town_name, t.sort as town_sort, u.name, u.short_name, u.kind, u.initials, u.lat, u.lon, u.position,
           u.opened_on, u.closed_on
    from places_unit_entry u join places_town_entry t on t.id = u.town_id
    where u.jurisdiction = 'own' and u.withdrawn = 0;
