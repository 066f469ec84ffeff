//! The ministry's forms: which there are, and which columns each has, read from `columns.csv`.

use crate::column::{About, Column};
use kernel::PartKind;
use std::sync::LazyLock;

/// One of the ministry's forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// The key in addresses and on the command line: `M1`, `Q1`, `F01` to `F13`.
    pub key: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// How often it is reported.
    pub rhythm: PartKind,
    /// What nothing in the system feeds, in a sentence; empty if everything is fed.
    pub unfed: &'static str,
}

const CONSULTATIONS: &str = "来电（村（社区）法律顾问的电话咨询、已接通的回电）和网络（微信群咨询）由系统计数，是否计入待本局确认；窗口来访、来信、12348 专线、按人群的分类、代书和引导没有登记来源，请由知道的人填报。没有注明事项或者事项为“其他”的咨询计入民事类。";

/// All forms, in the ministry's order.
pub const FORMS: &[Form] = &[
    form(
        "M1",
        "法律援助业务月报",
        PartKind::Month,
        "解答法律咨询数只含系统里登记的咨询，窗口的可以填报补充。",
    ),
    form("Q1", "法律援助咨询季报", PartKind::Quarter, CONSULTATIONS),
    form(
        "F01",
        "法律援助统计报表一　机构",
        PartKind::Quarter,
        "全部由人填报：系统里没有机构的编制、房屋、表彰等资料。",
    ),
    form(
        "F02",
        "法律援助统计报表二　人员",
        PartKind::Quarter,
        "全部由人填报：系统里没有人员编制和学历资料。",
    ),
    form("F03", "法律援助统计报表三　经费投入", PartKind::Quarter, "全部由人填报：系统里没有经费拨款资料。"),
    form(
        "F04",
        "法律援助统计报表四　经费支出",
        PartKind::Quarter,
        "办案补贴按已登记发放的补贴计数（按发放之日）；其他支出由人填报。",
    ),
    form("F05", "法律援助统计报表五　刑事", PartKind::Quarter, ""),
    form("F06", "法律援助统计报表六　民事", PartKind::Quarter, ""),
    form("F07", "法律援助统计报表七　行政", PartKind::Quarter, ""),
    form("F08", "法律援助统计报表八　各类案件及受援人合计", PartKind::Quarter, ""),
    form("F09", "法律援助统计报表九　受援人", PartKind::Quarter, ""),
    form("F10", "法律援助统计报表十　各类人员办理情况", PartKind::Quarter, ""),
    form("F11", "法律援助统计报表十一　咨询", PartKind::Quarter, CONSULTATIONS),
    form(
        "F12",
        "法律援助统计报表十二　工作站",
        PartKind::Quarter,
        "按期末已经设立、没有撤销的工作站计数；“有专门工作人员的”是登记的工作人员数大于零的站点。",
    ),
    form(
        "F13",
        "法律援助统计报表十三　投诉",
        PartKind::Quarter,
        "投诉合计由受援人网上投诉计数，其他渠道的投诉、分类、处理和不服处理的情况由人填报。",
    ),
];

const fn form(key: &'static str, title: &'static str, rhythm: PartKind, unfed: &'static str) -> Form {
    Form { key, title, rhythm, unfed }
}

/// The compiled table; one line a column.
const TABLE: &str = include_str!("columns.csv");

static COLUMNS: LazyLock<Vec<Column>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(Column::parse).collect());

/// The form of that key.
#[must_use]
pub fn form_of(key: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.key == key)
}

impl Form {
    /// Its columns, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let key = self.key;
        COLUMNS.iter().filter(move |column| column.form == key)
    }

    /// Its column of that number.
    #[must_use]
    pub fn column(&self, number: u16) -> Option<&'static Column> {
        self.columns().find(|column| column.number == number)
    }

    /// Whether people may type something into it.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        self.columns().any(Column::is_typed)
    }

    /// Whether cases are counted in it.
    #[must_use]
    pub fn is_of_cases(&self) -> bool {
        self.columns().filter_map(Column::count).any(|count| count.set.about() == About::Case)
    }
}

