-- Whom lawyers and firms act for over time (常年法律顾问、任职、代理): either a lawyer or a whole firm, and an organisation
-- by its name as it is compared, so that a conflict of interest is found by an index.
create table counsel_retainer_entry (
    id bigint primary key,
    region_id bigint not null,
    lawyer_id bigint references counsel_lawyer_entry (id),
    firm_id bigint references counsel_firm_entry (id),
    organisation_id bigint references parties_organisation_entry (id),
    name text not null,
    name_key text not null check (name_key <> ''),
    uscc text,
    kind text not null check (kind in ('counsel', 'employment', 'agency')),
    from_on text not null,
    until_on text,
    entered_at bigint not null,
    version bigint not null,
    check (lawyer_id is not null and firm_id is null or lawyer_id is null and firm_id is not null),
    check (until_on is null or until_on >= from_on)
);
create index counsel_retainer_entry_name on counsel_retainer_entry (region_id, name_key, id);
create index counsel_retainer_entry_lawyer on counsel_retainer_entry (region_id, lawyer_id, id);
create index counsel_retainer_entry_firm on counsel_retainer_entry (region_id, firm_id, id);
create index counsel_retainer_entry_list on counsel_retainer_entry (region_id, from_on, id);
-- The same twice without an end is refused by the database too.
create unique index counsel_retainer_entry_of_lawyer on counsel_retainer_entry (region_id, lawyer_id, name_key, kind)
    where until_on is null and lawyer_id is not null;
create unique index counsel_retainer_entry_of_firm on counsel_retainer_entry (region_id, firm_id, name_key, kind)
    where until_on is null and firm_id is not null;
-- As other modules read them: with the firm also where only one of its lawyers is meant (lawyer_id).
create view counsel_retainer as
    select r.id, r.region_id, coalesce(r.firm_id, l.firm_id) as firm_id, r.lawyer_id, r.organisation_id, r.name, r.name_key, r.uscc, r.kind,
        r.from_on, r.until_on
    from counsel_retainer_entry r left join counsel_lawyer_entry l on l.id = r.lawyer_id;
