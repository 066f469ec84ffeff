//! The bulletin of a period: every figure with its year so far, its comparisons and its definition.

use crate::{
    frame::{Days, Frame},
    sums::{self, Areas, Scope},
};
use ::store::{
    Tx, audit,
    tally::{FigureDef, FigureKind},
};
use kernel::{Day, Fault, Moment, Period};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bulletin {
    /// `2022Q1`.
    pub period: String,
    /// `calendar`, `ministry` or `twenty-first`.
    pub scheme: String,
    /// `2022年第一季度`.
    pub label: String,
    /// `一季度`.
    pub short_label: String,
    /// The period's first day.
    #[schema(value_type = String, example = "2022-01-01")]
    pub first: Day,
    /// The period's last day.
    #[schema(value_type = String, example = "2022-03-31")]
    pub last: Day,
    /// The day on which stocks are read.
    #[schema(value_type = String, example = "2022-05-06")]
    pub as_of: Day,
    /// Whether the period is over.
    pub finished: bool,
    /// Whether stocks were read on the business day itself: "目前".
    pub current: bool,
    /// What the figures cover: 全区, or the towns somebody may see.
    pub area: String,
    /// The figures; parts follow what they are part of.
    pub figures: Vec<BulletinFigure>,
    /// What was entered late for earlier sealed periods and is reported here (补报调整).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// The seal, if these are sealed figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealMark>,
    /// The moment at which the figures were known like this, if a past one was asked for: `2022-05-06 09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<String>,
    /// The ends of the audit trail when the bulletin was made.
    pub audit: AuditMark,
}

/// Under which names the parts of a figure stand when villages were renamed, moved, merged or split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// 按当时名称: every village as it was on the last day that the figures cover.
    #[default]
    Then,
    /// 按现在名称: what was counted for a village that was merged or moved stands under the present one.
    Now,
}

impl Mode {
    /// The name in addresses.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Then => "then",
            Self::Now => "now",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Then => "按当时名称",
            Self::Now => "按现在名称",
        }
    }
}

/// Late entries of a sealed period, reported with a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Adjustment {
    /// The figure.
    pub figure: String,
    /// Its name on screen.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The sealed period that the late entries belong to: `2022Q1`.
    pub period: String,
    /// Its name: `2022年第一季度`.
    pub label: String,
    /// How much was added; negative where more was taken back.
    pub value: i64,
    /// Whether that period lies in the same year, so that 累计 holds it.
    pub same_year: bool,
}

/// By what sealed figures are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealMark {
    /// `2022Q1-C-1`.
    pub number: String,
    /// 1 for the first seal of the period; rises when it was unsealed and sealed again.
    pub version: i64,
    /// When it was sealed, in real time: `2022-05-06 09:00`.
    pub sealed_at: String,
    /// SHA-256 of the sealed JSON file; absent inside that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The ends of the audit trail: whoever keeps them can prove later that nothing before them was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditMark {
    /// One hash for all chains.
    pub root: String,
    /// Every chain as `chain:rows:hash`.
    pub heads: Vec<String>,
}

impl AuditMark {
    /// The ends of the trail as they are now.
    pub(crate) async fn read(tx: &mut Tx) -> Result<Self, Fault> {
        let heads = audit::heads(tx).await?;
        let line = |head: &audit::Head| format!("{}:{}:{}", head.lane, head.seq, head.hash);
        Ok(Self { root: audit::root(&heads), heads: heads.iter().map(line).collect() })
    }
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulletinFigure {
    /// The stable name.
    pub key: String,
    /// The figure.
    pub value: i64,
    /// Its unit: 次, 个, 场次.
    pub unit: String,
    /// The name on screen.
    pub name: String,
    /// `flow`, `stock`, `cumulative` or `distinct`.
    pub kind: String,
    /// The definition in words (口径).
    pub definition: String,
    /// The definition's version.
    pub version: u32,
    /// The first day it covers; stocks reach back to the beginning.
    #[schema(value_type = Option<String>, example = "2022-01-01")]
    pub from: Option<Day>,
    /// The last day it covers.
    #[schema(value_type = String, example = "2022-03-31")]
    pub through: Day,
    /// The year so far (累计), for what happens in a period.
    pub cumulative: Option<i64>,
    /// The period before (上期).
    pub previous: Option<i64>,
    /// The same period a year before (上年同期).
    pub year_before: Option<i64>,
    /// The figure it is part of.
    pub part_of: Option<String>,
}

impl Bulletin {
    /// The figure of that name.
    #[must_use]
    pub fn figure(&self, key: &str) -> Option<&BulletinFigure> {
        self.figures.iter().find(|figure| figure.key == key)
    }

    /// The period's days, `2022年1月1日至2022年3月31日`.
    #[must_use]
    pub fn span(&self) -> String {
        Days { first: Some(self.first), last: self.last, seen: None }.label()
    }
}

impl BulletinFigure {
    /// How it compares with the same period a year before (同比).
    #[must_use]
    pub fn year_change(&self) -> String {
        change(self.value, self.year_before)
    }

    /// How it compares with the period before (环比).
    #[must_use]
    pub fn previous_change(&self) -> String {
        change(self.value, self.previous)
    }

