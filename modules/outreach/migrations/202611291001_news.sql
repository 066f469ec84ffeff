-- Notices of what is new (值班表、换班), beside those of what comes to its end.
create table outreach_notice_again (
    id bigint primary key,
    region_id bigint not null,
    account_id bigint not null,
    about_kind text not null,
    about_id bigint not null,
    notice_key text not null,
    title text not null,
    words text not null,
    href text not null,
    weight text not null check (weight in ('news', 'ahead', 'today', 'late')),
    created_at bigint not null,
    read_at bigint,
    withdrawn_at bigint
);
insert into outreach_notice_again
    (id, region_id, account_id, about_kind, about_id, notice_key, title, words, href, weight, created_at, read_at, withdrawn_at)
    select id, region_id, account_id, about_kind, about_id, notice_key, title, words, href, weight, created_at, read_at, withdrawn_at
    from outreach_notice_entry;
drop table outreach_notice_entry;
alter table outreach_notice_again rename to outreach_notice_entry;
create unique index outreach_notice_entry_once on outreach_notice_entry (region_id, about_kind, about_id, notice_key, account_id);
create index outreach_notice_entry_account on outreach_notice_entry (region_id, account_id, withdrawn_at, read_at, created_at);
