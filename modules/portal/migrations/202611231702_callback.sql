-- 请给我回电: somebody left a telephone number and wants to be called.
create table portal_callback_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint references places_town_entry (id),
    name text not null,
    phone_sealed text not null,
    phone_blind text not null,
    code_blind text not null,
    topic text not null,
    convenient text not null check (convenient in ('now', 'morning', 'afternoon', 'evening')),
    may_identify bigint not null check (may_identify in (0, 1)),
    requests bigint not null,
    state text not null check (state in ('waiting', 'called', 'failed', 'closed')),
    attempts bigint not null,
    taken_by bigint,
    taken_name text not null,
    created_at bigint not null,
    created_on text not null,
    settled_at bigint,
    version bigint not null
);
create index portal_callback_entry_state on portal_callback_entry (region_id, state, created_at, id);
create index portal_callback_entry_phone on portal_callback_entry (region_id, phone_blind, created_on);
create unique index portal_callback_entry_code on portal_callback_entry (region_id, code_blind);
