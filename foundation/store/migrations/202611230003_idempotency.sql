-- What was answered to a request that changed something, so that a doubled request gets the same answer.
create table idempotency_reply (
    region_id bigint not null,
    reply_key text not null,
    actor bigint not null,
    route text not null,
    digest text not null,
    location text not null,
    at bigint not null,
    primary key (region_id, actor, reply_key)
);
create index idempotency_reply_at on idempotency_reply (region_id, at);
