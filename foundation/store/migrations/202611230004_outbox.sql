-- Messages to be sent and events to be told, written with the change that causes them.
create table outbox_message (
    id bigint primary key,
    region_id bigint not null,
    topic text not null,
    payload text not null,
    created_at bigint not null,
    handled_at bigint,
    attempts bigint not null,
    last_error text
);
create index outbox_message_open on outbox_message (region_id, topic, handled_at, id);
