-- What applicants say about their case after it began: papers that follow, an objection, a wish for another lawyer, a
-- complaint, a rating; and what they were answered.
create table legal_aid_letter_entry (
    id bigint primary key,
    region_id bigint not null,
    case_id bigint not null references legal_aid_case_entry (id),
    town_id bigint not null,
    kind text not null check (kind in ('visit', 'supplement', 'withdraw', 'object', 'replace', 'complain', 'ask', 'rate')),
    words_sealed text not null,
    rating bigint,
    written_at bigint not null,
    due_at bigint,
    due_rule text not null,
    answered_at bigint,
    answered_by bigint,
    answered_name text not null,
    answer_sealed text,
    version bigint not null
);
create index legal_aid_letter_entry_case on legal_aid_letter_entry (region_id, case_id, id);
create index legal_aid_letter_entry_list on legal_aid_letter_entry (region_id, answered_at, due_at, id);
