-- Limits of sending that the bureau set otherwise than they come.
create table outreach_limit_entry (
    id bigint primary key,
    region_id bigint not null,
    name text not null,
    quantity bigint not null check (quantity >= 0)
);
create unique index outreach_limit_entry_name on outreach_limit_entry (region_id, name);
