-- What was sealed, byte for byte: gzip as base64. Never changed.
create table statistics_sealed_file_entry (
    id bigint primary key,
    region_id bigint not null,
    seal_id bigint not null references statistics_seal_entry (id),
    form text not null check (form in ('json', 'html', 'xlsx', 'facts')),
    length bigint not null,
    sha256 text not null,
    content text not null
);
create unique index statistics_sealed_file_entry_form on statistics_sealed_file_entry (region_id, seal_id, form);
