-- Names and kinds of lawyers alone: lists that show nothing else need not put assessments and sanctions together.
create view counsel_lawyer_name as select id, region_id, firm_id, name, kind from counsel_lawyer_entry;
