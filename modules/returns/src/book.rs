//! All forms of a period, filled in: every column once, by its one definition, with the checks over them.

use crate::{
    check::{Check, Place, Verdict, checks},
    column::{About, Column, Counts},
    counted::{Case, Complaint, Consultation, Station},
    form::{FORMS, Form},
    store::{self, Typed},
};
use ::store::Tx;
use kernel::{Day, Period, Scheme};
use std::collections::BTreeMap;

kernel::refusals! {
    /// Why there is no return of a period.
    pub enum BookRefusal {
        /// It lies in the future.
        NotBegun => Invalid("period"), "该期间尚未开始，请选择已开始的报告期。";
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// What the system counts; nothing if it counts nothing there.
    pub counted: Option<i64>,
    /// What a person typed.
    pub typed: Option<i64>,
    /// Whether it is a sum of which some part is not known.
    pub partial: bool,
}

impl Cell {
    /// What is shown: yuan of sums of money; nothing is 未采集, never 0.
    #[must_use]
    pub fn value(self) -> Option<i64> {
        match (self.counted, self.typed) {
            (None, None) => None,
            (counted, typed) => Some(counted.unwrap_or(0) + typed.unwrap_or(0)),
        }
    }

    /// What checks may reckon with: a sum of which a part is missing is no value.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        if self.partial { None } else { self.value() }
    }
}

/// The forms of a period, with the rows behind them.
#[derive(Debug, Clone)]
pub struct Book {
    /// The period.
    pub period: Period,
    pub(crate) cases: Vec<Case>,
    pub(crate) consultations: Vec<Consultation>,
    pub(crate) stations: Vec<Station>,
    pub(crate) complaints: Vec<Complaint>,
    typed: BTreeMap<(String, i64), Typed>,
    cells: BTreeMap<Place, Cell>,
}

/// The forms of a period as far as it has come.
///
/// # Errors
/// A refusal if the period has not begun; a fault if the data cannot be read.
pub async fn book(tx: &mut Tx, period: Period, today: Day) -> kernel::Result<Book> {
    if period.first() > today {
        return Err(BookRefusal::NotBegun.into());
    }
    let cases = store::cases(tx, period).await?;
    let consultations = store::consultations(tx, period).await?;
    let stations = store::stations(tx, period).await?;
    let complaints = store::complaints(tx, period).await?;
    let typed = store::typed(tx, period).await?;
    let rows = Rows { cases, consultations, stations, complaints, typed };
    Ok(Book::of(period, rows))
}

/// What a period's forms are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) cases: Vec<Case>,
    pub(crate) consultations: Vec<Consultation>,
    pub(crate) stations: Vec<Station>,
    pub(crate) complaints: Vec<Complaint>,
    /// In the order of time.
    pub(crate) typed: Vec<Typed>,
}

/// The period of the form's rhythm that ended last, by the ministry's statistical year.
#[must_use]
pub fn usual_period(form: &Form, today: Day) -> Period {
    Period::containing(Scheme::Ministry, form.rhythm, today).previous()
}

impl Book {
    /// The forms of a period that are made of these rows.
    pub(crate) fn of(period: Period, rows: Rows) -> Self {
        let Rows { cases, consultations, stations, complaints, typed } = rows;
        let typed = typed.into_iter().map(|row| ((row.form.clone(), row.col), row)).collect();
        let cells = BTreeMap::new();
        let mut book = Self { period, cases, consultations, stations, complaints, typed, cells };
        book.fill();
        book
    }

    fn fill(&mut self) {
        let columns = || FORMS.iter().flat_map(Form::columns);
        for column in columns() {
            let cell = Cell {
                counted: self.counted(column),
                typed: self.typed(column).and_then(|typed| typed.value),
                partial: false,
            };
            self.cells.insert(column.place(), cell);
        }
        // Sums of sums stand in first columns only: what they add up comes before them.
        let sums = || columns().filter(|column| matches!(column.counts, Counts::Sum(_)));
        for column in
            sums().filter(|column| column.number != 1).chain(sums().filter(|column| column.number == 1))
        {
            let Counts::Sum(parts) = &column.counts else { continue };
            let parts: Vec<Cell> =
                parts.iter().map(|part| self.cell(Place { form: column.form, column: *part })).collect();
            let known: Vec<i64> = parts.iter().filter_map(|part| part.value()).collect();
            let cell = Cell {
                counted: (!known.is_empty()).then(|| known.iter().sum()),
                typed: None,
                partial: parts.iter().any(|part| part.whole().is_none()),
            };
            self.cells.insert(column.place(), cell);
        }
    }

