-- Days on which a station keeps other hours than its weekly ones; empty hours: closed all day.
create table stations_exception_entry (
    id bigint primary key,
    region_id bigint not null,
    station_id bigint not null references stations_station_entry (id),
    day text not null,
    hours text not null,
    reason text not null
);
create unique index stations_exception_entry_day on stations_exception_entry (region_id, station_id, day);
