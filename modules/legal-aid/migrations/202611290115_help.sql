-- Help of duty lawyers (值班律师法律帮助): no case, one row for each person and day.
create table legal_aid_help_entry (
    id bigint primary key,
    region_id bigint not null,
    town_id bigint not null references places_town_entry (id),
    place text not null check (place in ('police', 'procuratorate', 'court', 'detention')),
    organ text not null,
    helped_on text not null,
    name_sealed text not null,
    charge text not null,
    kinds text not null,
    lawyer_id bigint not null,
    words_sealed text not null,
    noted_at bigint not null,
    noted_name text not null,
    void_reason text not null,
    version bigint not null
);
create index legal_aid_help_entry_day on legal_aid_help_entry (region_id, helped_on, id);
create index legal_aid_help_entry_lawyer on legal_aid_help_entry (region_id, lawyer_id, helped_on, id);
