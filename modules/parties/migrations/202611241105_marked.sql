-- Records whose time is over: marked, perhaps held back, and purged after the time of warning. Holds no personal data.
create table parties_marked_entry (
    id bigint primary key,
    region_id bigint not null,
    policy text not null,
    object_id bigint not null,
    since text not null,
    marked_on text not null,
    purge_on text not null,
    state text not null check (state in ('marked', 'held', 'released', 'purged')),
    hold_reason text not null,
    held_by bigint,
    held_name text not null,
    purged_on text,
    version bigint not null
);
create unique index parties_marked_entry_object on parties_marked_entry (region_id, policy, object_id);
create index parties_marked_entry_due on parties_marked_entry (region_id, state, purge_on, id);
