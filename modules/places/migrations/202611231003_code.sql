-- Official codes: several schemes, each with its time; two organisations of one statistical row share a code.
create table places_code (
    id bigint primary key,
    region_id bigint not null,
    unit_id bigint not null references places_unit_entry (id),
    scheme text not null,
    code text not null,
    valid_from text not null,
    valid_to text
);
create unique index places_code_unit on places_code (region_id, unit_id, scheme, valid_from);
create index places_code_code on places_code (region_id, scheme, code);
