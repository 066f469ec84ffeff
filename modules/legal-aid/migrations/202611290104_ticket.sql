-- What citizens fill in without an account, and the code (查询码) by which they come back: first a draft, then the key to
-- the case that came of it. Only the browser's digest and the code's digest are kept; the answers are sealed.
create table legal_aid_ticket_entry (
    id bigint primary key,
    region_id bigint not null,
    code_blind text,
    browser text,
    answers_sealed text not null,
    step text not null,
    case_id bigint references legal_aid_case_entry (id),
    began_at bigint not null,
    saved_at bigint not null,
    sent_at bigint,
    version bigint not null
);
create unique index legal_aid_ticket_entry_code on legal_aid_ticket_entry (region_id, code_blind);
create index legal_aid_ticket_entry_browser on legal_aid_ticket_entry (region_id, browser, saved_at);
create index legal_aid_ticket_entry_case on legal_aid_ticket_entry (region_id, case_id);
create index legal_aid_ticket_entry_saved on legal_aid_ticket_entry (region_id, sent_at, saved_at);
