-- What a check (数据核对) found on a day: the trend. One row per check and day, the last run of the day counts.
create table statistics_check_entry (
    id bigint primary key,
    region_id bigint not null,
    check_key text not null,
    day text not null,
    findings bigint not null,
    failed bigint not null check (failed in (0, 1)),
    ran_at bigint not null
);
create unique index statistics_check_entry_day on statistics_check_entry (region_id, check_key, day);
