-- Yearly assessments of lawyers (律师执业年度考核).
create table counsel_assessment_entry (
    id bigint primary key,
    region_id bigint not null,
    lawyer_id bigint not null references counsel_lawyer_entry (id),
    year bigint not null,
    grade text not null check (grade in ('称职', '基本称职', '不称职')),
    entered_at bigint not null
);
create unique index counsel_assessment_entry_year on counsel_assessment_entry (region_id, lawyer_id, year);
