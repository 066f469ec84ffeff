-- Samples of archived cases whose quality is assessed: which span of days, how many of how many, and the seed from which the
-- sample can be drawn again.
create table legal_aid_batch_entry (
    id bigint primary key,
    region_id bigint not null,
    title text not null,
    from_on text not null,
    to_on text not null,
    share bigint not null check (share between 1 and 100),
    of_all bigint not null,
    seed text not null,
    drawn_at bigint not null,
    drawn_name text not null
);
create index legal_aid_batch_entry_time on legal_aid_batch_entry (region_id, drawn_at, id);
