-- What accounts are told inside the system (站内提醒): once for each account, record and key; read, or withdrawn when the
-- reason is gone.
create table outreach_notice_entry (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null,
    about_kind text not null,
    about_id bigint not null,
    notice_key text not null,
    title text not null,
    words text not null,
    href text not null,
    weight text not null check (weight in ('ahead', 'today', 'late')),
    created_at bigint not null,
    read_at bigint,
    withdrawn_at bigint
);
create unique index outreach_notice_entry_once on outreach_notice_entry (region_id, about_kind, about_id, notice_key, account_id);
create index outreach_notice_entry_account on outreach_notice_entry (region_id, account_id, withdrawn_at, read_at, created_at);
