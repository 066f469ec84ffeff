-- Sessions: only the digest of the cookie is kept. One without its second factor done opens nothing.
create table identity_session_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    token_hash text not null,
    created_at bigint not null,
    last_seen bigint not null,
    expires_at bigint not null,
    idle_seconds bigint not null,
    second_factor_done bigint not null,
    failed_count bigint not null,
    device_id bigint references identity_device_entry (id),
    revoked_at bigint
);
create unique index identity_session_entry_token on identity_session_entry (region_id, token_hash);
create index identity_session_entry_account on identity_session_entry (region_id, account_id, revoked_at);
