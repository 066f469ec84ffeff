-- Codes that citizens ask for to come back by their telephone. A row for every asking, whether the number is known or not, so
-- that both look the same and count the same. Only digests are kept; times are of the real clock.
create table legal_aid_code_entry (
    id bigint primary key,
    region_id bigint not null,
    browser text not null,
    phone_blind text not null,
    ticket_id bigint references legal_aid_ticket_entry (id),
    code_blind text not null,
    tries bigint not null,
    asked_at bigint not null,
    used_at bigint
);
create index legal_aid_code_entry_browser on legal_aid_code_entry (region_id, browser, asked_at);
create index legal_aid_code_entry_phone on legal_aid_code_entry (region_id, phone_blind, asked_at);
create index legal_aid_code_entry_asked on legal_aid_code_entry (region_id, asked_at);
