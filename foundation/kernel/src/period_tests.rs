//! Tests of reporting periods and segments.

use super::*;
use crate::day::tests::any_day;
use proptest::prelude::*;

fn period(scheme: Scheme, text: &str) -> Period {
    Period::parse(scheme, text).expect("a period")
}

fn days(period: Period) -> String {
    format!("{} {}", period.first(), period.last())
}

#[test]
fn each_scheme_cuts_the_year_its_own_way() {
    for (scheme, text, expected) in [
        (Scheme::Calendar, "2022Q1", "2022-01-01 2022-03-31"),
        (Scheme::Calendar, "2022Q4", "2022-10-01 2022-12-31"),
        (Scheme::Calendar, "2022H1", "2022-01-01 2022-06-30"),
        (Scheme::Calendar, "2022", "2022-01-01 2022-12-31"),
        (Scheme::Calendar, "2024-02", "2024-02-01 2024-02-29"),
        (Scheme::Ministry, "2022Q1", "2021-12-01 2022-02-28"),
        (Scheme::Ministry, "2022Q2", "2022-03-01 2022-05-31"),
        (Scheme::Ministry, "2022Q3", "2022-06-01 2022-08-31"),
        (Scheme::Ministry, "2022Q4", "2022-09-01 2022-11-30"),
        (Scheme::Ministry, "2022H1", "2021-12-01 2022-05-31"),
        (Scheme::Ministry, "2022H2", "2022-06-01 2022-11-30"),
        (Scheme::Ministry, "2022", "2021-12-01 2022-11-30"),
        (Scheme::Ministry, "2022-12", "2022-12-01 2022-12-31"),
        (Scheme::TwentyFirst, "2022Q1", "2021-12-21 2022-03-20"),
        (Scheme::TwentyFirst, "2022Q2", "2022-03-21 2022-06-20"),
        (Scheme::TwentyFirst, "2022-03", "2022-02-21 2022-03-20"),
        (Scheme::TwentyFirst, "2022-01", "2021-12-21 2022-01-20"),
        (Scheme::TwentyFirst, "2022H2", "2022-06-21 2022-12-20"),
        (Scheme::TwentyFirst, "2022", "2021-12-21 2022-12-20"),
    ] {
        assert_eq!(days(period(scheme, text)), expected, "{scheme} {text}");
    }
}

#[test]
fn names_have_one_canonical_spelling() {
    for (text, canonical) in [
        ("2022Q1", "2022Q1"),
        (" 2022q1 ", "2022Q1"),
        ("2022-03", "2022-03"),
        ("2022-3", "2022-03"),
        ("2022M03", "2022-03"),
        ("2022m3", "2022-03"),
        ("2022H2", "2022H2"),
        ("２０２２", "2022"),
    ] {
        assert_eq!(period(Scheme::Calendar, text).to_string(), canonical);
    }
    for text in [
        "", "22Q1", "2022Q0", "2022Q5", "2022Q12", "2022H3", "2022-00", "2022-13", "2022-003", "2022-",
        "2022X1",
    ] {
        assert_eq!(Period::parse(Scheme::Calendar, text), Err(PeriodError::Unclear), "{text}");
    }
    for text in ["1900", "2199", "+202", "二〇二二", "2022Q１２", "2022Qx"] {
        assert!(Period::parse(Scheme::Calendar, text).is_err(), "{text}");
    }
    assert_eq!(Period::new(Scheme::Calendar, 2022, Part::Month(13)), None);
    assert_eq!(Period::new(Scheme::Calendar, 2022, Part::Quarter(0)), None);
}

