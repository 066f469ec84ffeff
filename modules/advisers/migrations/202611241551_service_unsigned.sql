-- Services that no account stands behind, by day: looked for every night by the check advisers.unsigned.
create index advisers_service_entry_unsigned on advisers_service_entry (region_id, happened_on) where entered_by is null;
