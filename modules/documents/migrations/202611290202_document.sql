-- Documents of cases and other subjects: what happened to each on its way to being served. The state follows from the
-- dated columns and is repeated for lists.
create table documents_document_entry (
    id bigint primary key,
    region_id bigint not null,
    kind text not null,
    object text not null,
    object_id bigint not null,
    town_id bigint not null,
    number text not null,
    template_version bigint not null,
    missing text not null,
    state text not null check (state in ('draft', 'printed', 'stamped', 'issued', 'served', 'void')),
    drafted_at bigint not null,
    drafted_by bigint,
    drafted_name text not null,
    printed_at bigint,
    stamped_on text,
    issued_at bigint,
    served_on text,
    served_how text check (served_how in ('person', 'post', 'left', 'electronic', 'through')),
    served_to text not null,
    voided_at bigint,
    void_reason text not null,
    last_name text not null,
    version bigint not null
);
create index documents_document_entry_list on documents_document_entry (region_id, drafted_at, id);
create index documents_document_entry_object on documents_document_entry (region_id, object, object_id, id);
create index documents_document_entry_town on documents_document_entry (region_id, town_id, drafted_at, id);
create unique index documents_document_entry_number on documents_document_entry (region_id, number);
