-- The rota: who sits where on which day. A turn that is given to somebody else or falls out keeps its row with the reason;
-- the new one says what it stands for.
create table legal_aid_turn_entry (
    id bigint primary key,
    region_id bigint not null,
    post_id bigint not null references legal_aid_post_entry (id),
    on_day text not null,
    half text not null check (half in ('am', 'pm', 'day')),
    lawyer_id bigint not null,
    state text not null check (state in ('planned', 'changed', 'cancelled')),
    reason text not null,
    instead_of bigint references legal_aid_turn_entry (id),
    planned_at bigint not null,
    planned_name text not null,
    closed_at bigint,
    closed_name text not null,
    version bigint not null
);
create index legal_aid_turn_entry_day on legal_aid_turn_entry (region_id, on_day, id);
create index legal_aid_turn_entry_lawyer on legal_aid_turn_entry (region_id, lawyer_id, on_day, id);
-- Nobody sits in two places at once, and nowhere sit two: the whole day takes both halves.
create unique index legal_aid_turn_entry_morning on legal_aid_turn_entry (region_id, lawyer_id, on_day) where state = 'planned' and half <> 'pm';
create unique index legal_aid_turn_entry_afternoon on legal_aid_turn_entry (region_id, lawyer_id, on_day) where state = 'planned' and half <> 'am';
create unique index legal_aid_turn_entry_post_morning on legal_aid_turn_entry (region_id, post_id, on_day) where state = 'planned' and half <> 'pm';
create unique index legal_aid_turn_entry_post_afternoon on legal_aid_turn_entry (region_id, post_id, on_day) where state = 'planned' and half <> 'am';
