-- Decisions over pairs of persons that look alike: the same one (may be undone), or not.
create table parties_merge_entry (
    id bigint primary key,
    region_id bigint not null,
    decision text not null check (decision in ('same', 'distinct')),
    kept_id bigint not null references parties_person_entry (id),
    other_id bigint not null references parties_person_entry (id),
    decided_by bigint,
    decided_at bigint not null,
    undone_at bigint
);
create index parties_merge_entry_pair on parties_merge_entry (region_id, kept_id, other_id);
create index parties_merge_entry_other on parties_merge_entry (region_id, other_id, id);
