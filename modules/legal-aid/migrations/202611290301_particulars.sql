-- What the ministry's forms ask of a case besides its course (统计要素). What is null follows from the matter and the rest
-- (particulars.rs); `classes` are the groups that the applicant's sex and age said on the day the case was taken. The view
-- is what the forms are counted from.
alter table legal_aid_case_entry add column classes text not null default '';
alter table legal_aid_case_entry add column domain text check (domain in ('criminal', 'civil', 'admin'));
alter table legal_aid_case_entry add column aid_form text check (aid_form in ('defence', 'suit', 'arbitration', 'nonsuit', 'notary', 'forensic'));
alter table legal_aid_case_entry add column cause text check (cause in ('insurance', 'injury-insurance', 'family', 'support', 'wages',
    'injury', 'labour', 'traffic', 'medical', 'product', 'harm', 'courage', 'compensation', 'minimum', 'relief', 'other'));
alter table legal_aid_case_entry add column phase text check (phase in ('investigation', 'prosecution', 'first', 'second', 'trial'));
alter table legal_aid_case_entry add column party text check (party in ('suspect', 'defendant', 'victim', 'prosecutor'));
alter table legal_aid_case_entry add column sent_by text check (sent_by in ('police', 'procuratorate', 'court', 'other', 'direct'));
alter table legal_aid_case_entry add column handler text check (handler in ('institution', 'lawyer', 'worker', 'organisation', 'volunteer'));
alter table legal_aid_case_entry add column wages bigint not null default 0 check (wages >= 0);
create view legal_aid_counted as
    select id, region_id, official_number, town_id, lawyer_id, matter, groups, classes, people, origin, by_station, received_at,
        forwarded_at, decided_at, decision, refuse_reason, closed_on, reviewed_at, ended_at, ending, result, recovered, wages, paid_at, subsidy,
        domain, aid_form, cause, phase, party, sent_by, handler
    from legal_aid_case_entry;
