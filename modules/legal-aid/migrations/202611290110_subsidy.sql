-- The subsidy of a case as it was approved: the standard, what was added and taken off with the reasons; and when it was paid.
create table legal_aid_subsidy_entry (
    case_id bigint primary key references legal_aid_case_entry (id),
    region_id bigint not null,
    kind text not null check (kind in ('criminal', 'suit', 'arbitration', 'other')),
    standard bigint not null check (standard >= 0),
    other_place bigint not null check (other_place >= 0),
    translation bigint not null check (translation >= 0),
    other bigint not null check (other >= 0),
    other_reason text not null,
    deduction bigint not null check (deduction >= 0),
    deduction_reason text not null,
    total bigint not null check (total >= 0),
    approved_at bigint not null,
    approved_name text not null,
    paid_on text
);
create index legal_aid_subsidy_entry_state on legal_aid_subsidy_entry (region_id, paid_on, approved_at, case_id);
create index legal_aid_subsidy_entry_time on legal_aid_subsidy_entry (region_id, approved_at, case_id);
