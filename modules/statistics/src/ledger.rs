//! A ledger (我的台账): the columns that somebody wants, kept under a name and filled in for any period.

use kernel::{Id, Moment};
use web::SheetColumn;

/// A column of the rows behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// 日期.
    Day,
    /// 镇（街道）.
    Town,
    /// 村（社区）.
    Place,
    /// 类别: what was counted.
    Measure,
    /// 数量.
    Quantity,
    /// 人次.
    People,
    /// 咨询事项.
    Matter,
    /// 渠道.
    Channel,
    /// 服务人.
    Server,
    /// 编号 of the source record.
    Number,
    /// 流水号 of the fact itself.
    Fact,
    /// 来源: the kind of record it came from.
    Source,
    /// 录入时间.
    Entered,
    /// 冲正的流水号: the fact that it takes back.
    Reverses,
    /// 被哪条冲正: the fact that takes it back.
    ReversedBy,
    /// 指标代码 of the measure.
    Code,
}
store::text_column!(Column {
    Day = "day",
    Town = "town",
    Place = "place",
    Measure = "measure",
    Quantity = "quantity",
    People = "people",
    Matter = "matter",
    Channel = "channel",
    Server = "server",
    Number = "number",
    Fact = "fact",
    Source = "source",
    Entered = "entered",
    Reverses = "reverses",
    ReversedBy = "reversed_by",
    Code = "code",
});

impl Column {
    /// The head of the column.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "日期",
            Self::Town => "镇（街道）",
            Self::Place => "村（社区）",
            Self::Measure => "类别",
            Self::Quantity => "数量",
            Self::People => "人次",
            Self::Matter => "事项",
            Self::Channel => "渠道",
            Self::Server => "服务人",
            Self::Number => "编号",
            Self::Fact => "流水号",
            Self::Source => "来源",
            Self::Entered => "录入时间",
            Self::Reverses => "冲正的流水号",
            Self::ReversedBy => "被哪条冲正",
            Self::Code => "计数代码",
        }
    }

    /// Whether it holds numbers that are added up.
    pub(crate) fn sums(self) -> bool {
        matches!(self, Self::Quantity | Self::People)
    }

    /// The column of an Excel sheet.
    pub(crate) fn sheet(self) -> SheetColumn {
        let width = match self {
            Self::Quantity | Self::People => return SheetColumn::sum(self.label(), 8.0),
            Self::Server => 30.0,
            Self::Code => 26.0,
            Self::Place | Self::Matter | Self::Fact | Self::Number => 18.0,
            Self::Entered | Self::Reverses | Self::ReversedBy | Self::Source => 18.0,
            Self::Town | Self::Measure => 16.0,
            Self::Day | Self::Channel => 12.0,
        };
        SheetColumn::text(self.label(), width)
    }

    /// What is shown before anybody chose.
    pub(crate) fn usual() -> Vec<Column> {
        Self::ALL.iter().copied().filter(|column| *column < Self::Fact).collect()
    }
}

/// The columns among the texts, in their fixed order, each once.
pub(crate) fn chosen<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let mut columns: Vec<Column> = texts.into_iter().filter_map(Column::from_text).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// A title that fits a heading across an A4 page.
pub(crate) const TITLE_MAX: usize = 40;
/// How many one account may keep.
pub(crate) const MOST: usize = 50;

/// A ledger about to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewLedger {
    pub(crate) title: String,
    pub(crate) figure: String,
    pub(crate) scheme: String,
    pub(crate) town: Option<i64>,
    pub(crate) unit: Option<i64>,
    pub(crate) columns: Vec<Column>,
}

store::record! {
    /// A ledger as it is kept.
    #[derive(Debug, Clone)]
    pub(crate) struct Ledger {
        pub(crate) id: Id<Ledger>,
        pub(crate) title: String,
        pub(crate) figure: String,
        pub(crate) scheme: String,
        pub(crate) town_id: Option<i64>,
        pub(crate) unit_id: Option<i64>,
        pub(crate) columns: String,
        pub(crate) made_at: Moment,
    }
}

impl Ledger {
    /// Its columns.
    pub(crate) fn columns(&self) -> Vec<Column> {
        chosen(self.columns.split(','))
    }

    /// The heads of its columns in one line.
    pub(crate) fn heads(&self) -> String {
        self.columns().iter().map(|column| column.label()).collect::<Vec<_>>().join("、")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_order_and_come_once() {
        assert_eq!(chosen(["quantity", "day", "day", "nonsense"]), [Column::Day, Column::Quantity]);
        assert_eq!(chosen(["nonsense"]), []);
        assert_eq!(Column::usual().len(), 10);
    }
}
