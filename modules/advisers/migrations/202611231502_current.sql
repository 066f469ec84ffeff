-- The adviser of each village now: the unit is the key, so there is at most one; absence is a gap.
create table advisers_current_entry (
    unit_id bigint primary key references places_unit_entry (id),
    region_id bigint not null,
    lawyer_id bigint not null references counsel_lawyer_entry (id),
    appointment_id bigint not null references advisers_appointment_entry (id),
    since text not null,
    version bigint not null
);
create index advisers_current_entry_lawyer on advisers_current_entry (region_id, lawyer_id);
create view advisers_current as
    select unit_id, region_id, lawyer_id, since from advisers_current_entry;
