-- Classes of people or matters that go first for a while, because the bureau runs a campaign for them.
create table legal_aid_campaign_entry (
    id bigint primary key,
    region_id bigint not null,
    title text not null,
    person_group text not null,
    matter text not null,
    starts_on text not null,
    ends_on text not null,
    set_at bigint not null,
    set_name text not null
);
create index legal_aid_campaign_entry_days on legal_aid_campaign_entry (region_id, ends_on, id);
