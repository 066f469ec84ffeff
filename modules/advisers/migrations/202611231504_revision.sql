-- What a service entry said before it was corrected or withdrawn, by whom and why.
create table advisers_revision_entry (
    id bigint primary key,
    region_id bigint not null,
    service_id bigint not null references advisers_service_entry (id),
    at bigint not null,
    actor bigint,
    actor_name text not null,
    reason text not null,
    kind text not null,
    quantity bigint not null,
    happened_on text not null,
    people bigint not null,
    matter text not null,
    note text not null
);
create index advisers_revision_entry_service on advisers_revision_entry (region_id, service_id, id);
