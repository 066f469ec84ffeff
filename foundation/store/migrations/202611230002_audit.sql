-- The audit trail and the head of each of its chains.
create table audit_row (
    id bigint primary key,
    region_id bigint not null,
    lane bigint not null,
    seq bigint not null,
    at bigint not null,
    actor bigint,
    action text not null,
    object text not null,
    object_id bigint not null,
    details text not null,
    hash text not null
);
create unique index audit_row_chain on audit_row (region_id, lane, seq);
create index audit_row_object on audit_row (region_id, object, object_id);
create table audit_head (
    region_id bigint not null,
    lane bigint not null,
    seq bigint not null,
    hash text not null,
    primary key (region_id, lane)
);
