-- Who advised which village when. The rows of one unit never overlap.
create table advisers_appointment_entry (
    id bigint primary key,
    region_id bigint not null,
    unit_id bigint not null references places_unit_entry (id),
    lawyer_id bigint not null references counsel_lawyer_entry (id),
    from_day text not null,
    to_day text,
    end_reason text,
    made_by bigint,
    entered_at bigint not null
);
create index advisers_appointment_entry_unit on advisers_appointment_entry (region_id, unit_id, from_day);
create index advisers_appointment_entry_lawyer on advisers_appointment_entry (region_id, lawyer_id, from_day);
