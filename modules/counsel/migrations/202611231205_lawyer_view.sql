-- Lawyers with the newest assessment and the newest discipline, as other modules read them.
create view counsel_lawyer as
    select l.id, l.region_id, l.firm_id, f.name as firm_name, l.name, l.sex, l.kind, l.licence, l.licensed_since, l.phone_sealed,
        l.specialities, l.dialect, coalesce(a.grade, '') as assessment, a.year as assessment_year,
        coalesce((select d.kind || case when d.reason = '' then '' else '：' || d.reason end
            from counsel_discipline_entry d where d.region_id = l.region_id and d.lawyer_id = l.id
            order by coalesce(d.happened_on, '') desc, d.id desc limit 1), '') as discipline,
        l.state, l.initials
    from counsel_lawyer_entry l
    join counsel_firm_entry f on f.id = l.firm_id
    left join counsel_assessment_entry a on a.region_id = l.region_id and a.lawyer_id = l.id
        and a.year = (select max(b.year) from counsel_assessment_entry b where b.region_id = l.region_id and b.lawyer_id = l.id);
