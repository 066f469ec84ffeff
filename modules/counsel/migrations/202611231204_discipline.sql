-- Penalties and sanctions against lawyers; the day is null where only the fact is known.
create table counsel_discipline_entry (
    id bigint primary key,
    region_id bigint not null,
    lawyer_id bigint not null references counsel_lawyer_entry (id),
    happened_on text,
    kind text not null check (kind in ('警告', '罚款', '没收违法所得', '停止执业', '吊销执业证书', '行业处分', '其他')),
    until_on text,
    reason text not null,
    decided_by text not null,
    entered_at bigint not null
);
create index counsel_discipline_entry_lawyer on counsel_discipline_entry (region_id, lawyer_id, happened_on);