    fn counted(&self, column: &Column) -> Option<i64> {
        let count = column.count()?;
        Some(match count.set.about() {
            About::Case => self.cases.iter().map(|case| count.of_case(case)).sum(),
            About::Consultation => {
                let meant = self.consultations.iter().filter(|row| count.takes_consultation(row));
                meant.map(|row| row.quantity).sum()
            }
            About::Station => number(self.stations.iter().filter(|row| count.takes_station(row)).count()),
            About::Complaint => number(self.complaints.len()),
        })
    }

    /// What stands in a column.
    #[must_use]
    pub fn cell(&self, place: Place) -> Cell {
        self.cells.get(&place).copied().unwrap_or_default()
    }

    /// What was typed into a column last.
    #[must_use]
    pub fn typed(&self, column: &Column) -> Option<&Typed> {
        self.typed.get(&(column.form.to_owned(), i64::from(column.number)))
    }

    /// The newest typed row of a form, so that two people at once are noticed.
    #[must_use]
    pub fn newest_typed(&self, form: &Form) -> i64 {
        let rows = self.typed.iter().filter(|((key, _), _)| key == form.key);
        rows.map(|(_, typed)| typed.id.raw()).max().unwrap_or(0)
    }

    /// What came of a check.
    #[must_use]
    pub fn verdict(&self, check: &Check) -> Verdict {
        check.run(|place| self.cell(place).whole())
    }

    /// The checks of a form with what came of them.
    #[must_use]
    pub fn verdicts(&self, form: &Form) -> Vec<(&'static Check, Verdict)> {
        let own = checks().iter().filter(|check| check.form == form.key);
        own.map(|check| (check, self.verdict(check))).collect()
    }

    /// Every check that does not hold, over all forms.
    #[must_use]
    pub fn broken(&self) -> Vec<(&'static Check, Verdict)> {
        let all = checks().iter().map(|check| (check, self.verdict(check)));
        all.filter(|(_, verdict)| matches!(verdict, Verdict::Broken(..))).collect()
    }

    /// The cases behind a column, with what each adds.
    pub(crate) fn cases_of(&self, column: &Column) -> Vec<(&Case, i64)> {
        let Some(count) = column.count() else { return Vec::new() };
        self.cases.iter().map(|case| (case, count.of_case(case))).filter(|(_, adds)| *adds != 0).collect()
    }

    /// Cases that some form cannot place, because somebody must say something first.
    pub(crate) fn gaps(&self) -> Vec<(&Case, &'static str)> {
        self.cases.iter().filter_map(|case| Some((case, case.gap()?))).collect()
    }

    /// Whether the period is over on a day.
    #[must_use]
    pub fn is_over(&self, today: Day) -> bool {
        self.period.last() < today
    }
}

impl Column {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { form: self.form, column: self.number }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Yuan as 万元, exactly: `12.3456`, `5`, `0.05`.
#[must_use]
pub fn ten_thousands(yuan: i64) -> String {
    let (whole, rest) = (yuan / 10_000, yuan % 10_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:04}").trim_end_matches('0').to_owned()
}

/// 万元 as people type them, to the yuan.
pub(crate) fn yuan_of(text: &str) -> Option<i64> {
    let text = kernel::to_half_width(text.trim());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || rest.len() > 4 || !digits(whole) || !digits(rest) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let rest: i64 = format!("{rest:0<4}").parse().ok()?;
    Some(whole * 10_000 + rest)
}

/// What a value looks like in a column.
#[must_use]
pub fn shown(column: &Column, value: i64) -> String {
    if column.is_money() { ten_thousands(value) } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_to_the_yuan_and_read_back() {
        for (yuan, text) in [(0, "0"), (10_000, "1"), (123_456, "12.3456"), (500, "0.05"), (120_000, "12")] {
            assert_eq!(ten_thousands(yuan), text);
            assert_eq!(yuan_of(text), Some(yuan));
        }
        for bad in ["", "-1", "1.23456", "一", ".5", "1e3", "1234567890"] {
            assert_eq!(yuan_of(bad), None, "{bad}");
        }
        assert_eq!(yuan_of("１２．３"), Some(123_000), "full-width digits are digits");
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        assert_eq!(Cell::default().value(), None);
        assert_eq!(Cell { counted: Some(0), ..Cell::default() }.value(), Some(0));
        assert_eq!(Cell { counted: Some(2), typed: Some(3), partial: false }.value(), Some(5));
        assert_eq!(Cell { counted: Some(2), typed: None, partial: true }.whole(), None);
    }
}
