-- Accounts: who may log in, in which roles, standing for whom. The towns of an account are rows of their own.
create table identity_account_entry (
    id bigint primary key,
    region_id bigint not null,
    username text not null,
    name text not null,
    password_hash text,
    password_set_at bigint,
    totp_secret_sealed text,
    totp_state text not null check (totp_state in ('none', 'pending', 'on')),
    totp_last_step bigint not null,
    roles text not null,
    subject_id bigint,
    state text not null check (state in ('active', 'deactivated')),
    created_at bigint not null,
    last_login_at bigint,
    version bigint not null
);
create unique index identity_account_entry_username on identity_account_entry (region_id, username);
create index identity_account_entry_state on identity_account_entry (region_id, state, username, id);
create view identity_account as
    select id, region_id, username, name, roles, subject_id, state from identity_account_entry;
