-- When a refusal was revoked after an objection, so that the application is examined anew.
alter table legal_aid_case_entry add column reopened_at bigint;
