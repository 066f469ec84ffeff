-- Letters that the bureau receives about its own decisions: from an organ of reconsideration, from a court. The list of
-- kinds is part of the table, so the table is made anew.
create table legal_aid_letter_again (
    id bigint primary key,
    region_id bigint not null,
    case_id bigint not null references legal_aid_case_entry (id),
    town_id bigint not null,
    kind text not null check (kind in ('visit', 'supplement', 'withdraw', 'object', 'reconsider', 'sue', 'replace', 'complain', 'ask', 'rate')),
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
insert into legal_aid_letter_again
    select id, region_id, case_id, town_id, kind, words_sealed, rating, written_at, due_at, due_rule, answered_at, answered_by,
        answered_name, answer_sealed, version
    from legal_aid_letter_entry;
drop table legal_aid_letter_entry;
alter table legal_aid_letter_again rename to legal_aid_letter_entry;
create index legal_aid_letter_entry_case on legal_aid_letter_entry (region_id, case_id, id);
create index legal_aid_letter_entry_list on legal_aid_letter_entry (region_id, answered_at, due_at, id);
