-- Letters of cooperation and jurisdiction (协作函、移送函) between legal aid institutions: what they ask us, what we ask them.
create table legal_aid_cooperation_entry (
    id bigint primary key,
    region_id bigint not null,
    direction text not null check (direction in ('in', 'out')),
    kind text not null check (kind in ('hardship', 'inquire', 'serve', 'meet', 'deliver', 'transfer', 'other')),
    institution text not null,
    area text not null,
    town_id bigint not null references places_town_entry (id),
    case_id bigint references legal_aid_case_entry (id),
    subject_sealed text not null,
    asked_sealed text not null,
    letter_number text not null,
    came_on text not null,
    due_at bigint not null,
    due_rule text not null,
    noted_at bigint not null,
    noted_name text not null,
    worker_id bigint,
    worker_name text not null,
    assigned_at bigint,
    outcome text check (outcome in ('done', 'part', 'returned')),
    answered_on text,
    answered_at bigint,
    answered_name text not null,
    answer_sealed text,
    closed_at bigint,
    closed_name text not null,
    withdrawn_at bigint,
    withdrawn_name text not null,
    withdraw_reason text not null,
    version bigint not null
);
create index legal_aid_cooperation_entry_day on legal_aid_cooperation_entry (region_id, came_on, id);
create index legal_aid_cooperation_entry_case on legal_aid_cooperation_entry (region_id, case_id, id);
create index legal_aid_cooperation_entry_open on legal_aid_cooperation_entry (region_id, due_at)
    where answered_at is null and withdrawn_at is null;
