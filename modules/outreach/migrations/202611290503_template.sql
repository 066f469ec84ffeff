-- What the provider calls our templates (模板编号): texts are sent only through templates it has approved.
create table outreach_template_entry (
    id bigint primary key,
    region_id bigint not null,
    template text not null,
    provider_number text not null
);
create unique index outreach_template_entry_template on outreach_template_entry (region_id, template);
