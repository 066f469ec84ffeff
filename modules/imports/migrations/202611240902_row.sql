-- A staged row: sealed as long as it can be undone, deleted afterwards. It is no record.
create table imports_row_entry (
    id bigint primary key,
    region_id bigint not null,
    import_id bigint not null references imports_import_entry (id),
    seq bigint not null,
    tab bigint not null,
    line bigint not null,
    cells_sealed text not null,
    verdict text not null check (verdict in ('', 'create', 'change', 'same', 'bad')),
    notes_sealed text,
    state text not null check (state in ('', 'applied', 'undone', 'kept')),
    object_id bigint,
    done_sealed text
);
create unique index imports_row_seq on imports_row_entry (region_id, import_id, seq);
create index imports_row_verdict on imports_row_entry (region_id, import_id, verdict, seq);
create index imports_row_state on imports_row_entry (region_id, import_id, state, seq);
