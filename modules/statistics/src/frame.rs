//! Which days a figure of a period covers: itself, its year so far, and the periods it is compared with.

use kernel::{Day, Moment, PartKind, Period, Scheme};
use store::tally::FigureKind;

/// A run of days; without a first day it reaches back to the beginning, as stocks do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    /// The first day, if there is one.
    pub(crate) first: Option<Day>,
    /// The last day.
    pub(crate) last: Day,
    /// Only what was entered up to that moment; none: whatever is known now.
    pub(crate) seen: Option<Moment>,
}

impl Days {
    /// `2022年1月1日至2022年3月31日`, or `截至2022年5月6日`.
    pub(crate) fn label(self) -> String {
        match self.first {
            Some(first) => format!("{}至{}", first.chinese(), self.last.chinese()),
            None => format!("截至{}", self.last.chinese()),
        }
    }
}

kernel::refusals! {
    /// Why there are no figures of a period.
    pub(crate) enum FrameRefusal {
        /// It lies in the future.
        NotBegun => Invalid, "该期间尚未开始，请选择已开始的统计期。";
        /// The day of the stocks lies in the future.
        AsOfFuture => Invalid("as_of"), "截止日不能晚于今天。";
        /// The day of the stocks lies before the period.
        AsOfBefore => Invalid("as_of"), "截止日不能早于统计期的第一天。";
        /// What will be known cannot be told.
        MomentFuture => Invalid("as_of_moment"), "“按某时刻的数据”不能晚于现在。";
    }
}

/// A period as it is reported: with the day on which its stocks are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) period: Period,
    /// The day on which stocks are read.
    pub(crate) as_of: Day,
    /// The business day.
    pub(crate) today: Day,
    /// Figures as they were known at that moment (按某时刻的数据); none: as they are known now.
    pub(crate) seen: Option<Moment>,
}

impl Frame {
    /// The frame of a period as it was shown at a past moment: with the business day of that moment, and with nothing
    /// that was entered later.
    pub(crate) fn at(
        period: Period,
        as_of: Option<Day>,
        seen: Moment,
        now: Moment,
    ) -> Result<Self, FrameRefusal> {
        if seen > now {
            return Err(FrameRefusal::MomentFuture);
        }
        Ok(Self { seen: Some(seen), ..Self::new(period, as_of, seen.day())? })
    }

    /// The frame of a period on a business day.
    ///
    /// A report is made some weeks after its quarter, and "目前" in it means the day it is made. So the period
    /// that is running and the one that ended last read their stocks today; older ones on their last day.
    pub(crate) fn new(period: Period, as_of: Option<Day>, today: Day) -> Result<Self, FrameRefusal> {
        if period.first() > today {
            return Err(FrameRefusal::NotBegun);
        }
        let as_of = match as_of {
            Some(day) if day > today => return Err(FrameRefusal::AsOfFuture),
            Some(day) if day < period.first() => return Err(FrameRefusal::AsOfBefore),
            Some(day) => day,
            None if period.contains(today) || period.next().contains(today) => today,
            None => period.last(),
        };
        Ok(Self { period, as_of, today, seen: None })
    }

    /// The quarter that ended last, by the calendar: what people mean when they open the statistics.
    pub(crate) fn usual(today: Day) -> Period {
        Period::containing(Scheme::Calendar, PartKind::Quarter, today).previous()
    }

    /// Whether nothing can happen in the period any more.
    pub(crate) fn finished(&self) -> bool {
        self.period.last() < self.today
    }

    /// The days of a figure of that kind.
    pub(crate) fn days(&self, kind: FigureKind) -> Days {
        match kind {
            FigureKind::Flow | FigureKind::Distinct => self.whole(self.period),
            FigureKind::Stock => self.until(self.as_of),
            FigureKind::Cumulative => self.year_to(self.as_of),
        }
    }

    /// The year so far, for what happens; stocks and cumulative figures have none apart from themselves.
    pub(crate) fn year_so_far(&self, kind: FigureKind) -> Option<Days> {
        match kind {
            FigureKind::Flow | FigureKind::Distinct => {
                let (first, last) = self.period.year_to_date();
                Some(self.between(first, last))
            }
            FigureKind::Stock | FigureKind::Cumulative => None,
        }
    }

    /// What 环比 compares with: the period before, or the stock at its end. A sum that starts anew every year
    /// cannot be compared within the year.
    pub(crate) fn previous(&self, kind: FigureKind) -> Option<Days> {
        match kind {
            FigureKind::Flow | FigureKind::Distinct => Some(self.whole(self.period.previous())),
            FigureKind::Stock => Some(self.until(self.period.previous().last())),
            FigureKind::Cumulative => None,
        }
    }

    /// What 同比 compares with: the same period a year before, the stock at its end, or the sum of that year up
    /// to the same day.
    pub(crate) fn year_before(&self, kind: FigureKind) -> Days {
        match kind {
            FigureKind::Flow | FigureKind::Distinct => self.whole(self.period.year_before()),
            FigureKind::Stock => self.until(self.period.year_before().last()),
            FigureKind::Cumulative => self.year_to(self.as_of.add_months(-12)),
        }
    }

    /// All days of a period.
    pub(crate) fn whole(&self, period: Period) -> Days {
        self.between(period.first(), period.last())
    }

    fn between(&self, first: Day, last: Day) -> Days {
        Days { first: Some(first), last, seen: self.seen }
    }

    fn until(&self, last: Day) -> Days {
        Days { first: None, last, seen: self.seen }
    }

