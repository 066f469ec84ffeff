-- What a seal reported, by measure and place: of its own period, and of earlier sealed periods as adjustment (补报调整).
create table statistics_sealed_sum_entry (
    id bigint primary key,
    region_id bigint not null,
    seal_id bigint not null references statistics_seal_entry (id),
    target text not null,
    measure text not null,
    place_id bigint not null,
    quantity bigint not null,
    facts bigint not null
);
create unique index statistics_sealed_sum_entry_place on statistics_sealed_sum_entry (region_id, seal_id, target, measure, place_id);
