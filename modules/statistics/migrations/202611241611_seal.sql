-- Sealed periods (定稿): who fixed which figures when, and by what they are recognised. Never deleted: an unsealed one is superseded.
create table statistics_seal_entry (
    id bigint primary key,
    region_id bigint not null,
    scheme text not null,
    part text not null check (part in ('month', 'quarter', 'half', 'year')),
    period text not null,
    first_day text not null,
    last_day text not null,
    as_of text not null,
    version bigint not null,
    number text not null,
    state text not null check (state in ('standing', 'superseded')),
    facts bigint not null,
    digest text not null,
    audit_root text not null,
    sealed_by bigint,
    sealed_by_name text not null,
    sealed_at bigint not null,
    sealed_on text not null,
    superseded_at bigint,
    published_at bigint,
    withdrawn_at bigint
);
create unique index statistics_seal_entry_version on statistics_seal_entry (region_id, scheme, period, version);
create unique index statistics_seal_entry_standing on statistics_seal_entry (region_id, scheme, period) where state = 'standing';
create index statistics_seal_entry_last on statistics_seal_entry (region_id, last_day, id);
