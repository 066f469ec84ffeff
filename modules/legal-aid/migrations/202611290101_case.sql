-- Legal aid cases: who asked for what, the dated facts of the case, and what follows from them for lists (stage, urgency;
-- the check legal_aid.derived compares both with the facts).
create table legal_aid_case_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint not null references places_town_entry (id),
    unit_id bigint,
    station_id bigint,
    applicant_id bigint not null,
    agent_name text not null,
    agent_relation text not null,
    opponent text not null,
    matter text not null,
    channel text not null,
    story_sealed text not null,
    groups text not null,
    green bigint not null check (green in (0, 1)),
    hardship text not null check (hardship in ('art32', 'art42', 'statement', 'sharing', 'commitment', 'none')),
    people bigint not null check (people > 0),
    papers text not null,
    origin text not null check (origin in ('application', 'notice', 'request')),
    by_station bigint not null check (by_station in (0, 1)),
    received_at bigint not null,
    forwarded_at bigint,
    notified_at bigint,
    supplemented_at bigint,
    proposed_at bigint,
    proposal text,
    decided_at bigint,
    decision text,
    refuse_reason text not null,
    official_number text,
    advanced_at bigint,
    lawyer_id bigint,
    offered_at bigint,
    accepted_at bigint,
    met_on text,
    agreed_on text,
    closed_on text,
    filed_at bigint,
    result text not null,
    recovered bigint not null,
    reviewed_at bigint,
    subsidy bigint not null,
    paid_at bigint,
    archived_at bigint,
    ended_at bigint,
    ending text,
    end_reason text not null,
    stage text not null,
    urgency bigint not null,
    due_rule text not null,
    entered_at bigint not null,
    entered_by bigint,
    version bigint not null
);
create index legal_aid_case_entry_work on legal_aid_case_entry (region_id, urgency, id);
create index legal_aid_case_entry_stage on legal_aid_case_entry (region_id, stage, urgency, id);
create index legal_aid_case_entry_town on legal_aid_case_entry (region_id, town_id, urgency, id);
create index legal_aid_case_entry_lawyer on legal_aid_case_entry (region_id, lawyer_id, urgency, id);
create index legal_aid_case_entry_applicant on legal_aid_case_entry (region_id, applicant_id, id);
create unique index legal_aid_case_entry_number on legal_aid_case_entry (region_id, official_number);
create view legal_aid_case as
    select id, region_id, town_id, unit_id, station_id, applicant_id, matter, green, origin, people, official_number, lawyer_id, stage
    from legal_aid_case_entry;