    /// From the first day of the scheme's year that the day lies in.
    fn year_to(&self, day: Day) -> Days {
        self.between(Period::containing(self.period.scheme(), PartKind::Year, day).first(), day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn period(scheme: Scheme, text: &str) -> Period {
        Period::parse(scheme, text).expect("a period")
    }

    fn frame(text: &str, as_of: Option<&str>, today: &str) -> Result<Frame, FrameRefusal> {
        Frame::new(period(Scheme::Calendar, text), as_of.map(day), day(today))
    }

    #[test]
    fn the_running_period_and_the_last_one_are_read_today() {
        assert_eq!(frame("2022Q2", None, "2022-05-06").map(|f| f.as_of), Ok(day("2022-05-06")));
        assert_eq!(frame("2022Q1", None, "2022-05-06").map(|f| f.as_of), Ok(day("2022-05-06")));
        assert_eq!(
            frame("2021Q4", None, "2022-05-06").map(|f| f.as_of),
            Ok(day("2021-12-31")),
            "older: its own end"
        );
        assert_eq!(
            frame("2022-03", None, "2022-05-06").map(|f| f.as_of),
            Ok(day("2022-03-31")),
            "April came between"
        );
        assert_eq!(frame("2021", None, "2022-05-06").map(|f| f.as_of), Ok(day("2022-05-06")));
    }

    #[test]
    fn a_day_that_is_asked_for_wins_within_reason() {
        assert_eq!(frame("2022Q1", Some("2022-03-31"), "2022-05-06").map(|f| f.as_of), Ok(day("2022-03-31")));
        assert_eq!(frame("2022Q1", Some("2022-05-07"), "2022-05-06"), Err(FrameRefusal::AsOfFuture));
        assert_eq!(frame("2022Q1", Some("2021-12-31"), "2022-05-06"), Err(FrameRefusal::AsOfBefore));
        assert_eq!(frame("2022Q3", None, "2022-05-06"), Err(FrameRefusal::NotBegun));
    }

    #[test]
    fn a_past_moment_brings_its_own_business_day() -> Result<(), FrameRefusal> {
        let moment = |text: &str| Moment::parse(text).expect("a moment");
        let at = |seen: &str| {
            Frame::at(period(Scheme::Calendar, "2022Q1"), None, moment(seen), moment("2022-05-06T09:00"))
        };
        let then = at("2022-04-02T17:30")?;
        assert_eq!((then.as_of, then.today), (day("2022-04-02"), day("2022-04-02")));
        assert_eq!(then.days(FigureKind::Flow).seen, Some(moment("2022-04-02T17:30")));
        assert!(!at("2022-03-31T23:59")?.finished(), "it was running then");
        assert_eq!(at("2021-12-31T23:59"), Err(FrameRefusal::NotBegun));
        assert_eq!(at("2022-05-06T09:01"), Err(FrameRefusal::MomentFuture));
        Ok(())
    }

    #[test]
    fn a_period_is_finished_the_day_after_its_last() -> Result<(), FrameRefusal> {
        assert!(!frame("2022Q1", None, "2022-03-31")?.finished());
        assert!(frame("2022Q1", None, "2022-04-01")?.finished());
        Ok(())
    }

    #[test]
    fn the_usual_period_is_the_quarter_that_ended_last() {
        assert_eq!(Frame::usual(day("2022-05-06")).to_string(), "2022Q1");
        assert_eq!(Frame::usual(day("2022-01-01")).to_string(), "2021Q4");
    }

    #[test]
    fn each_kind_has_its_own_days() -> Result<(), FrameRefusal> {
        let f = frame("2022Q2", None, "2022-08-01")?;
        let run = |first: &str, last: &str| Days { first: Some(day(first)), last: day(last), seen: None };
        let till = |last: &str| Days { first: None, last: day(last), seen: None };
        assert_eq!(f.days(FigureKind::Flow), run("2022-04-01", "2022-06-30"));
        assert_eq!(f.days(FigureKind::Distinct), run("2022-04-01", "2022-06-30"));
        assert_eq!(f.days(FigureKind::Stock), till("2022-08-01"));
        assert_eq!(f.days(FigureKind::Cumulative), run("2022-01-01", "2022-08-01"));
        assert_eq!(f.year_so_far(FigureKind::Flow), Some(run("2022-01-01", "2022-06-30")));
        assert_eq!(f.year_so_far(FigureKind::Stock), None);
        assert_eq!(f.previous(FigureKind::Flow), Some(run("2022-01-01", "2022-03-31")));
        assert_eq!(f.previous(FigureKind::Stock), Some(till("2022-03-31")));
        assert_eq!(f.previous(FigureKind::Cumulative), None);
        assert_eq!(f.year_before(FigureKind::Flow), run("2021-04-01", "2021-06-30"));
        assert_eq!(f.year_before(FigureKind::Stock), till("2021-06-30"));
        assert_eq!(f.year_before(FigureKind::Cumulative), run("2021-01-01", "2021-08-01"));
        Ok(())
    }

    #[test]
    fn the_year_is_the_schemes() -> Result<(), FrameRefusal> {
        let ministry = Frame::new(period(Scheme::Ministry, "2022Q1"), None, day("2022-03-10"))?;
        assert_eq!(ministry.days(FigureKind::Flow).label(), "2021年12月1日至2022年2月28日");
        assert_eq!(ministry.days(FigureKind::Cumulative).label(), "2021年12月1日至2022年3月10日");
        let twenty_first = Frame::new(period(Scheme::TwentyFirst, "2022-03"), None, day("2022-03-25"))?;
        assert_eq!(twenty_first.days(FigureKind::Flow).label(), "2022年2月21日至2022年3月20日");
        assert_eq!(
            twenty_first.year_so_far(FigureKind::Flow).map(Days::label),
            Some("2021年12月21日至2022年3月20日".to_owned())
        );
        Ok(())
    }
}
