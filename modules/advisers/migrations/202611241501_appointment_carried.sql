-- The appointment that goes on in another village since its own was moved, merged or split.
alter table advisers_appointment_entry add column carried_from bigint references advisers_appointment_entry (id);
