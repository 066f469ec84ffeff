-- Every time an account was taken out of use or back into it: who, when, why.
create table identity_state_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    state text not null check (state in ('active', 'deactivated')),
    reason text not null,
    at bigint not null,
    by_account bigint not null
);
create index identity_state_entry_account on identity_state_entry (region_id, account_id, at);
