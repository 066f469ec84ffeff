-- The service book: one row per village, however many villages were logged together. Behind what is looked for, the
-- indexes hold what else lists ask, so that counting reads no rows.
create table advisers_service_entry (
    id bigint primary key,
    region_id bigint not null,
    batch_id bigint not null,
    unit_id bigint not null references places_unit_entry (id),
    lawyer_id bigint not null references counsel_lawyer_entry (id),
    kind text not null check (kind in ('visit', 'phone', 'wechat', 'lecture', 'publicity')),
    quantity bigint not null check (quantity > 0),
    happened_on text not null,
    entered_at bigint not null,
    entered_by bigint,
    on_behalf bigint not null check (on_behalf in (0, 1)),
    people bigint not null,
    matter text not null,
    campaign text not null,
    note text not null,
    state text not null check (state in ('standing', 'withdrawn')),
    version bigint not null
);
create index advisers_service_entry_day on advisers_service_entry (region_id, happened_on, id, state, on_behalf);
create index advisers_service_entry_unit on advisers_service_entry (region_id, unit_id, happened_on, id, state, kind);
create index advisers_service_entry_lawyer on advisers_service_entry (region_id, lawyer_id, happened_on, id, state);
create index advisers_service_entry_kind on advisers_service_entry (region_id, kind, happened_on, id, state);
create index advisers_service_entry_batch on advisers_service_entry (region_id, batch_id);
create index advisers_service_entry_withdrawn on advisers_service_entry (region_id, happened_on, id) where state = 'withdrawn';
create view advisers_service as
    select id, region_id, batch_id, unit_id, lawyer_id, kind, quantity, happened_on, entered_at, on_behalf, people, matter, campaign, state
    from advisers_service_entry;
