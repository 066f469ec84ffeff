-- Residents of a unit or a town by source and day, side by side; a corrected number replaces the row, which stays.
create table places_population_entry (
    id bigint primary key,
    region_id bigint not null,
    unit_id bigint references places_unit_entry (id),
    town_id bigint references places_town_entry (id),
    source text not null check (source in ('census', 'household', 'statistics', 'town', 'derived')),
    as_of text not null,
    residents bigint not null check (residents >= 0),
    note text not null,
    event_id bigint references places_event_entry (id),
    state text not null check (state in ('standing', 'replaced')),
    entered_at bigint not null,
    entered_by bigint
);
create unique index places_population_entry_unit on places_population_entry (region_id, unit_id, source, as_of) where state = 'standing' and unit_id is not null;
create unique index places_population_entry_town on places_population_entry (region_id, town_id, source, as_of) where state = 'standing' and town_id is not null;
create index places_population_entry_event on places_population_entry (region_id, event_id);
create view places_population as
    select region_id, unit_id, town_id, source, as_of, residents from places_population_entry where state = 'standing';
