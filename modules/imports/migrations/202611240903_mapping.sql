-- Which column of a file meant what the last time a file with the same heads was imported.
create table imports_mapping_entry (
    id bigint primary key,
    region_id bigint not null,
    kind text not null,
    header_digest text not null,
    mapping text not null,
    actor_id bigint not null,
    noted_at bigint not null
);
create unique index imports_mapping_heads on imports_mapping_entry (region_id, kind, header_digest);
