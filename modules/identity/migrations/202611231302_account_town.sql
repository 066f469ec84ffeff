-- The towns that an account is responsible for.
create table identity_account_town_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null references identity_account_entry (id),
    town_id bigint not null references places_town_entry (id)
);
create unique index identity_account_town_entry_pair on identity_account_town_entry (region_id, account_id, town_id);
create index identity_account_town_entry_account on identity_account_town_entry (account_id);
