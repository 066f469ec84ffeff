//! The check formulas of the forms (校验关系), read from `checks.csv`: `c7=c3+c4+c5+c6`, `c12>=c13`, `c8=F05.c34+F06.c28`,
//! `if F01.c29>0 then c20>0`.

use std::{fmt, sync::LazyLock};

/// A column of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The key of the form.
    pub form: &'static str,
    /// The number of the column.
    pub column: u16,
}

/// Where a formula comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The form's own.
    Form,
    /// The form's own, of an older numbering of its columns.
    Renumbered,
    /// It follows from the heads; to be confirmed by the bureau.
    Derived,
}

/// How the two sides stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// ＝.
    Equal,
    /// ≥.
    AtLeast,
    /// ＞.
    More,
}

/// Two sums of columns that are compared; a side without columns is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What stands left.
    pub left: Vec<Place>,
    /// How it stands to the right.
    pub relation: Relation,
    /// What stands right.
    pub right: Vec<Place>,
}

/// A check of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The form it stands under.
    pub form: &'static str,
    /// What must hold for it to be looked at.
    pub condition: Option<Comparison>,
    /// What must hold.
    pub holds: Comparison,
    /// Where it comes from.
    pub basis: Basis,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds, with what both sides come to.
    Holds(i64, i64),
    /// It does not.
    Broken(i64, i64),
    /// Something is not known yet: 未采集.
    Open,
    /// What it depends on is not so.
    NotNeeded,
}

/// The compiled table; one line a check.
const TABLE: &str = include_str!("checks.csv");

/// All checks, in the order of the forms.
#[must_use]
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(parse).collect());
    &CHECKS
}

fn parse(line: &'static str) -> Option<Check> {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [form, formula, basis] = fields[..] else { return None };
    let basis = match basis {
        "form" => Basis::Form,
        "renumbered" => Basis::Renumbered,
        "derived" => Basis::Derived,
        _ => return None,
    };
    let (condition, formula) = match formula.strip_prefix("if ") {
        Some(rest) => {
            let (condition, formula) = rest.split_once(" then ")?;
            (Some(comparison(form, condition)?), formula)
        }
        None => (None, formula),
    };
    Some(Check { form, condition, holds: comparison(form, formula)?, basis })
}

fn comparison(form: &'static str, text: &'static str) -> Option<Comparison> {
    let (left, relation, right) = if let Some((left, right)) = text.split_once(">=") {
        (left, Relation::AtLeast, right)
    } else if let Some((left, right)) = text.split_once('>') {
        (left, Relation::More, right)
    } else {
        let (left, right) = text.split_once('=')?;
        (left, Relation::Equal, right)
    };
    Some(Comparison { left: side(form, left)?, relation, right: side(form, right)? })
}

fn side(form: &'static str, text: &'static str) -> Option<Vec<Place>> {
    if text == "0" {
        return Some(Vec::new());
    }
    text.split('+')
        .map(|part| {
            let (form, column) = part.split_once('.').unwrap_or((form, part));
            Some(Place { form, column: column.strip_prefix('c')?.parse().ok()? })
        })
        .collect()
}

impl Comparison {
    /// Both sides and whether they stand as they should; nothing if something is not known.
    fn look(&self, value: &impl Fn(Place) -> Option<i64>) -> Option<(i64, i64, bool)> {
        let sum = |side: &[Place]| side.iter().map(|place| value(*place)).sum::<Option<i64>>();
        let (left, right) = (sum(&self.left)?, sum(&self.right)?);
        let holds = match self.relation {
            Relation::Equal => left == right,
            Relation::AtLeast => left >= right,
            Relation::More => left > right,
        };
        Some((left, right, holds))
    }
}

impl Check {
    /// Runs it over the values of columns; a column that is not known, or only in part, has none.
    pub fn run(&self, value: impl Fn(Place) -> Option<i64>) -> Verdict {
        if let Some(condition) = &self.condition {
            match condition.look(&value) {
                None => return Verdict::Open,
                Some((_, _, false)) => return Verdict::NotNeeded,
                Some((_, _, true)) => {}
            }
        }
        match self.holds.look(&value) {
            None => Verdict::Open,
            Some((left, right, true)) => Verdict::Holds(left, right),
            Some((left, right, false)) => Verdict::Broken(left, right),
        }
    }

    /// Every column it names.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let sides = self.condition.iter().chain([&self.holds]);
        sides.flat_map(|comparison| comparison.left.iter().chain(&comparison.right)).copied()
    }

    /// Whether its two sides are money.
    #[must_use]
    pub fn is_money(&self) -> bool {
        let places =
            self.holds.left.iter().filter_map(|place| crate::form_of(place.form)?.column(place.column));
        places.into_iter().any(crate::Column::is_money)
    }
}

/// As it is written in the table.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |comparison: &Comparison| {
            let side = |places: &[Place]| {
                let words: Vec<String> = places
                    .iter()
                    .map(|place| match place.form == self.form {
                        true => format!("c{}", place.column),
                        false => format!("{}.c{}", place.form, place.column),
                    })
                    .collect();
                if words.is_empty() { "0".to_owned() } else { words.join("+") }
            };
            let relation = match comparison.relation {
                Relation::Equal => "=",
                Relation::AtLeast => ">=",
                Relation::More => ">",
            };
            format!("{}{relation}{}", side(&comparison.left), side(&comparison.right))
        };
        if let Some(condition) = &self.condition {
            write!(f, "if {} then ", part(condition))?;
        }
        f.write_str(&part(&self.holds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_is_written_back_and_names_columns_that_exist() {
        let lines: Vec<&str> = TABLE.lines().skip(1).collect();
        assert_eq!(checks().len(), lines.len());
        for (check, line) in checks().iter().zip(lines) {
            assert_eq!(Some(check.to_string().as_str()), line.split(',').nth(1));
            for place in check.places() {
                let form = crate::form_of(place.form).expect("a form");
                assert!(form.column(place.column).is_some(), "{line}: {place:?}");
            }
        }
    }

    #[test]
    fn a_check_holds_breaks_or_waits() {
        let check = |formula: &'static str| Check {
            form: "M1",
            condition: None,
            holds: comparison("M1", formula).expect("a formula"),
            basis: Basis::Form,
        };
        let value = |place: Place| (place.column < 9).then_some(i64::from(place.column));
        assert_eq!(check("c5=c2+c3").run(value), Verdict::Holds(5, 5));
        assert_eq!(check("c5=c2+c4").run(value), Verdict::Broken(5, 6));
        assert_eq!(check("c2>=c3").run(value), Verdict::Broken(2, 3));
        assert_eq!(check("c3>=c3").run(value), Verdict::Holds(3, 3));
        assert_eq!(check("c3>0").run(value), Verdict::Holds(3, 0));
        assert_eq!(check("c2=c9").run(value), Verdict::Open, "what nobody knows is not 0");
        let only_if = |formula| Check { condition: comparison("M1", formula), ..check("c1=c2") };
        assert_eq!(only_if("c1>c2").run(value), Verdict::NotNeeded);
        assert_eq!(only_if("c2>c1").run(value), Verdict::Broken(1, 2));
        assert_eq!(only_if("c9>0").run(value), Verdict::Open);
    }
}
