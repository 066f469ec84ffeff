-- What this installation is: its region, its business clock, its settings.
create table installation (
    name text primary key,
    value text not null
);
-- Serials of ids are handed out in blocks.
create table id_block (
    region_id bigint primary key,
    next bigint not null
);
