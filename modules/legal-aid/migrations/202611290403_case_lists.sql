-- Lists walk one index and stop after a page: what filters ask for stands in it, so that rows that do not fit are passed
-- over without being read. The last but one answers three filters at once, the last whether somebody was on the other side.
drop index legal_aid_case_entry_work;
drop index legal_aid_case_entry_stage;
drop index legal_aid_case_entry_town;
drop index legal_aid_case_entry_lawyer;
create index legal_aid_case_entry_work on legal_aid_case_entry (region_id, urgency, id, town_id, matter, green, due_rule);
create index legal_aid_case_entry_stage on legal_aid_case_entry (region_id, stage, urgency, id, town_id, matter, green, due_rule);
create index legal_aid_case_entry_town on legal_aid_case_entry (region_id, town_id, urgency, id, matter, green, due_rule);
create index legal_aid_case_entry_lawyer on legal_aid_case_entry (region_id, lawyer_id, urgency, id, stage, offered_at);
create index legal_aid_case_entry_year on legal_aid_case_entry (region_id, lawyer_id, offered_at);
create index legal_aid_case_entry_narrow on legal_aid_case_entry (region_id, town_id, stage, matter, urgency, id);
create index legal_aid_case_entry_opponent on legal_aid_case_entry (region_id, opponent, id) where opponent <> '';
