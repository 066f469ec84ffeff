-- The audit trail is read by time.
create index audit_row_at on audit_row (region_id, at, id);
