-- Templates that the bureau uploaded in place of ours, the newest of a kind in use; none is ever changed or deleted.
create table documents_template_entry (
    id bigint primary key,
    region_id bigint not null,
    kind text not null,
    version bigint not null check (version > 0),
    file_name text not null,
    content text not null,
    digest text not null,
    bytes bigint not null,
    places text not null,
    note text not null,
    uploaded_at bigint not null,
    uploaded_by bigint,
    uploaded_name text not null
);
create unique index documents_template_entry_version on documents_template_entry (region_id, kind, version);
