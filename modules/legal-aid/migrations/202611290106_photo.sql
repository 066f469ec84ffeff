-- Photographs of papers that citizens send with a draft or a case, and officers with a case: made anew, each sealed under a
-- key of its own.
create table legal_aid_photo_entry (
    id bigint primary key,
    region_id bigint not null,
    ticket_id bigint references legal_aid_ticket_entry (id),
    case_id bigint references legal_aid_case_entry (id),
    title text not null,
    key_sealed text not null,
    content text not null,
    digest text not null,
    bytes bigint not null,
    width bigint not null,
    height bigint not null,
    taken_at bigint not null,
    taken_by bigint,
    taken_name text not null
);
create index legal_aid_photo_entry_ticket on legal_aid_photo_entry (region_id, ticket_id, id);
create index legal_aid_photo_entry_case on legal_aid_photo_entry (region_id, case_id, id);
