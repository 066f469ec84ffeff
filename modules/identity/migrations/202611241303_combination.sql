-- Requests to let one person hold several administrators' roles (wanted = 1), or to end that (0): two persons decide.
create table identity_combination_entry (
    id bigint primary key,
    region_id bigint not null,
    wanted bigint not null check (wanted in (0, 1)),
    reason text not null,
    requested_by bigint not null,
    requested_at bigint not null,
    outcome text not null check (outcome in ('open', 'approved', 'refused')),
    decided_by bigint,
    decided_at bigint
);
create unique index identity_combination_entry_open on identity_combination_entry (region_id) where outcome = 'open';
create index identity_combination_entry_time on identity_combination_entry (region_id, requested_at);
