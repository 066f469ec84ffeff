-- Restrictions of processing (限制处理): why, since when, and how they ended. An erasure that must wait is one, too.
create table parties_restriction_entry (
    id bigint primary key,
    region_id bigint not null,
    person_id bigint not null references parties_person_entry (id),
    ground text not null check (ground in ('disputed', 'unlawful', 'erasure', 'other')),
    reason text not null,
    since text not null,
    set_by bigint,
    set_at bigint not null,
    lifted_on text,
    lift_reason text not null,
    lifted_by bigint
);
create index parties_restriction_entry_person on parties_restriction_entry (region_id, person_id, id);
create index parties_restriction_entry_open on parties_restriction_entry (region_id, lifted_on, id);
