//! The bulletin on paper: as an Excel sheet, and as a page of its own that needs nothing beside it.

use crate::{
    bulletin::{Adjustment, Bulletin, BulletinFigure},
    paragraph,
    report::{Matrix, Report},
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

/// The bulletin with its parts as sheets: figures, adjustments, by town, by village.
#[must_use]
pub fn report_sheets(report: &Report, district: &str) -> Vec<Sheet> {
    let bulletin = &report.bulletin;
    let title = |what: &str| {
        format!("{}公共法律服务{what}（{}）", district_title(bulletin, district), bulletin.label)
    };
    let matrix = |name: &str, what: &str, matrix: &Matrix| Sheet {
        name: name.to_owned(),
        title: title(what),
        subtitle: format!("{}　{}", subtitle(bulletin), report.mode.label()),
        columns: matrix
            .heads
            .iter()
            .map(|head| SheetColumn::text(*head, 18.0))
            .chain(matrix.columns.iter().map(|column| SheetColumn::sum(column.clone(), 12.0)))
            .collect(),
        rows: matrix
            .rows
            .iter()
            .map(|(names, values)| {
                let names = names.iter().map(|name| Cell::Text(name.clone()));
                names.chain(values.iter().map(|value| Cell::Number(*value))).collect()
            })
            .collect(),
    };
    let mut sheets = vec![bulletin_sheet(bulletin, district)];
    if !bulletin.adjustments.is_empty() {
        sheets.push(Sheet {
            name: "补报调整".to_owned(),
            title: title("补报调整"),
            subtitle: ADJUSTED.to_owned(),
            columns: vec![
                SheetColumn::text("所属期间", 18.0),
                SheetColumn::text("指标", 24.0),
                SheetColumn::text("调整", 10.0),
                SheetColumn::text("单位", 6.0),
                SheetColumn::text("是否计入本年累计", 18.0),
            ],
            rows: bulletin.adjustments.iter().map(adjustment_cells).collect(),
        });
    }
    sheets.push(matrix("分镇统计", "分镇统计", &report.towns));
    sheets.push(matrix("分村统计", "分村统计", &report.units));
    sheets.push(Sheet {
        name: "编号和校验".to_owned(),
        title: title("统计报表编号和校验"),
        subtitle: "定稿编号和校验值用来确认报表没有被改动；审计链末端用来确认此前的操作记录没有被改动。"
            .to_owned(),
        columns: vec![SheetColumn::text("项目", 24.0), SheetColumn::text("内容", 90.0)],
        rows: marks(bulletin)
            .into_iter()
            .map(|(name, text)| vec![Cell::from(name), Cell::from(text)])
            .collect(),
    });
    sheets
}

/// What adjustments are.
pub(crate) const ADJUSTED: &str = "定稿以后才录入或更正的记录，按发生日期属于已定稿的期间，在这里作为调整数报告：已定稿各期之和＋历次调整数＝全部记录之和。";

fn adjustment_cells(line: &Adjustment) -> Vec<Cell> {
    vec![
        Cell::Text(line.label.clone()),
        Cell::Text(line.name.clone()),
        Cell::Text(signed(line.value)),
        Cell::Text(line.unit.clone()),
        Cell::from(in_year(line)),
    ]
}

/// Whether the year so far holds an adjustment.
pub(crate) fn in_year(line: &Adjustment) -> &'static str {
    if line.same_year { "已计入本年累计" } else { "属以前年度，不计入本年累计" }
}

/// A difference with its sign: +3, −2.
pub(crate) fn signed(value: i64) -> String {
    if value > 0 { format!("+{}", thousands(value)) } else { thousands(value) }
}

/// By what a bulletin is recognised: number, digest, the end of the audit trail.
fn marks(bulletin: &Bulletin) -> Vec<(&'static str, String)> {
    let mut marks = Vec::new();
    if let Some(seal) = &bulletin.sealed {
        marks.push(("定稿编号", seal.number.clone()));
        marks.push(("定稿时间", seal.sealed_at.clone()));
        if let Some(digest) = &seal.digest {
            marks.push(("定稿校验值（SHA-256）", digest.clone()));
        }
    }
    if let Some(moment) = &bulletin.observed_at {
        marks.push(("按某时刻的数据", moment.clone()));
    }
    marks.push(("审计链总校验值", bulletin.audit.root.clone()));
    marks.extend(bulletin.audit.heads.iter().map(|head| ("审计链末端（链:条数:校验值）", head.clone())));
    marks
}

