-- What stands in the diary of a case: home visits, hearings, meetings, mediations; who goes, and what came of it.
create table legal_aid_engagement_entry (
    id bigint primary key,
    region_id bigint not null,
    case_id bigint not null references legal_aid_case_entry (id),
    kind text not null check (kind in ('visit', 'hearing', 'meeting', 'mediation', 'other')),
    starts_at bigint not null,
    span text not null check (span in ('am', 'pm', 'day', 'at')),
    place_sealed text not null,
    who text not null,
    state text not null check (state in ('planned', 'done', 'missed', 'cancelled')),
    outcome_sealed text not null,
    planned_at bigint not null,
    planned_name text not null,
    concluded_at bigint,
    concluded_name text not null,
    version bigint not null
);
create index legal_aid_engagement_entry_case on legal_aid_engagement_entry (region_id, case_id, starts_at, id);
create index legal_aid_engagement_entry_state on legal_aid_engagement_entry (region_id, state, starts_at, id);
create index legal_aid_engagement_entry_time on legal_aid_engagement_entry (region_id, starts_at, id);