/// A cell of the head: groups reach over several columns, single heads down to the lowest line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The words.
    pub text: &'static str,
    /// The first column it stands over, counted from 0.
    pub first: usize,
    /// Over how many columns.
    pub across: usize,
    /// Over how many lines.
    pub down: usize,
}

/// The head of a form as the ministry groups it, line by line.
#[must_use]
pub fn heads(columns: &[&'static Column]) -> Vec<Vec<Head>> {
    let lines = columns.iter().map(|column| column.head.len()).max().unwrap_or(0);
    let mut all = Vec::new();
    for line in 0..lines {
        let mut heads: Vec<Head> = Vec::new();
        let mut before: Option<&'static Column> = None;
        for (nth, column) in columns.iter().enumerate() {
            let Some(text) = column.head.get(line).copied() else {
                before = None;
                continue;
            };
            let lowest = line + 1 == column.head.len();
            let goes_on = before.is_some_and(|before| {
                !lowest && before.head.len() > line + 1 && before.head[..=line] == column.head[..=line]
            });
            match heads.last_mut() {
                Some(group) if goes_on => group.across += 1,
                _ => {
                    let down = if lowest { lines - line } else { 1 };
                    heads.push(Head { text, first: nth, across: 1, down });
                }
            }
            before = Some(column);
        }
        all.push(heads);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{Counts, Test};

    #[test]
    fn every_line_is_read_and_every_form_counts_its_columns_without_a_gap() {
        assert_eq!(
            COLUMNS.len(),
            TABLE.lines().count() - 1,
            "a line that cannot be read is a column that is missing"
        );
        let expected = [24, 54, 29, 20, 11, 23, 46, 47, 34, 13, 13, 27, 28, 27, 11];
        for (form, count) in FORMS.iter().zip(expected) {
            let numbers: Vec<u16> = form.columns().map(|column| column.number).collect();
            assert_eq!(numbers, (1..=count).collect::<Vec<u16>>(), "{}", form.key);
        }
    }

    #[test]
    fn a_definition_asks_only_what_its_rows_can_answer() {
        for column in COLUMNS.iter() {
            match &column.counts {
                Counts::Counted { count, .. } => {
                    let about = count.set.about();
                    let fits = count.tests.iter().all(|(_, test): &(bool, Test)| test.about() == about);
                    assert!(fits, "{} {}", column.form, column.number);
                    assert!(
                        about == About::Case || count.is_number_of_rows(),
                        "{} {}",
                        column.form,
                        column.number
                    );
                }
                Counts::Sum(parts) => {
                    let form = form_of(column.form).expect("a form");
                    assert!(!parts.is_empty() && !parts.contains(&column.number));
                    assert!(parts.iter().all(|part| form.column(*part).is_some_and(|part| !matches!(
                        part.counts,
                        Counts::Sum(_)
                    ) || column.number
                        == 1)));
                }
                Counts::Typed => {}
            }
        }
    }

    #[test]
    fn the_head_covers_every_column_once_on_every_line() {
        for form in FORMS {
            let columns: Vec<&Column> = form.columns().collect();
            let heads = heads(&columns);
            let mut covered = vec![0; columns.len()];
            for head in heads.iter().flatten() {
                for cell in &mut covered[head.first..head.first + head.across] {
                    *cell += head.down;
                }
            }
            assert!(covered.iter().all(|lines| *lines == heads.len()), "{}: {covered:?}", form.key);
        }
        let criminal = form_of("F05").expect("a form");
        let heads = heads(&criminal.columns().collect::<Vec<_>>());
        let trial = heads.iter().flatten().find(|head| head.text == "审判").expect("the group");
        assert_eq!((trial.first, trial.across, trial.down), (4, 3, 1));
    }
}
