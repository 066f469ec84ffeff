-- Part-time outreach points (流动服务点): never counted among the stations.
create table stations_outlet_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint not null references places_town_entry (id),
    station_id bigint references stations_station_entry (id),
    name text not null,
    started_on text not null,
    hours text not null,
    lat double precision,
    lon double precision,
    position text not null check (position in ('none', 'schematic', 'surveyed')),
    place text not null,
    phone_sealed text,
    ended_on text,
    note text not null
);
create unique index stations_outlet_entry_name on stations_outlet_entry (region_id, name);
create index stations_outlet_entry_station on stations_outlet_entry (region_id, station_id, id);
