-- Every ending of a person's name and of its initials, the letters small: who knows a part of a name finds the person by an
-- index, for whatever contains 阿大 has an ending that begins with it. Sorted by code points.
create table parties_name_part_entry (
    region_id bigint not null,
    part text not null,
    person_id bigint not null,
    primary key (region_id, part, person_id)
) without rowid;
create index parties_name_part_entry_person on parties_name_part_entry (region_id, person_id);
insert into parties_name_part_entry (region_id, part, person_id)
    with recursive cut (region_id, part, person_id) as (
        select region_id, lower(name), id from parties_person_entry
        union select region_id, initials, id from parties_person_entry
        union select region_id, substr(part, 2), person_id from cut where length(part) > 1)
    select region_id, part, person_id from cut where part <> '' and person_id not in
        (select id from parties_person_entry where purged_at is not null);
create view parties_name_part as
    select n.region_id, n.part, n.person_id from parties_name_part_entry n join parties_person_entry p on p.id = n.person_id
    where p.restricted = 0 and p.purged_at is null;
create view parties_name as
    select id, region_id, case when restricted = 1 then '（限制处理）' else name end as name,
        case when restricted = 1 then '' else initials end as initials, restricted, purged_at
    from parties_person_entry;
