-- Organisations: enterprises, individual businesses, social and village organisations, once for all modules.
create table parties_organisation_entry (
    id bigint primary key,
    region_id bigint not null,
    name text not null,
    initials text not null,
    kind text not null check (kind in ('enterprise', 'individual_business', 'social', 'government', 'village_org', 'chamber', 'other')),
    uscc text,
    contact text not null,
    phone_sealed text,
    unit_id bigint references places_unit_entry (id),
    address text not null,
    industry text not null,
    note text not null,
    entered_at bigint not null,
    version bigint not null
);
create unique index parties_organisation_entry_uscc on parties_organisation_entry (region_id, uscc);
create index parties_organisation_entry_name on parties_organisation_entry (region_id, name, id);
create index parties_organisation_entry_initials on parties_organisation_entry (region_id, initials, id);
create index parties_organisation_entry_unit on parties_organisation_entry (region_id, unit_id, id);
create view parties_organisation as
    select o.id, o.region_id, o.name, o.initials, o.kind, o.uscc, o.contact, o.unit_id, u.town_id, o.address, o.industry
    from parties_organisation_entry o left join places_area u on u.id = o.unit_id;
