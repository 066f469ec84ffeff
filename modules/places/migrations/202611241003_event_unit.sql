-- The units of an event: before (closed by it), after (set up by it), same (kept, under another name).
-- Every unit before goes on in every unit after: one of the two sides has a single unit.
create table places_event_unit_entry (
    id bigint primary key,
    region_id bigint not null,
    event_id bigint not null references places_event_entry (id),
    unit_id bigint not null references places_unit_entry (id),
    role text not null check (role in ('before', 'after', 'same'))
);
create unique index places_event_unit_entry_event on places_event_unit_entry (region_id, event_id, role, unit_id);
create index places_event_unit_entry_unit on places_event_unit_entry (region_id, unit_id);
create view places_lineage as
    select e.region_id, e.id as event_id, e.kind, e.day, b.unit_id as from_id, a.unit_id as to_id
    from places_event_entry e
    join places_event_unit_entry b on b.region_id = e.region_id and b.event_id = e.id and b.role = 'before'
    join places_event_unit_entry a on a.region_id = e.region_id and a.event_id = e.id and a.role = 'after'
    where e.state = 'standing' and e.kind in ('move', 'merge', 'split');
