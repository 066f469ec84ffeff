-- The bureau's own versions of time limits: what the table of the release calls law is not among them.
create table legal_aid_rule_entry (
    id bigint primary key,
    region_id bigint not null,
    rule text not null,
    nth bigint not null,
    term_count bigint not null check (term_count > 0),
    term_unit text not null check (term_unit in ('d', 'wd', 'h', 'm')),
    valid_from text not null,
    document text not null,
    reason text not null,
    set_at bigint not null,
    set_name text not null,
    withdrawn_at bigint,
    withdrawn_name text not null,
    withdraw_reason text not null,
    version bigint not null
);
create unique index legal_aid_rule_entry_nth on legal_aid_rule_entry (region_id, rule, nth);
create unique index legal_aid_rule_entry_day on legal_aid_rule_entry (region_id, rule, valid_from) where withdrawn_at is null;
