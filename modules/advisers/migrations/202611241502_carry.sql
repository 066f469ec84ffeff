-- Appointments that a change of villages ended, and how they stood before: nothing of the history is lost, and a change
-- recorded by mistake can be taken back. event_id: the event in the register of places.
create table advisers_carry_entry (
    id bigint primary key,
    region_id bigint not null,
    event_id bigint not null,
    appointment_id bigint not null references advisers_appointment_entry (id),
    was_to_day text,
    was_end_reason text,
    state text not null check (state in ('standing', 'undone'))
);
create unique index advisers_carry_entry_appointment on advisers_carry_entry (region_id, appointment_id) where state = 'standing';
create index advisers_carry_entry_event on advisers_carry_entry (region_id, event_id);
