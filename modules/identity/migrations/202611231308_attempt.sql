-- Wrong passwords per name typed, existing or not, so that a lock-out does not tell which names exist.
-- The name is a keyed digest.
create table identity_attempt_entry (
    id bigint primary key,
    region_id bigint not null,
    name_hash text not null,
    failed_count bigint not null,
    last_failed_at bigint not null,
    locked_until bigint not null
);
create unique index identity_attempt_entry_name on identity_attempt_entry (region_id, name_hash);
create index identity_attempt_entry_age on identity_attempt_entry (region_id, last_failed_at);
