-- What runs by the clock: when it last ran, who has it in hand until when, what came of it.
create table job_run (
    region_id bigint not null,
    job text not null,
    taken_at bigint not null,
    taken_until bigint not null,
    finished_at bigint,
    failed bigint not null check (failed in (0, 1)),
    outcome text not null,
    primary key (region_id, job)
);
