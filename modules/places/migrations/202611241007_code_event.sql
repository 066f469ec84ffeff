-- Which event began and which ended a code. A code that ends before it begins belongs to an event that was undone.
alter table places_code add column begun_by bigint references places_event_entry (id);
alter table places_code add column ended_by bigint references places_event_entry (id);
drop index places_code_unit;
create unique index places_code_unit on places_code (region_id, unit_id, scheme, valid_from) where valid_to is null or valid_to >= valid_from;
