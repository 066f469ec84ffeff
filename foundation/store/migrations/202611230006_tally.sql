-- Countable facts, append-only, and their live sums.
create table tally_fact (
    id bigint primary key,
    region_id bigint not null,
    measure text not null,
    quantity bigint not null,
    day text not null,
    entered_at bigint not null,
    place_id bigint not null,
    served_by bigint,
    entered_by bigint,
    people bigint not null,
    matter text not null,
    channel text not null,
    campaign text not null,
    source text not null,
    source_id bigint not null,
    reverses_id bigint
);
create index tally_fact_day on tally_fact (region_id, measure, day, id);
create index tally_fact_place on tally_fact (region_id, place_id, measure, day);
create index tally_fact_source on tally_fact (region_id, source, source_id);
create table tally_place (
    region_id bigint not null,
    measure text not null,
    segment bigint not null,
    place_id bigint not null,
    quantity bigint not null,
    primary key (region_id, measure, segment, place_id)
);
create table tally_total (
    region_id bigint not null,
    measure text not null,
    segment bigint not null,
    lane bigint not null,
    quantity bigint not null,
    primary key (region_id, measure, segment, lane)
);
