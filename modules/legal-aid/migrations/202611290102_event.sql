-- Every act on a case: one row each, never changed.
create table legal_aid_event_entry (
    id bigint primary key,
    region_id bigint not null,
    case_id bigint not null references legal_aid_case_entry (id),
    act text not null,
    at bigint not null,
    happened_on text,
    actor_id bigint,
    actor_name text not null,
    words_sealed text not null,
    code text not null,
    decision text,
    lawyer_id bigint,
    stage_before text not null,
    stage_after text not null
);
create index legal_aid_event_entry_case on legal_aid_event_entry (region_id, case_id, id);
create index legal_aid_event_entry_lawyer on legal_aid_event_entry (region_id, lawyer_id, case_id);
