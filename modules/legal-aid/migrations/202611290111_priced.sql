-- When the subsidy was approved, a step of its own before it is paid. What was paid before was approved with it.
alter table legal_aid_case_entry add column priced_at bigint;
update legal_aid_case_entry set priced_at = paid_at where paid_at is not null;
update legal_aid_case_entry set stage = 'price' where stage = 'pay';