#[test]
fn labels_are_chinese() {
    let labels = |text| {
        let period = period(Scheme::TwentyFirst, text);
        (period.label(), period.short_label())
    };
    assert_eq!(labels("2022Q1"), ("2022年第一季度".to_owned(), "一季度".to_owned()));
    assert_eq!(labels("2022Q4"), ("2022年第四季度".to_owned(), "四季度".to_owned()));
    assert_eq!(labels("2022-03"), ("2022年3月".to_owned(), "3月".to_owned()));
    assert_eq!(labels("2022H1"), ("2022年上半年".to_owned(), "上半年".to_owned()));
    assert_eq!(labels("2022H2"), ("2022年下半年".to_owned(), "下半年".to_owned()));
    assert_eq!(labels("2022"), ("2022年".to_owned(), "全年".to_owned()));
    assert_eq!(period(Scheme::TwentyFirst, "2022Q1").span_label(), "2021年12月21日至2022年3月20日");
}

#[test]
fn schemes_are_named() {
    for scheme in Scheme::ALL {
        assert_eq!(scheme.key().parse(), Ok(scheme));
        assert_eq!(scheme.to_string(), scheme.key());
        assert!(!scheme.label().is_empty());
    }
    assert_eq!("Calendar".parse::<Scheme>(), Err(PeriodError::Scheme));
    assert_eq!(crate::Refusal::from(PeriodError::Scheme).message, "请选择统计口径");
    assert_eq!(PartKind::ALL.map(PartKind::label), ["月度", "季度", "半年", "年度"]);
}

#[test]
fn the_year_to_date_begins_with_the_scheme_s_year() {
    for (scheme, text, expected) in [
        (Scheme::Calendar, "2022Q3", "2022-01-01 2022-09-30"),
        (Scheme::Ministry, "2022Q3", "2021-12-01 2022-08-31"),
        (Scheme::Ministry, "2022-11", "2021-12-01 2022-11-30"),
        (Scheme::Ministry, "2022-12", "2022-12-01 2022-12-31"),
        (Scheme::TwentyFirst, "2022-01", "2021-12-21 2022-01-20"),
        (Scheme::TwentyFirst, "2022H2", "2021-12-21 2022-12-20"),
    ] {
        let (first, last) = period(scheme, text).year_to_date();
        assert_eq!(format!("{first} {last}"), expected, "{scheme} {text}");
    }
}

#[test]
fn neighbours_cross_the_year() {
    let names = |scheme, text| {
        let period = period(scheme, text);
        [period.previous(), period.next(), period.year_before()].map(|period| period.to_string())
    };
    assert_eq!(names(Scheme::Calendar, "2022Q1"), ["2021Q4", "2022Q2", "2021Q1"]);
    assert_eq!(names(Scheme::Ministry, "2022Q1"), ["2021Q4", "2022Q2", "2021Q1"]);
    assert_eq!(names(Scheme::Ministry, "2022-12"), ["2022-11", "2023-01", "2021-12"]);
    assert_eq!(names(Scheme::TwentyFirst, "2022-01"), ["2021-12", "2022-02", "2021-01"]);
    assert_eq!(names(Scheme::TwentyFirst, "2022H2"), ["2022H1", "2023H1", "2021H2"]);
    assert_eq!(names(Scheme::Ministry, "2022"), ["2021", "2023", "2021"]);
}

