-- Law firms and legal service offices.
create table counsel_firm_entry (
    id bigint primary key,
    region_id bigint not null,
    name text not null,
    initials text not null,
    kind text not null check (kind in ('law_firm', 'legal_service_office')),
    uscc text,
    address text not null,
    phone_sealed text,
    lat double precision,
    lon double precision,
    state text not null check (state in ('active', 'closed')),
    version bigint not null
);
create unique index counsel_firm_entry_name on counsel_firm_entry (region_id, name);
create unique index counsel_firm_entry_uscc on counsel_firm_entry (region_id, uscc);
create view counsel_firm as
    select id, region_id, name, initials, kind, uscc, address, phone_sealed, lat, lon, state
    from counsel_firm_entry;
