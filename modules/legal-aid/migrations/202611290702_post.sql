-- Where duty lawyers sit (值班点), and on which weekdays in which part of the day: seven letters from Monday on, a morning, p
-- afternoon, d the whole day, - nobody.
create table legal_aid_post_entry (
    id bigint primary key,
    region_id bigint not null,
    place text not null check (place in ('centre', 'police', 'procuratorate', 'court', 'detention')),
    organ text not null,
    week text not null check (length(week) = 7),
    state text not null check (state in ('active', 'closed')),
    version bigint not null
);
create unique index legal_aid_post_entry_organ on legal_aid_post_entry (region_id, place, organ) where state = 'active';
