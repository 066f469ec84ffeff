-- 我的台账: columns and filters that an account keeps under a name, to be filled in again for any period.
create table statistics_ledger_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null,
    title text not null,
    figure text not null,
    scheme text not null,
    town_id bigint,
    unit_id bigint,
    columns text not null,
    made_at bigint not null
);
create unique index statistics_ledger_entry_title on statistics_ledger_entry (region_id, account_id, title);
