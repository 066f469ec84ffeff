-- Which account of a partner organisation accepted which version of the terms of use, and when.
create table identity_terms_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    version bigint not null,
    accepted_at bigint not null
);
create unique index identity_terms_entry_account on identity_terms_entry (region_id, account_id, version);