#[test]
fn a_period_breaks_down_into_months() {
    let months = |scheme, text| {
        period(scheme, text).parts().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(months(Scheme::Calendar, "2022Q1"), "2022-01 2022-02 2022-03");
    assert_eq!(months(Scheme::Ministry, "2022Q1"), "2021-12 2022-01 2022-02");
    assert_eq!(months(Scheme::TwentyFirst, "2022Q1"), "2022-01 2022-02 2022-03");
    assert_eq!(months(Scheme::Calendar, "2022-03"), "2022-03");
    assert_eq!(period(Scheme::Ministry, "2022").parts().len(), 12);
}

#[test]
fn segments_are_cut_at_the_first_and_the_twenty_first() {
    let day = |text: &str| text.parse::<Day>().expect("a day");
    let segment = Segment::of(day("2022-02-20"));
    assert_eq!(
        (segment.number(), segment.first(), segment.last()),
        (48_530, day("2022-02-01"), day("2022-02-20"))
    );
    let segment = Segment::of(day("2022-02-21"));
    assert_eq!(
        (segment.number(), segment.first(), segment.last()),
        (48_531, day("2022-02-21"), day("2022-02-28"))
    );
    assert_eq!(Segment::from_number(48_531), segment);
    assert_eq!(period(Scheme::TwentyFirst, "2022Q1").segments(), 48_527..=48_532);
    assert_eq!(Segment::from_number(i32::MIN).first(), Day::MIN);
    assert_eq!(Segment::from_number(i32::MAX).last(), Day::MAX);
}

/// Far enough from the ends of the calendar for neighbours to exist.
fn inland(day: Day) -> bool {
    (1902..=2197).contains(&day.year())
}

fn any_period() -> impl Strategy<Value = Period> {
    let scheme = prop::sample::select(Scheme::ALL.to_vec());
    let kind = prop::sample::select(PartKind::ALL.to_vec());
    (scheme, kind, any_day()).prop_filter_map("away from the ends of the calendar", |(scheme, kind, day)| {
        inland(day).then(|| Period::containing(scheme, kind, day))
    })
}

proptest! {
    #[test]
    fn periods_follow_each_other_without_gap(period in any_period()) {
        prop_assert!(period.first() < period.last());
        prop_assert_eq!(period.last().add_days(1), period.next().first());
        prop_assert_eq!(period.first().add_days(-1), period.previous().last());
        prop_assert_eq!(period.next().previous(), period);
        prop_assert_eq!(Period::parse(period.scheme(), &period.to_string()), Ok(period));
        prop_assert_eq!(Period::new(period.scheme(), period.year(), period.part()), Some(period));
    }

    #[test]
    fn every_day_lies_in_exactly_the_period_that_contains_it(day in any_day(), pick in 0usize..12) {
        prop_assume!(inland(day));
        let period = Period::containing(Scheme::ALL[pick % 3], PartKind::ALL[pick / 3], day);
        prop_assert!(period.contains(day));
        prop_assert!(!period.previous().contains(day) && !period.next().contains(day));
    }

    #[test]
    fn quarters_and_halves_partition_the_year(scheme in prop::sample::select(Scheme::ALL.to_vec()), year in 1905i16..2195) {
        let whole = Period::new(scheme, year, Part::Year).expect("a year");
        for (count, part) in [(4, Part::Quarter as fn(u8) -> Part), (2, Part::Half)] {
            let mut next = whole.first();
            for number in 1..=count {
                let piece = Period::new(scheme, year, part(number)).expect("a part");
                prop_assert_eq!(piece.first(), next);
                prop_assert_eq!(piece.year_to_date(), (whole.first(), piece.last()));
                next = piece.last().add_days(1);
            }
            prop_assert_eq!(next, whole.last().add_days(1));
        }
    }

    #[test]
    fn parts_are_the_months_of_the_period(period in any_period()) {
        let parts = period.parts();
        prop_assert_eq!(parts.len(), usize::from(period.part().kind().months()));
        prop_assert_eq!(parts[0].first(), period.first());
        prop_assert_eq!(parts[parts.len() - 1].last(), period.last());
        prop_assert!(parts.windows(2).all(|pair| pair[0].next() == pair[1]));
    }

    #[test]
    fn segments_are_exactly_the_days(period in any_period()) {
        let mut next = period.first();
        for number in period.segments() {
            let segment = Segment::from_number(number);
            prop_assert_eq!(segment.first(), next);
            prop_assert_eq!(Segment::of(segment.first()), segment);
            prop_assert_eq!(Segment::of(segment.last()), segment);
            next = segment.last().add_days(1);
        }
        prop_assert_eq!(next, period.last().add_days(1));
    }
}
