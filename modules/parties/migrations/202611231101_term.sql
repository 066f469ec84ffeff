-- The shared dictionaries: lists of codes and names; a term is ended, never deleted.
create table parties_term_entry (
    id bigint primary key,
    region_id bigint not null,
    list text not null,
    code text not null,
    name text not null,
    parent text,
    source text not null,
    status text not null check (status in ('law', 'standard', 'confirm')),
    valid_from text not null,
    valid_to text,
    sort bigint not null
);
create unique index parties_term_entry_code on parties_term_entry (region_id, list, code, valid_from);
create view parties_term as
    select id, region_id, list, code, name, parent, source, status, valid_from, valid_to, sort from parties_term_entry;
