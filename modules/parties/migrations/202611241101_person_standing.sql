-- A person may be under restriction (限制处理) or blanked after their time (清除); the published view then says no more
-- than that. `touched_at`: when what is known was last entered or corrected; 0 in rows older than this column.
alter table parties_person_entry add column restricted bigint not null default 0;
alter table parties_person_entry add column purged_at bigint;
alter table parties_person_entry add column touched_at bigint not null default 0;
create index parties_person_entry_restricted on parties_person_entry (region_id, restricted, id);
drop view parties_person;
create view parties_person as
    select p.id, p.region_id, coalesce(p.merged_into, p.id) as current_id, case when p.restricted = 1 then '（限制处理）' else p.name end as name,
        case when p.restricted = 1 then '' else p.initials end as initials, p.sex, case when p.restricted = 1 then null else p.birth end as birth,
        p.unit_id, u.town_id, case when p.restricted = 1 then '' else p.address end as address,
        case when p.restricted = 1 then '' else p.groups end as groups, p.merged_into, p.restricted, p.purged_at
    from parties_person_entry p left join places_area u on u.id = p.unit_id;
