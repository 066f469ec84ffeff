-- Roles that the system administrator asks the security administrator to grant; none once decided.
alter table identity_account_entry add column proposed_roles text;
