-- What people say, and where it leads: 欠薪 → 申请法律援助要工资.
create table portal_lay_word_entry (
    id bigint primary key,
    region_id bigint not null,
    sort bigint not null,
    words text not null,
    goes_to text not null,
    label text not null,
    explain text not null
);
create unique index portal_lay_word_entry_sort on portal_lay_word_entry (region_id, sort);
