-- Legal aid stations: places where people sit and receive applications (法律援助法 §13).
create table stations_station_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint not null references places_town_entry (id),
    name text not null,
    host_kind text not null check (host_kind in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '99')),
    operator text not null,
    address text not null,
    phone_sealed text,
    lat double precision,
    lon double precision,
    position text not null check (position in ('none', 'schematic', 'surveyed')),
    hours text not null,
    follows_calendar bigint not null check (follows_calendar in (0, 1)),
    green_channel bigint not null check (green_channel in (0, 1)),
    dedicated_reception bigint not null check (dedicated_reception in (0, 1)),
    street_front bigint not null check (street_front in (0, 1)),
    accessible bigint not null check (accessible in (0, 1)),
    equipment_complete bigint not null check (equipment_complete in (0, 1)),
    brand text not null,
    staff bigint not null,
    staff_names text not null,
    languages text not null,
    state text not null check (state in ('planned', 'open', 'paused', 'closed')),
    opened_on text,
    state_on text not null,
    state_reason text not null,
    version bigint not null
);
create unique index stations_station_entry_name on stations_station_entry (region_id, name);
create index stations_station_entry_town on stations_station_entry (region_id, town_id, id);
create view stations_station as
    select s.id, s.region_id, s.town_id, t.name as town_name, t.sort as town_sort, s.name, s.host_kind, s.operator, s.address,
           s.phone_sealed, s.lat, s.lon, s.position, s.hours, s.follows_calendar, s.green_channel, s.dedicated_reception, s.street_front,
           s.accessible, s.equipment_complete, s.brand, s.staff, s.languages, s.state, s.opened_on, s.state_on,
           s.state_reason
    from stations_station_entry s join places_town t on t.id = s.town_id;