/// The bulletin as a page that stands alone: it is written into a file, not served, so it brings its few rules
/// of style along and no scripts.
#[must_use]
pub fn bulletin_html(bulletin: &Bulletin, district: &str) -> String {
    page(bulletin, district, "")
}

/// The same with its parts by town and by village.
#[must_use]
pub fn report_html(report: &Report, district: &str) -> String {
    let mut parts = String::new();
    for (title, matrix) in [("分镇统计", &report.towns), ("分村统计", &report.units)] {
        write!(parts, "<h2>{title}（{}）</h2><table class=\"parts\"><thead><tr>", report.mode.label()).ok();
        for head in matrix.heads.iter().copied().chain(matrix.columns.iter().map(String::as_str)) {
            write!(parts, "<th>{}</th>", escape(head)).ok();
        }
        parts.push_str("</tr></thead><tbody>");
        for (names, values) in &matrix.rows {
            parts.push_str("<tr>");
            for name in names {
                write!(parts, "<td class=\"name\">{}</td>", escape(name)).ok();
            }
            for value in values {
                write!(parts, "<td>{}</td>", thousands(*value)).ok();
            }
            parts.push_str("</tr>");
        }
        parts.push_str("</tbody><tfoot><tr>");
        for index in 0..matrix.heads.len() {
            write!(parts, "<td class=\"name\">{}</td>", if index == 0 { "合计" } else { "" }).ok();
        }
        for column in 0..matrix.columns.len() {
            let sum: i64 = matrix.rows.iter().filter_map(|(_, values)| values.get(column)).sum();
            write!(parts, "<td>{}</td>", thousands(sum)).ok();
        }
        parts.push_str("</tr></tfoot></table>");
    }
    page(&report.bulletin, district, &parts)
}

fn page(bulletin: &Bulletin, district: &str, parts: &str) -> String {
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
    html.push_str("</tbody></table>");
    if !bulletin.adjustments.is_empty() {
        write!(html, "<h2>上期补报和调整</h2><p>{ADJUSTED}</p><ul>").ok();
        for line in &bulletin.adjustments {
            write!(
                html,
                "<li>{} {}：{} {}（{}）</li>",
                escape(&line.label),
                escape(&line.name),
                signed(line.value),
                escape(&line.unit),
                in_year(line)
            )
            .ok();
        }
        html.push_str("</ul>");
    }
    html.push_str(parts);
    html.push_str("<h2>口径说明</h2><ol>");
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
    write!(html, "</ol><p class=\"small\">{CUMULATIVE}</p><h2>编号和校验</h2><dl class=\"small\">").ok();
    for (name, text) in marks(bulletin) {
        write!(html, "<dt>{name}</dt><dd>{}</dd>", escape(&text)).ok();
    }
    html.push_str("</dl></body></html>\n");
    html
}

/// What 累计 holds.
pub(crate) const CUMULATIVE: &str = "“累计”按发生日期计，从本年第一天到本期最后一天，含本年各期定稿以后的补报和更正：本年各期定稿数＋各期报告的补报调整＋本期数＝累计。";

const STYLE: &str = "@page{size:A4 landscape;margin:15mm}body{font-family:\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;\
    line-height:1.6;color:#111;max-width:270mm;margin:0 auto;padding:1em}h1{font-size:1.5em;text-align:center}h2{font-size:1.1em}\
    .note{text-align:center;color:#444}.text{text-indent:2em}table{width:100%;border-collapse:collapse}\
    th,td{border:1px solid #555;padding:.3em .6em;text-align:right}th:first-child,td:first-child{text-align:left}\
    thead{display:table-header-group}tr{break-inside:avoid}ol{font-size:.9em}td.name{text-align:left}\
    .small{font-size:.8em;overflow-wrap:anywhere}.parts{font-size:.85em}";

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
