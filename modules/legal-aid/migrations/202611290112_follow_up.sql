-- What somebody who was aided said when asked afterwards: five answers from 1 (满意) to 3 (不满意), and whether money was taken.
create table legal_aid_follow_up_entry (
    id bigint primary key,
    region_id bigint not null,
    case_id bigint not null references legal_aid_case_entry (id),
    done_on text not null,
    way text not null check (way in ('phone', 'visit', 'letter', 'network')),
    attitude bigint not null check (attitude between 1 and 3),
    communication bigint not null check (communication between 1 and 3),
    protection bigint not null check (protection between 1 and 3),
    outcome bigint not null check (outcome between 1 and 3),
    overall bigint not null check (overall between 1 and 3),
    money_taken bigint not null check (money_taken in (0, 1)),
    words_sealed text not null,
    noted_at bigint not null,
    noted_name text not null
);
create unique index legal_aid_follow_up_entry_case on legal_aid_follow_up_entry (case_id);
create index legal_aid_follow_up_entry_day on legal_aid_follow_up_entry (region_id, done_on, case_id);
