-- One-time links: to choose a password, or to bind a browser with a PIN. Only the digest of the link is kept.
create table identity_invitation_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    kind text not null check (kind in ('account', 'device')),
    token_hash text not null,
    created_at bigint not null,
    created_by bigint,
    expires_at bigint not null,
    used_at bigint
);
create unique index identity_invitation_entry_token on identity_invitation_entry (region_id, token_hash);
create index identity_invitation_entry_account on identity_invitation_entry (region_id, account_id);
