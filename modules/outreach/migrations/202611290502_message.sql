-- Texts to people outside: written with their cause, sent afterwards; each key is sent once. Telephone and values are sealed;
-- the values are forgotten when the text was sent, the telephone after half a year. Times are of the real clock.
create table outreach_message_entry (
    id bigint primary key,
    region_id bigint not null,
    message_key text not null,
    template text not null,
    values_sealed text,
    phone_sealed text,
    phone_blind text,
    about_kind text not null,
    about_id bigint not null,
    state text not null check (state in ('waiting', 'sent', 'failed', 'cancelled')),
    created_at bigint not null,
    due_at bigint not null,
    until_at bigint not null,
    attempts bigint not null,
    attempted_at bigint,
    lease_until bigint not null,
    done_at bigint,
    provider_number text not null,
    reason text not null
);
create unique index outreach_message_entry_key on outreach_message_entry (region_id, message_key);
create index outreach_message_entry_due on outreach_message_entry (region_id, state, due_at, id);
create index outreach_message_entry_attempted on outreach_message_entry (region_id, attempted_at);
create index outreach_message_entry_about on outreach_message_entry (region_id, about_kind, about_id);
create index outreach_message_entry_phone on outreach_message_entry (region_id, phone_blind, created_at);
create index outreach_message_entry_created on outreach_message_entry (region_id, created_at, id);
