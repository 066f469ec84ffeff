-- The link with which the first administrator of an empty installation is made; at most one row.
create table identity_setup (
    id bigint primary key,
    region_id bigint not null,
    token_hash text not null,
    created_at bigint not null
);
create unique index identity_setup_region on identity_setup (region_id);
