-- The 查询码 of a wish that was added to one that waits already: whoever asks cannot tell the two apart. `attempts_before`:
-- calls made before this wish, which its receipt does not tell of.
create table portal_receipt_entry (
    id bigint primary key,
    region_id bigint not null,
    callback_id bigint not null references portal_callback_entry (id),
    code_blind text not null,
    attempts_before bigint not null,
    created_at bigint not null
);
create unique index portal_receipt_entry_code on portal_receipt_entry (region_id, code_blind);
create index portal_receipt_entry_callback on portal_receipt_entry (region_id, callback_id, id);
