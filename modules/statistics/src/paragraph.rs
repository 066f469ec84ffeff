//! The sentence that leaders copy into a report, built from the figures that are present.

use crate::bulletin::Bulletin;
use kernel::Scheme;

/// The bulletin in two sentences, as the district's reports put it.
#[must_use]
pub fn paragraph(bulletin: &Bulletin) -> String {
    let sentences = [deeds(bulletin), standing(bulletin)];
    sentences.into_iter().flatten().collect()
}

/// 一季度，全区村（社区）法律顾问提供上门服务1372次，…。
fn deeds(bulletin: &Bulletin) -> Option<String> {
    let clause = |key: &str, before: &str| {
        let figure = bulletin.figure(key)?;
        Some(format!("{before}{}{}", figure.value, figure.unit))
    };
    let clauses = [
        clause("advisers.visits", "提供上门服务"),
        clause("advisers.consultations", "接受电话和微信群咨询"),
        clause("advisers.lectures", "举办法治讲座和开展法治宣传"),
    ];
    let clauses: Vec<String> = clauses.into_iter().flatten().collect();
    (!clauses.is_empty())
        .then(|| format!("{}，{}村（社区）法律顾问{}。", when(bulletin), bulletin.area, clauses.join("，")))
}

/// The period as a report names it: without its year in that year, with its days where the name is not enough.
fn when(bulletin: &Bulletin) -> String {
    let name = if bulletin.label.starts_with(&format!("{}年", bulletin.as_of.year()))
        && bulletin.short_label != "全年"
    {
        &bulletin.short_label
    } else {
        &bulletin.label
    };
    let days = if bulletin.scheme == Scheme::Calendar.key() { String::new() } else { bulletin.span() };
    let open =
        if bulletin.finished { String::new() } else { format!("统计至{}，尚未结束", day(bulletin)) };
    match [days, open].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("，") {
        notes if notes.is_empty() => name.clone(),
        notes => format!("{name}（{notes}）"),
    }
}

fn day(bulletin: &Bulletin) -> String {
    format!("{}月{}日", bulletin.as_of.month(), bulletin.as_of.day())
}

/// 目前，全区共有法律援助工作站17个，其中今年新建7个；233个村（社区）法律顾问实现全覆盖。
fn standing(bulletin: &Bulletin) -> Option<String> {
    let clauses: Vec<String> = [stations(bulletin), coverage(bulletin)].into_iter().flatten().collect();
    let since =
        if bulletin.current { "目前".to_owned() } else { format!("截至{}", bulletin.as_of.chinese()) };
    (!clauses.is_empty()).then(|| format!("{since}，{}{}。", bulletin.area, clauses.join("；")))
}

fn stations(bulletin: &Bulletin) -> Option<String> {
    let total = bulletin.figure("stations.total")?;
    let mut clause = format!("共有法律援助工作站{}{}", total.value, total.unit);
    if let Some(opened) = bulletin.figure("stations.opened_this_year").filter(|opened| opened.value > 0) {
        let year = if bulletin.current { "今年" } else { "当年" };
        clause.push_str(&format!("，其中{year}新建{}{}", opened.value, opened.unit));
    }
    Some(clause)
}

fn coverage(bulletin: &Bulletin) -> Option<String> {
    let total = bulletin.figure("villages.total").filter(|total| total.value > 0)?;
    let covered = bulletin.figure("villages.covered")?;
    let units = format!("{}{}村（社区）", total.value, total.unit);
    if covered.value == total.value {
        return Some(format!("{units}法律顾问实现全覆盖"));
    }
    let mut clause = format!("{units}中，法律顾问覆盖{}{}", covered.value, covered.unit);
    if (0..total.value).contains(&covered.value) {
        clause.push_str(&format!("，覆盖率{}", rate(covered.value, total.value)));
    }
    Some(clause)
}

