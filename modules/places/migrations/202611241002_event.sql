-- What happened to villages and communities (村（社区）调整): the day it took effect, and the document that says so.
-- interval_marked: the day is invented inside the interval between two known editions of a list.
create table places_event_entry (
    id bigint primary key,
    region_id bigint not null,
    kind text not null check (kind in ('create', 'rename', 'move', 'merge', 'split', 'abolish')),
    day text not null,
    town_id bigint not null references places_town_entry (id),
    to_town_id bigint references places_town_entry (id),
    title text not null,
    document text not null,
    note text not null,
    interval_marked bigint not null check (interval_marked in (0, 1)),
    state text not null check (state in ('standing', 'undone')),
    entered_at bigint not null,
    entered_by bigint,
    undone_at bigint,
    undone_by bigint,
    undone_reason text,
    version bigint not null
);
create index places_event_entry_day on places_event_entry (region_id, day, id);
