//! Tests of working days and terms.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().expect("an ISO date")
}

fn noon(text: &str) -> Moment {
    Moment::at(day(text), 12, 0)
}

fn end(text: &str) -> Moment {
    Moment::end_of(day(text))
}

#[test]
fn published_days_are_known_by_date_not_by_notice() {
    let calendar = Calendar::published();
    for (text, kind) in [
        ("2022-05-06", DayKind::Working),
        ("2022-05-04", DayKind::Holiday),
        ("2022-05-07", DayKind::AdjustedWorking),
        ("2022-05-08", DayKind::Weekend),
        ("2022-12-31", DayKind::Holiday),
        ("2018-12-29", DayKind::AdjustedWorking),
        ("2018-12-31", DayKind::Holiday),
        ("2015-09-03", DayKind::Holiday),
        ("2015-09-06", DayKind::AdjustedWorking),
        ("2020-01-31", DayKind::Holiday),
        ("2020-02-03", DayKind::Working),
        ("2019-05-03", DayKind::Holiday),
        ("2019-05-05", DayKind::AdjustedWorking),
        ("2026-02-14", DayKind::AdjustedWorking),
        ("2026-02-23", DayKind::Holiday),
        ("2026-09-20", DayKind::AdjustedWorking),
    ] {
        assert_eq!(calendar.kind(day(text)), Some(kind), "{text}");
    }
    assert_eq!(calendar.holiday_name(day("2022-12-31")), Some("元旦"));
    assert_eq!(calendar.holiday_name(day("2022-12-30")), None);
    assert_eq!(calendar.kind(day("2014-12-31")), None);
    assert_eq!(calendar.kind(day("2027-01-01")), None);
    assert_eq!(calendar.years().collect::<Vec<_>>(), (2015..=2026).collect::<Vec<_>>());
    assert!(Calendar::sources(2022)[0].contains("content_5644835"));
    assert!(Calendar::sources(1999).is_empty());
}

#[test]
fn working_days_of_each_year_agree_with_an_independent_count() {
    let calendar = Calendar::published();
    let counts: Vec<u32> = (2015..=2026)
        .map(|year| {
            let first = Day::new(year, 1, 1).expect("new year");
            let last = Day::new(year, 12, 31).expect("new year's eve");
            let first_counts = u32::from(calendar.is_working(first).expect("published"));
            first_counts + calendar.working_days_between(first, last).expect("published")
        })
        .collect();
    assert_eq!(counts, [249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248]);
    let off = calendar.exceptions().filter(|(_, working, _)| !working).count();
    assert_eq!((off, calendar.exceptions().count() - off), (329, 76));
}

#[test]
fn an_unpublished_year_is_never_guessed() {
    let calendar = Calendar::published();
    let unknown = NotPublished { year: 2027 };
    assert_eq!(calendar.is_working(day("2027-01-04")), Err(unknown));
    assert_eq!(calendar.next_working(day("2026-12-31")), Err(unknown));
    assert_eq!(calendar.working_days_between(day("2026-12-30"), day("2027-01-04")), Err(unknown));
    assert_eq!(unknown.to_string(), "2027年放假安排尚未发布，请管理员录入后再计算");
    assert_eq!(crate::Refusal::from(unknown).kind, crate::Kind::Conflict);
}

#[test]
fn an_administrator_may_enter_and_amend() {
    let known = Calendar::published();
    let entered = known.exceptions().map(|(day, working, name)| (day, working, Cow::Owned(name.to_owned())));
    let amended = Calendar::new(
        known.years().chain([2027]),
        entered.chain([
            (day("2027-01-04"), false, "元旦".into()),
            (day("2027-01-04"), true, "元旦".into()),
            (day("2027-01-01"), false, "元旦".into()),
        ]),
    );
    assert_eq!(amended.kind(day("2027-01-04")), Some(DayKind::Working));
    assert_eq!(amended.next_working(day("2026-12-31")), Ok(day("2027-01-04")));
    assert!(known.kind(day("2027-01-04")).is_none());
}

#[test]
fn a_calendar_that_knows_every_year_ends_with_time() {
    let calendar = Calendar::new(1900..=2199, []);
    assert_eq!(calendar.next_working(day("2199-12-31")), Err(NotPublished { year: 2200 }));
    assert_eq!(calendar.next_working(day("2199-12-27")), Ok(day("2199-12-30")).map(|_| day("2199-12-30")));
}

#[test]
fn terms_of_days_skip_the_first_and_end_at_midnight() {
    let calendar = Calendar::published();
    // 2022-05-06 is a Friday; 15 days later, 21 May, is a Saturday: rolled to Monday the 23rd.
    let due = calendar.due(noon("2022-05-06"), Term::CalendarDays(15)).expect("published");
    assert_eq!(due, Due { strict: end("2022-05-21"), rolled: Ok(end("2022-05-23")) });
    // The seven days of the National Day: a term ending on the 3rd moves behind the holiday, to the 8th.
    let due = calendar.due(noon("2022-09-30"), Term::CalendarDays(3)).expect("published");
    assert_eq!(due, Due { strict: end("2022-10-03"), rolled: Ok(end("2022-10-08")) });
    // A working Saturday does not move.
    let due = calendar.due(noon("2022-10-07"), Term::CalendarDays(1)).expect("published");
    assert_eq!(due, Due { strict: end("2022-10-08"), rolled: Ok(end("2022-10-08")) });
}

