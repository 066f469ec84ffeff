//! Assessing the quality of cases (质量评估，法律援助法第五十七条): a sample of archived cases, each judged by an expert of
//! another firm on a sheet of 100 points. The sheets and the grades are ours; the bureau has to confirm them.

use kernel::Id;
use sha2::{Digest as _, Sha256};

/// A sample; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batch {}

/// The assessment of one case; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assessment {}

const SHEETS: &str = include_str!("quality_sheets.csv");

/// The parts of a sheet with their points, which sum to 100.
#[must_use]
pub(crate) fn sheet(criminal: bool) -> Vec<(&'static str, i64)> {
    let wanted = if criminal { "criminal" } else { "civil" };
    SHEETS
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            let named = fields.next()? == wanted;
            let (title, points) = (fields.next()?, fields.next()?.parse().ok()?);
            named.then_some((title, points))
        })
        .collect()
}

/// The grade of a sum of points.
#[must_use]
pub(crate) fn grade(total: i64) -> &'static str {
    match total {
        90.. => "优秀",
        75.. => "良好",
        60.. => "合格",
        _ => "不合格",
    }
}

/// The class of a grade's badge.
#[must_use]
pub(crate) fn grade_badge(total: i64) -> &'static str {
    match total {
        75.. => "ok",
        60.. => "info",
        _ => "bad",
    }
}

/// How many of so many cases a share in percent is: at least one, if there is any.
#[must_use]
pub(crate) fn sample_size(of_all: usize, share: i64) -> usize {
    let share = usize::try_from(share.clamp(0, 100)).unwrap_or(0);
    (of_all * share).div_ceil(100).min(of_all)
}

/// Draws a sample: the cases whose digest with the seed is lowest. Whoever has the seed draws the same again, and nobody
/// can choose a seed for a case without trying.
#[must_use]
pub(crate) fn draw<T>(cases: &[Id<T>], share: i64, seed: &str) -> Vec<Id<T>> {
    let mut ranked: Vec<([u8; 32], Id<T>)> = cases
        .iter()
        .map(|case| {
            let mut hash = Sha256::new();
            hash.update(seed.as_bytes());
            hash.update(case.raw().to_be_bytes());
            (hash.finalize().into(), *case)
        })
        .collect();
    ranked.sort_by_key(|(digest, _)| *digest);
    ranked.truncate(sample_size(cases.len(), share));
    ranked.into_iter().map(|(_, case)| case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_a_hundred_points() {
        for criminal in [true, false] {
            let sheet = sheet(criminal);
            assert_eq!((sheet.len(), sheet.iter().map(|(_, points)| points).sum::<i64>()), (5, 100));
        }
        let grades: Vec<&str> = [100, 90, 89, 75, 74, 60, 59, 0].into_iter().map(grade).collect();
        assert_eq!(grades, ["优秀", "优秀", "良好", "良好", "合格", "合格", "不合格", "不合格"]);
    }

    #[test]
    fn a_sample_is_fair_and_can_be_drawn_again() {
        let cases: Vec<Id<()>> = (1..=1000).filter_map(|nth| Id::from_raw((320_412 << 43) | nth)).collect();
        let once = draw(&cases, 10, "seed");
        assert_eq!((once.len(), &once), (100, &draw(&cases, 10, "seed")));
        let other = draw(&cases, 10, "another");
        assert!(once.iter().filter(|case| other.contains(case)).count() < 40, "another seed, another sample");
        let early = once.iter().filter(|case| case.raw() & 0xffff <= 500).count();
        assert!((25..=75).contains(&early), "not the first, not the last: {early}");
        assert_eq!((sample_size(0, 10), sample_size(3, 10), sample_size(3, 100)), (0, 1, 3));
    }
}
