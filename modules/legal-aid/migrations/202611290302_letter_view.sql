-- What others may know of letters: that there is one, of which kind, about which case, and when; never what it says.
create view legal_aid_letter as
    select id, region_id, case_id, town_id, kind, written_at, answered_at from legal_aid_letter_entry;
