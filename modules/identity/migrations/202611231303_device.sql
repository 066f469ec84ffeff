-- Browsers that an account has logged in from; those with a PIN are bound to it. Only the digest of the cookie is kept.
create table identity_device_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    token_hash text not null,
    label text not null,
    pin_hash text,
    failed_count bigint not null,
    created_at bigint not null,
    last_used_at bigint not null,
    revoked_at bigint
);
create unique index identity_device_entry_token on identity_device_entry (region_id, token_hash, account_id);
create index identity_device_entry_account on identity_device_entry (region_id, account_id);
