-- Which conflict of interest was looked into and set aside when a lawyer was assigned, and why; sealed.
alter table legal_aid_event_entry add column cleared_sealed text;
