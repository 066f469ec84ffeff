-- The assessment of one case of a sample by one expert: five parts, their sum, and the expert's words.
create table legal_aid_assessment_entry (
    id bigint primary key,
    region_id bigint not null,
    batch_id bigint not null references legal_aid_batch_entry (id),
    case_id bigint not null references legal_aid_case_entry (id),
    expert_id bigint not null,
    points text not null,
    total bigint,
    words_sealed text not null,
    assessed_at bigint,
    assessed_name text not null,
    version bigint not null
);
create unique index legal_aid_assessment_entry_case on legal_aid_assessment_entry (region_id, batch_id, case_id);
