-- Natural persons, once for all modules. A merged row stays and points to the one that is kept.
create table parties_person_entry (
    id bigint primary key,
    region_id bigint not null,
    name text not null,
    initials text not null,
    sex text not null check (sex in ('男', '女', '')),
    birth text,
    id_sealed text,
    id_blind text,
    phone_sealed text,
    phone_blind text,
    unit_id bigint references places_unit_entry (id),
    address text not null,
    groups text not null,
    note text not null,
    merged_into bigint references parties_person_entry (id),
    entered_at bigint not null,
    version bigint not null
);
create unique index parties_person_entry_id_number on parties_person_entry (region_id, id_blind);
create index parties_person_entry_phone on parties_person_entry (region_id, phone_blind, id);
create index parties_person_entry_name on parties_person_entry (region_id, name, id);
create index parties_person_entry_unit on parties_person_entry (region_id, unit_id, id);
create index parties_person_entry_merged on parties_person_entry (region_id, merged_into, id);
create view parties_person as
    select p.id, p.region_id, coalesce(p.merged_into, p.id) as current_id, p.name, p.initials, p.sex, p.birth, p.unit_id, u.town_id, p.address,
        p.groups, p.merged_into
    from parties_person_entry p left join places_area u on u.id = p.unit_id;
