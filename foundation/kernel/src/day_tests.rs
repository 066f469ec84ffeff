//! Tests of the calendar day.

use super::*;
use proptest::prelude::*;

fn day(year: i16, month: i8, day: i8) -> Day {
    Day::new(year, month, day).expect("a day of the calendar")
}

pub(crate) fn any_day() -> impl Strategy<Value = Day> {
    (Day::MIN.number()..=Day::MAX.number()).prop_map(|number| Day::from_number(number).expect("in range"))
}

#[test]
fn every_unambiguous_spelling_is_read() {
    for text in [
        "2022-05-06",
        "2022-5-6",
        "2022/5/6",
        "2022/05/06",
        "2022.5.6",
        "20220506",
        "2022年5月6日",
        "2022年05月06号",
        "2022年5月6",
        " 2022 年 5 月 6 日 ",
        "２０２２－０５－０６",
        "２０２２年５月６日",
        "2022．5．6",
        "2022。5。6",
        "2022 - 05 - 06",
        "2022—05—06",
        "二〇二二年五月六日",
        "二○二二年五月六日",
        "2022-05-06 00:00:00",
        "2022-05-06T00:00",
        "2022/5/6 0:00:00.000",
        "　2022-05-06\n",
    ] {
        assert_eq!(Day::parse(text), Ok(day(2022, 5, 6)), "{text}");
    }
    assert_eq!(Day::parse("二〇二二年十二月三十一日"), Ok(day(2022, 12, 31)));
    assert_eq!(Day::parse("二〇二二年十月二十日"), Ok(day(2022, 10, 20)));
}

#[test]
fn doubtful_spellings_are_refused_with_advice() {
    for (text, error) in [
        ("", DayError::Empty),
        (" 　", DayError::Empty),
        ("22-05-06", DayError::Unclear),
        ("5/6/2022", DayError::Unclear),
        ("2022 5 6", DayError::Unclear),
        ("2022-5", DayError::Unclear),
        ("2022-5/6", DayError::Unclear),
        ("2022-05-06-07", DayError::Unclear),
        ("2022-005-06", DayError::Unclear),
        ("2022年5月", DayError::Unclear),
        ("昨天", DayError::Unclear),
        ("44687", DayError::Unclear),
        ("2022-05-06 09:00", DayError::Unclear),
        ("-2022-05-06", DayError::Unclear),
        ("2022-+5-06", DayError::Unclear),
        ("2022-02-29", DayError::NotADay),
        ("2022-13-01", DayError::NotADay),
        ("20220431", DayError::NotADay),
        ("2022-00-10", DayError::NotADay),
        ("1899-12-31", DayError::OutOfRange),
        ("2200-01-01", DayError::OutOfRange),
        ("0022-05-06", DayError::OutOfRange),
    ] {
        assert_eq!(Day::parse(text), Err(error), "{text}");
        assert!(!error.to_string().is_ascii());
    }
    assert_eq!(crate::Refusal::from(DayError::Empty).message, "请填写日期");
}

#[test]
fn programs_write_iso_only() {
    assert_eq!("2022-05-06".parse(), Ok(day(2022, 5, 6)));
    for text in
        ["2022-5-6", "20220506", "2022/05/06", "2022-05-0６", "2022-05-32", " 2022-5-06", "2022-05-6 "]
    {
        assert_eq!(text.parse::<Day>(), Err(DayFormatError), "{text}");
    }
    assert_eq!(serde_json::to_string(&day(2022, 5, 6)).expect("serialises"), "\"2022-05-06\"");
    assert_eq!(serde_json::from_str::<Day>("\"2022-05-06\"").expect("reads"), day(2022, 5, 6));
    assert!(serde_json::from_str::<Day>("\"2022-5-6\"").is_err());
    assert_eq!(format!("{:>12}|{:?}", day(2022, 5, 6), day(2022, 5, 6)), "  2022-05-06|2022-05-06");
}

#[test]
fn labels_are_chinese() {
    assert_eq!(day(2022, 5, 6).chinese(), "2022年5月6日");
    assert_eq!(day(2022, 5, 6).weekday_label(), "星期五");
    let labels: Vec<_> = (0..7).map(|n| day(2022, 5, 2).add_days(n).weekday_label()).collect();
    assert_eq!(labels, ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"]);
}

#[test]
fn months_end_where_they_end() {
    assert_eq!(day(2022, 1, 31).add_months(1), day(2022, 2, 28));
    assert_eq!(day(2024, 1, 31).add_months(1), day(2024, 2, 29));
    assert_eq!(day(2024, 2, 29).add_months(12), day(2025, 2, 28));
    assert_eq!(day(2022, 3, 31).add_months(-1), day(2022, 2, 28));
    assert_eq!(day(2022, 12, 15).add_months(1), day(2023, 1, 15));
    assert_eq!(day(2022, 1, 15).add_months(-1), day(2021, 12, 15));
    assert_eq!(day(2022, 5, 6).first_of_month(), day(2022, 5, 1));
    assert_eq!(day(2022, 5, 6).last_of_month(), day(2022, 5, 31));
}

#[test]
fn days_are_numbered_from_1970() {
    assert_eq!(day(1970, 1, 1).number(), 0);
    assert_eq!(day(1969, 12, 31).number(), -1);
    assert_eq!(day(2022, 5, 6).number(), 19_118);
    assert_eq!(Day::MAX.add_days(1), Day::MAX);
    assert_eq!(Day::MIN.add_days(i64::MIN), Day::MIN);
    assert_eq!(Day::MAX.add_months(i32::MAX), Day::MAX);
    assert_eq!(Day::MIN.add_months(i32::MIN), Day::MIN);
    assert_eq!(Day::from_number(i64::MAX), None);
    assert_eq!(Day::from_number(Day::MAX.number() + 1), None);
    assert_eq!(Day::from_number(Day::MIN.number() - 1), None);
}

proptest! {
    #[test]
    fn days_survive_every_spelling(day in any_day()) {
        prop_assert_eq!(day.to_string().parse(), Ok(day));
        prop_assert_eq!(Day::parse(&day.chinese()), Ok(day));
        prop_assert_eq!(Day::parse(&day.to_string().replace('-', "")), Ok(day));
        prop_assert_eq!(Day::parse(&format!("{}/{}/{}", day.year(), day.month(), day.day())), Ok(day));
        prop_assert_eq!(Day::from_number(day.number()), Some(day));
    }

    #[test]
    fn text_sorts_as_days_do(a in any_day(), b in any_day()) {
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        prop_assert_eq!(a.add_days(a.days_until(b)), b);
        prop_assert_eq!((a.weekday() - 1 + (a.days_until(b).rem_euclid(7)) as i8) % 7, b.weekday() - 1);
    }

    #[test]
    fn months_are_added_one_after_another(day in any_day(), months in -600i32..600) {
        let there = day.add_months(months);
        if there != Day::MIN && there != Day::MAX {
            let (from, to) = (i32::from(day.year()) * 12 + i32::from(day.month()), i32::from(there.year()) * 12 + i32::from(there.month()));
            prop_assert_eq!(to - from, months);
            prop_assert!(there.day() == day.day() || there == there.last_of_month());
        }
    }

    #[test]
    fn nothing_makes_the_reader_panic(text in "\\PC{0,20}") {
        let _ = Day::parse(&text);
    }
}