    /// The days it covers, in words.
    #[must_use]
    pub fn span(&self) -> String {
        Days { first: self.from, last: self.through, seen: None }.label()
    }
}

/// A change in per cent to one decimal, `+12.3%`; `—` where there is nothing to compare with.
#[must_use]
pub fn change(now: i64, before: Option<i64>) -> String {
    let Some(before) = before.filter(|before| *before > 0) else { return "—".to_owned() };
    let (difference, base) = (i128::from(now) - i128::from(before), i128::from(before));
    // Tenths of a per cent, rounded half away from zero.
    let tenths = (difference.abs() * 2000 + base) / (2 * base);
    match difference.signum() {
        0 => "持平".to_owned(),
        sign => format!("{}{}.{}%", if sign < 0 { '-' } else { '+' }, tenths / 10, tenths % 10),
    }
}

/// Makes the bulletin of a period for the whole district. Without `as_of` stocks are read on the business day
/// for the running period and the one that ended last, else on the period's last day.
///
/// # Errors
/// A refusal if the period has not begun or `as_of` does not fit it; a fault if the sums cannot be read.
pub async fn bulletin(
    tx: &mut Tx,
    figures: &[FigureDef],
    period: Period,
    as_of: Option<Day>,
    today: Day,
) -> kernel::Result<Bulletin> {
    let frame = Frame::new(period, as_of, today)?;
    let areas = Areas::read(tx).await?;
    Ok(within(tx, figures, &frame, &Scope::Region, &areas).await?)
}

/// The bulletin of what the scope holds.
pub(crate) async fn within(
    tx: &mut Tx,
    figures: &[FigureDef],
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> Result<Bulletin, Fault> {
    let mut rows = Vec::new();
    for def in ordered(figures) {
        rows.push(figure(tx, &def, frame, scope, areas).await?);
    }
    let period = frame.period;
    Ok(Bulletin {
        period: period.to_string(),
        scheme: period.scheme().key().to_owned(),
        label: period.label(),
        short_label: period.short_label(),
        first: period.first(),
        last: period.last(),
        as_of: frame.as_of,
        finished: frame.finished(),
        current: frame.as_of == frame.today,
        area: areas.scope_name(scope),
        figures: rows,
        adjustments: Vec::new(),
        sealed: None,
        observed_at: frame.seen.map(Moment::local),
        audit: AuditMark::read(tx).await?,
    })
}

/// One figure with everything it is compared with.
pub(crate) async fn figure(
    tx: &mut Tx,
    def: &FigureDef,
    frame: &Frame,
    scope: &Scope,
    areas: &Areas,
) -> Result<BulletinFigure, Fault> {
    let days = frame.days(def.kind);
    let cumulative = optional(tx, def, frame.year_so_far(def.kind), scope, areas).await?;
    let previous = optional(tx, def, frame.previous(def.kind), scope, areas).await?;
    let year_before = optional(tx, def, Some(frame.year_before(def.kind)), scope, areas).await?;
    Ok(BulletinFigure {
        key: def.key.to_owned(),
        value: sums::total(tx, def, days, scope, areas).await?,
        unit: def.unit.label().to_owned(),
        name: def.name.to_owned(),
        kind: def.kind.key().to_owned(),
        definition: def.definition.to_owned(),
        version: def.version,
        from: days.first,
        through: days.last,
        cumulative,
        previous,
        year_before,
        part_of: def.part_of.map(str::to_owned),
    })
}

async fn optional(
    tx: &mut Tx,
    def: &FigureDef,
    days: Option<Days>,
    scope: &Scope,
    areas: &Areas,
) -> Result<Option<i64>, Fault> {
    match days {
        Some(days) => sums::total(tx, def, days, scope, areas).await.map(Some),
        None => Ok(None),
    }
}

/// The figures with every part behind what it is part of.
pub(crate) fn ordered(figures: &[FigureDef]) -> Vec<FigureDef> {
    let known = |key: &str| figures.iter().any(|figure| figure.key == key);
    let mut list = Vec::new();
    for figure in figures.iter().filter(|figure| figure.part_of.is_none_or(|whole| !known(whole))) {
        list.push(*figure);
        list.extend(figures.iter().filter(|part| part.part_of == Some(figure.key)));
    }
    list
}

/// Whether the kind is read on a day instead of over a period.
pub(crate) fn stands(kind: FigureKind) -> bool {
    matches!(kind, FigureKind::Stock | FigureKind::Cumulative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::CountUnit;

    #[test]
    fn changes_in_words() {
        assert_eq!(change(1123, Some(1000)), "+12.3%");
        assert_eq!(change(950, Some(1000)), "-5.0%");
        assert_eq!(change(7, Some(7)), "持平");
        assert_eq!(change(7, Some(0)), "—", "nothing to divide by");
        assert_eq!(change(7, None), "—");
        assert_eq!(change(0, Some(3)), "-100.0%");
        assert_eq!(change(3, Some(1)), "+200.0%");
        assert_eq!(change(10_005, Some(10_000)), "+0.1%", "0.05 is rounded away from zero");
        assert_eq!(change(10_004, Some(10_000)), "+0.0%", "a change, however small, is not 持平");
        assert_eq!(change(5, Some(-3)), "—");
    }

    #[test]
    fn parts_stand_behind_their_whole() {
        let def = |key, part_of| FigureDef {
            key,
            name: key,
            unit: CountUnit::Time,
            kind: FigureKind::Flow,
            measures: &[],
            definition: "",
            version: 1,
            part_of,
        };
        let figures = [def("b.part", Some("b")), def("a", None), def("b", None), def("lost", Some("gone"))];
        let keys: Vec<_> = ordered(&figures).iter().map(|figure| figure.key).collect();
        assert_eq!(keys, ["a", "b", "b.part", "lost"]);
    }
}