#[test]
fn terms_of_working_days_count_working_weekends() {
    let calendar = Calendar::published();
    // From Friday 2022-09-30: the first working days after the holiday are Sat 8 and Sun 9 October.
    let due = calendar.due(noon("2022-09-30"), Term::WorkingDays(3)).expect("published");
    assert_eq!(due, Due { strict: end("2022-10-10"), rolled: Ok(end("2022-10-10")) });
    assert_eq!(calendar.add_working_days(day("2022-05-08"), 0), Ok(day("2022-05-08")));
    let same_day = calendar.due(noon("2022-05-08"), Term::WorkingDays(0)).expect("published");
    assert_eq!(same_day, Due { strict: end("2022-05-08"), rolled: Ok(end("2022-05-09")) });
    let unknown = calendar.due(noon("2026-12-30"), Term::WorkingDays(5));
    assert_eq!(unknown, Err(NotPublished { year: 2027 }));
}

#[test]
fn terms_of_hours_run_through_the_night_and_never_move() {
    let calendar = Calendar::published();
    let due = calendar.due(noon("2022-09-30"), Term::Hours(48)).expect("published");
    assert_eq!(due, Due { strict: noon("2022-10-02"), rolled: Ok(noon("2022-10-02")) });
}

#[test]
fn terms_of_months_end_on_the_corresponding_day() {
    let calendar = Calendar::published();
    let due = calendar.due(noon("2022-01-31"), Term::Months(1)).expect("published");
    assert_eq!(due.strict, end("2022-02-28"));
    let due = calendar.due(noon("2022-02-06"), Term::Months(6)).expect("published");
    assert_eq!(due, Due { strict: end("2022-08-06"), rolled: Ok(end("2022-08-08")) });
    assert_eq!(
        calendar.due(noon("2022-01-31"), Term::Months(u32::MAX)).expect("stops").strict,
        Moment::end_of(Day::MAX)
    );
}

#[test]
fn calendar_terms_have_a_strict_end_even_in_unknown_years() {
    let calendar = Calendar::published();
    let due = calendar.due(noon("2026-12-30"), Term::CalendarDays(10)).expect("strict end");
    assert_eq!(due, Due { strict: end("2027-01-09"), rolled: Err(NotPublished { year: 2027 }) });
    assert_eq!(due.is_over(noon("2027-01-09")), Some(false));
    assert_eq!(due.is_over(noon("2027-01-10")), None);
    let due = calendar.due(noon("2022-05-06"), Term::CalendarDays(15)).expect("published");
    assert_eq!(due.is_over(noon("2022-05-23")), Some(false));
    assert_eq!(due.is_over(noon("2022-05-24")), Some(true));
}

#[test]
fn labels_are_chinese() {
    let terms = [Term::CalendarDays(15), Term::WorkingDays(3), Term::Hours(24), Term::Months(6)];
    assert_eq!(terms.map(Term::label), ["15日", "3个工作日", "24小时", "6个月"]);
    let kinds = [DayKind::Working, DayKind::Weekend, DayKind::Holiday, DayKind::AdjustedWorking];
    assert_eq!(kinds.map(DayKind::label), ["工作日", "休息日", "节假日", "调休上班"]);
}

fn published_day() -> impl Strategy<Value = Day> {
    (day("2015-01-01").number()..=day("2025-06-30").number())
        .prop_map(|number| Day::from_number(number).expect("in range"))
}

proptest! {
    #[test]
    fn adding_working_days_passes_exactly_that_many(start in published_day(), count in 1u32..250) {
        let calendar = Calendar::published();
        let end = calendar.add_working_days(start, count).expect("published");
        prop_assert_eq!(calendar.is_working(end), Ok(true));
        prop_assert_eq!(calendar.working_days_between(start, end), Ok(count));
        prop_assert_eq!(calendar.working_days_between(start, end.add_days(-1)), Ok(count - 1));
        let step = calendar.add_working_days(start, count - 1).expect("published");
        prop_assert_eq!(calendar.next_working(step), Ok(end));
    }

    #[test]
    fn rolling_only_postpones_and_lands_on_a_working_day(start in published_day(), days in 0u32..400, hour in 0i8..24) {
        let calendar = Calendar::published();
        let due = calendar.due(Moment::at(start, hour, 0), Term::CalendarDays(days)).expect("strict end");
        let rolled = due.rolled.expect("published");
        prop_assert_eq!(due.strict.day(), start.add_days(i64::from(days)));
        prop_assert!(rolled >= due.strict);
        prop_assert_eq!(calendar.is_working(rolled.day()), Ok(true));
        prop_assert_eq!(rolled == due.strict, calendar.is_working(due.strict.day()) == Ok(true));
    }
}
