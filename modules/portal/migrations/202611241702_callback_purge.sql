-- When the name, the number and the notes of a call-back were purged; what it was about and when stays.
alter table portal_callback_entry add column purged_at bigint;
create index portal_callback_entry_settled on portal_callback_entry (region_id, settled_at, id);
