-- The files of documents: what was drafted, and the scans of what was stamped, each sealed under a key of its own.
create table documents_file_entry (
    id bigint primary key,
    region_id bigint not null,
    document_id bigint not null references documents_document_entry (id),
    part text not null check (part in ('draft', 'scan')),
    mime text not null,
    key_sealed text not null,
    content text not null,
    digest text not null,
    bytes bigint not null,
    kept_at bigint not null,
    kept_by bigint,
    kept_name text not null
);
create index documents_file_entry_document on documents_file_entry (region_id, document_id, id);
