-- Requests to unseal a period: one person asks with a reason, another one decides.
create table statistics_unseal_entry (
    id bigint primary key,
    region_id bigint not null,
    seal_id bigint not null references statistics_seal_entry (id),
    reason text not null,
    asked_by bigint,
    asked_by_name text not null,
    asked_at bigint not null,
    state text not null check (state in ('pending', 'approved', 'rejected')),
    decided_by bigint,
    decided_by_name text,
    decided_at bigint,
    remark text
);
create unique index statistics_unseal_entry_pending on statistics_unseal_entry (region_id, seal_id) where state = 'pending';
create index statistics_unseal_entry_seal on statistics_unseal_entry (region_id, seal_id, id);
