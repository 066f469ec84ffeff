-- The findings of the last run of each check, in their order; replaced by the next run.
create table statistics_finding_entry (
    id bigint primary key,
    region_id bigint not null,
    check_key text not null,
    nth bigint not null,
    what text not null,
    href text
);
create unique index statistics_finding_entry_nth on statistics_finding_entry (region_id, check_key, nth);
