-- Lawyers and legal workers of the firms; whoever has left stays known.
create table counsel_lawyer_entry (
    id bigint primary key,
    region_id bigint not null,
    firm_id bigint not null references counsel_firm_entry (id),
    name text not null,
    initials text not null,
    sex text not null check (sex in ('男', '女', '')),
    kind text not null check (kind in ('lawyer', 'legal_worker')),
    licence text not null,
    licensed_since text not null,
    phone_sealed text,
    specialities text not null,
    dialect text not null,
    state text not null check (state in ('active', 'left', 'suspended')),
    left_on text,
    version bigint not null
);
create unique index counsel_lawyer_entry_licence on counsel_lawyer_entry (region_id, licence);
create index counsel_lawyer_entry_firm on counsel_lawyer_entry (region_id, firm_id, id);
create index counsel_lawyer_entry_initials on counsel_lawyer_entry (region_id, initials, id);
