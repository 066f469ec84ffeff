-- Every attempt to call somebody back, by whom and with what result.
create table portal_attempt_entry (
    id bigint primary key,
    region_id bigint not null,
    callback_id bigint not null references portal_callback_entry (id),
    outcome text not null check (outcome in ('reached', 'no_answer', 'wrong_number', 'dropped')),
    note text not null,
    made_by bigint,
    made_name text not null,
    made_at bigint not null
);
create index portal_attempt_entry_callback on portal_attempt_entry (region_id, callback_id, id);
