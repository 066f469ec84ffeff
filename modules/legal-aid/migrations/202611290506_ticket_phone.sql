-- The telephone that stands in a sent application, as a digest: by it a citizen comes back with a code.
alter table legal_aid_ticket_entry add column phone_blind text;
create index legal_aid_ticket_entry_phone on legal_aid_ticket_entry (region_id, phone_blind, sent_at);
