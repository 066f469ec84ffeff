-- The steps of a station's life: when it opened, paused, reopened, closed, and why.
create table stations_step_entry (
    id bigint primary key,
    region_id bigint not null,
    station_id bigint not null references stations_station_entry (id),
    state text not null check (state in ('planned', 'open', 'paused', 'closed')),
    happened_on text not null,
    reason text not null,
    entered_by bigint,
    entered_at bigint not null
);
create index stations_step_entry_station on stations_step_entry (region_id, station_id, id);
