-- What the bureau pays for a case of each kind, by the day from which it holds (法律援助法第五十二条).
create table legal_aid_standard_entry (
    id bigint primary key,
    region_id bigint not null,
    kind text not null check (kind in ('criminal', 'suit', 'arbitration', 'other')),
    amount bigint not null check (amount >= 0),
    valid_from text not null,
    basis text not null,
    set_at bigint not null,
    set_name text not null
);
create unique index legal_aid_standard_entry_kind on legal_aid_standard_entry (region_id, kind, valid_from);
