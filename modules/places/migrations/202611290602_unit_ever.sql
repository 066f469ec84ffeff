-- Every unit that ever was, also another bureau's, with its town: one table, so that a row is found by its id alone.
create view places_unit_ever as select id, region_id, town_id, name from places_unit_entry;
