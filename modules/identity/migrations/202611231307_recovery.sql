-- Recovery codes of the second factor, each good once. Only digests are kept.
create table identity_recovery_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    code_hash text not null,
    used_at bigint
);
create unique index identity_recovery_entry_code on identity_recovery_entry (region_id, account_id, code_hash);
