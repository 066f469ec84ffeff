-- Every ending of an official number (案号): who knows a part of one finds the case by an index.
create table legal_aid_number_part_entry (
    region_id bigint not null,
    part text not null,
    case_id bigint not null,
    primary key (region_id, part, case_id)
) without rowid;
insert into legal_aid_number_part_entry (region_id, part, case_id)
    with recursive cut (region_id, part, case_id) as (
        select region_id, lower(official_number), id from legal_aid_case_entry where official_number is not null
        union select region_id, substr(part, 2), case_id from cut where length(part) > 1)
    select region_id, part, case_id from cut;
