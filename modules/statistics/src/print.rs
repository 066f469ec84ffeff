//! The bulletin on paper: as an Excel sheet, and as a page of its own that needs nothing beside it.

use crate::{
    bulletin::{Bulletin, BulletinFigure},
    paragraph,
};
use kernel::Scheme;
use std::fmt::Write as _;
use web::{Cell, Sheet, SheetColumn, chart::thousands, escape};

/// The bulletin as a sheet: one row a figure.
#[must_use]
pub fn bulletin_sheet(bulletin: &Bulletin, district: &str) -> Sheet {
    let optional = |value: Option<i64>| value.map_or(Cell::Text("—".to_owned()), Cell::Number);
    let row = |figure: &BulletinFigure| {
        vec![
            Cell::Text(figure.name.clone()),
            Cell::Number(figure.value),
            Cell::Text(figure.unit.clone()),
            optional(figure.cumulative),
            optional(figure.year_before),
            Cell::Text(figure.year_change()),
            optional(figure.previous),
            Cell::Text(figure.previous_change()),
            Cell::Text(figure.span()),
            Cell::Text(format!("{}（第{}版）", figure.definition, figure.version)),
        ]
    };
    Sheet {
        name: "统计报表".to_owned(),
        title: format!("{}公共法律服务统计报表（{}）", district_title(bulletin, district), bulletin.label),
        subtitle: subtitle(bulletin),
        columns: vec![
            SheetColumn::text("指标", 24.0),
            SheetColumn::text("本期", 10.0),
            SheetColumn::text("单位", 6.0),
            SheetColumn::text("累计", 10.0),
            SheetColumn::text("上年同期", 10.0),
            SheetColumn::text("同比", 9.0),
            SheetColumn::text("上期", 10.0),
            SheetColumn::text("环比", 9.0),
            SheetColumn::text("统计时段", 24.0),
            SheetColumn::text("口径", 48.0),
        ],
        rows: bulletin.figures.iter().map(row).collect(),
    }
}

/// The district, or the towns of whoever sees no more.
pub(crate) fn district_title(bulletin: &Bulletin, district: &str) -> String {
    if bulletin.area == "全区" { district.to_owned() } else { format!("{district}{}", bulletin.area) }
}

/// What must be said beside every figure: its days, its scheme, and whether the period is over.
pub(crate) fn subtitle(bulletin: &Bulletin) -> String {
    let scheme = bulletin
        .scheme
        .parse::<Scheme>()
        .map_or_else(|_| bulletin.scheme.clone(), |scheme| scheme.label().to_owned());
    let open = if bulletin.finished { "" } else { "　本期未结束" };
    format!("统计期：{}　口径：{scheme}　时点数截至 {}{open}", bulletin.span(), bulletin.as_of.chinese())
}

/// The bulletin as a page that stands alone: it is written into a file, not served, so it brings its few rules
/// of style along and no scripts.
#[must_use]
pub fn bulletin_html(bulletin: &Bulletin, district: &str) -> String {
    let title = format!("{}公共法律服务统计报表（{}）", district_title(bulletin, district), bulletin.label);
    let mut html = String::new();
    write!(
        html,
        r#"<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1><p class="note">{}</p><p class="text">{}</p><table><thead><tr><th>指标</th><th>本期</th><th>单位</th><th>累计</th><th>上年同期</th><th>同比</th><th>上期</th><th>环比</th></tr></thead><tbody>"#,
        escape(&subtitle(bulletin)),
        escape(&paragraph(bulletin)),
        title = escape(&title),
    )
    .ok();
    let optional = |value: Option<i64>| value.map_or("—".to_owned(), thousands);
    for figure in &bulletin.figures {
        write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&figure.name),
            thousands(figure.value),
            escape(&figure.unit),
            optional(figure.cumulative),
            optional(figure.year_before),
            figure.year_change(),
            optional(figure.previous),
            figure.previous_change(),
        )
        .ok();
    }
    html.push_str("</tbody></table><h2>口径说明</h2><ol>");
    for figure in &bulletin.figures {
        write!(
            html,
            "<li>{}（{}）：{}（第{}版）</li>",
            escape(&figure.name),
            escape(&figure.span()),
            escape(&figure.definition),
            figure.version
        )
        .ok();
    }
    html.push_str("</ol></body></html>\n");
    html
}

const STYLE: &str = "@page{size:A4 landscape;margin:15mm}body{font-family:\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;\
    line-height:1.6;color:#111;max-width:270mm;margin:0 auto;padding:1em}h1{font-size:1.5em;text-align:center}h2{font-size:1.1em}\
    .note{text-align:center;color:#444}.text{text-indent:2em}table{width:100%;border-collapse:collapse}\
    th,td{border:1px solid #555;padding:.3em .6em;text-align:right}th:first-child,td:first-child{text-align:left}\
    thead{display:table-header-group}tr{break-inside:avoid}ol{font-size:.9em}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::a_bulletin;

    #[test]
    fn the_sheet_says_what_the_page_says() {
        let bulletin = a_bulletin();
        let sheet = bulletin_sheet(&bulletin, "武进区");
        assert_eq!(sheet.title, "武进区公共法律服务统计报表（2022年第一季度）");
        assert!(
            sheet.subtitle.contains("2022年1月1日至2022年3月31日")
                && sheet.subtitle.contains("时点数截至 2022年5月6日")
        );
        assert_eq!(sheet.rows.len(), bulletin.figures.len());
        assert_eq!(sheet.rows[0][1], Cell::Number(1372));
        assert_eq!(sheet.rows[0][5], Cell::Text("+12.3%".to_owned()));
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
    }

    #[test]
    fn the_page_stands_alone_and_escapes() {
        let mut bulletin = a_bulletin();
        bulletin.figures[0].name = "<b>上门".to_owned();
        let html = bulletin_html(&bulletin, "武进区");
        assert!(html.contains("&lt;b&gt;上门") && !html.contains("<b>上门"));
        assert!(html.contains("一季度，全区村（社区）法律顾问提供上门服务1372次"));
        assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("href="));
    }

    #[test]
    fn an_unfinished_period_says_so() {
        let mut bulletin = a_bulletin();
        assert!(!subtitle(&bulletin).contains("未结束"));
        bulletin.finished = false;
        assert!(subtitle(&bulletin).contains("本期未结束"));
    }
}