/// A share in per cent to one decimal, rounded down: 232 of 233 is never 100.0%.
pub(crate) fn rate(part: i64, whole: i64) -> String {
    let tenths = part.saturating_mul(1000) / whole.max(1);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulletin::{AuditMark, BulletinFigure};
    use kernel::{Day, Period};

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn figure(key: &str, value: i64, unit: &str) -> BulletinFigure {
        BulletinFigure {
            key: key.to_owned(),
            value,
            unit: unit.to_owned(),
            name: key.to_owned(),
            kind: "flow".to_owned(),
            definition: String::new(),
            version: 1,
            from: None,
            through: day("2022-03-31"),
            cumulative: None,
            previous: None,
            year_before: None,
            part_of: None,
        }
    }

    fn the_articles_quarter(scheme: Scheme, covered: i64) -> Bulletin {
        let period = Period::parse(scheme, "2022Q1").expect("a period");
        Bulletin {
            period: period.to_string(),
            scheme: scheme.key().to_owned(),
            label: period.label(),
            short_label: period.short_label(),
            first: period.first(),
            last: period.last(),
            as_of: day("2022-05-06"),
            finished: true,
            current: true,
            area: "全区".to_owned(),
            figures: vec![
                figure("stations.total", 17, "个"),
                figure("stations.opened_this_year", 7, "个"),
                figure("villages.total", 233, "个"),
                figure("villages.covered", covered, "个"),
                figure("advisers.visits", 1372, "次"),
                figure("advisers.consultations", 1580, "次"),
                figure("advisers.lectures", 31, "场次"),
            ],
            adjustments: Vec::new(),
            sealed: None,
            observed_at: None,
            audit: AuditMark::default(),
        }
    }

    #[test]
    fn the_articles_sentence() {
        assert_eq!(
            paragraph(&the_articles_quarter(Scheme::Calendar, 233)),
            "一季度，全区村（社区）法律顾问提供上门服务1372次，接受电话和微信群咨询1580次，举办法治讲座和开展法治宣传31场次。\
             目前，全区共有法律援助工作站17个，其中今年新建7个；233个村（社区）法律顾问实现全覆盖。"
        );
    }

    #[test]
    fn a_gap_is_told_and_never_rounded_away() {
        assert!(
            paragraph(&the_articles_quarter(Scheme::Calendar, 231))
                .contains("233个村（社区）中，法律顾问覆盖231个，覆盖率99.1%。")
        );
        assert_eq!(rate(9999, 10_000), "99.9%");
        assert!(
            paragraph(&the_articles_quarter(Scheme::Calendar, 234))
                .ends_with("233个村（社区）中，法律顾问覆盖234个。")
        );
    }

    #[test]
    fn missing_figures_leave_their_clauses_out() {
        let mut bulletin = the_articles_quarter(Scheme::Calendar, 233);
        bulletin.figures.retain(|figure| figure.key == "advisers.lectures" || figure.key == "stations.total");
        assert_eq!(
            paragraph(&bulletin),
            "一季度，全区村（社区）法律顾问举办法治讲座和开展法治宣传31场次。目前，全区共有法律援助工作站17个。"
        );
        bulletin.figures.clear();
        assert_eq!(paragraph(&bulletin), "");
    }

    #[test]
    fn what_the_name_does_not_tell_is_added() {
        let mut bulletin = the_articles_quarter(Scheme::Ministry, 233);
        assert!(paragraph(&bulletin).starts_with("一季度（2021年12月1日至2022年2月28日），"));
        bulletin = the_articles_quarter(Scheme::Calendar, 233);
        bulletin.as_of = day("2023-01-31");
        bulletin.current = false;
        let text = paragraph(&bulletin);
        assert!(text.starts_with("2022年第一季度，"), "{text}");
        assert!(text.contains("截至2023年1月31日，全区共有法律援助工作站17个，其中当年新建7个"), "{text}");
        bulletin.as_of = day("2022-03-15");
        bulletin.finished = false;
        assert!(paragraph(&bulletin).starts_with("一季度（统计至3月15日，尚未结束），"));
    }
}
