-- People and organisations live in units; joined to every place, each look at one of them read all places first.
drop view parties_person;
create view parties_person as
    select p.id, p.region_id, coalesce(p.merged_into, p.id) as current_id, case when p.restricted = 1 then '（限制处理）' else p.name end as name,
        case when p.restricted = 1 then '' else p.initials end as initials, p.sex, case when p.restricted = 1 then null else p.birth end as birth,
        p.unit_id, u.town_id, case when p.restricted = 1 then '' else p.address end as address,
        case when p.restricted = 1 then '' else p.groups end as groups, p.merged_into, p.restricted, p.purged_at
    from parties_person_entry p left join places_unit_ever u on u.id = p.unit_id;
drop view parties_organisation;
create view parties_organisation as
    select o.id, o.region_id, o.name, o.initials, o.kind, o.uscc, o.contact, o.unit_id, u.town_id, o.address, o.industry
    from parties_organisation_entry o left join places_unit_ever u on u.id = o.unit_id;
