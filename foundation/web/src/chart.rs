//! Charts drawn on the server: SVG with the data table beside, no script, legible in print.

use crate::html::{Html, escape};
use std::fmt::Write as _;

/// Horizontal bars, one per row: name, value, address (may be empty). Good at any width.
#[must_use]
pub fn bars(rows: &[(String, i64, String)], unit: &str) -> Html {
    let most = rows.iter().map(|row| row.1).max().unwrap_or(0).max(1);
    let mut html = String::from(r#"<ul class="bars">"#);
    for (name, value, href) in rows {
        let percent = value.max(&0) * 100 / most;
        let name = escape(name);
        let name = if href.is_empty() { name } else { format!(r#"<a href="{}">{name}</a>"#, escape(href)) };
        write!(
            html,
            r#"<li><span class="bars-name">{name}</span><svg class="bars-bar" aria-hidden="true"><rect class="s1" width="{percent}%" height="100%"/></svg><span class="bars-value num">{} {}</span></li>"#,
            thousands(*value),
            escape(unit)
        )
        .ok();
    }
    html.push_str("</ul>");
    Html(html)
}

/// Columns over time with the table below: labels and values.
#[must_use]
pub fn columns(caption: &str, points: &[(String, i64)], unit: &str) -> Html {
    let most = points.iter().map(|p| p.1).max().unwrap_or(0).max(1);
    let count = i64::try_from(points.len()).unwrap_or(1).max(1);
    let (left, width, base, height) = (8, 344, 168, 140);
    let step = width / count;
    let words: Vec<String> = points.iter().map(|(label, value)| format!("{label} {value} {unit}")).collect();
    let mut html = String::new();
    write!(
        html,
        r#"<figure class="chart"><figcaption>{}</figcaption><svg viewBox="0 0 360 200" role="img" aria-label="{}"><line class="axis" x1="{left}" x2="352" y1="{base}" y2="{base}"/>"#,
        escape(caption),
        escape(&words.join("，"))
    )
    .ok();
    for (index, (label, value)) in (0..).zip(points) {
        let bar = value.max(&0) * height / most;
        let x = left + index * step + step / 6;
        let middle = left + index * step + step / 2;
        write!(
            html,
            r#"<rect class="s1" x="{x}" y="{}" width="{}" height="{bar}"/><text x="{middle}" y="{}" text-anchor="middle">{}</text><text x="{middle}" y="188" text-anchor="middle">{}</text>"#,
            base - bar,
            step * 2 / 3,
            base - bar - 4,
            thousands(*value),
            escape(label)
        )
        .ok();
    }
    html.push_str(r#"</svg><details class="chart-table"><summary>看数据表</summary><div class="table-wrap"><table class="table compact"><tbody>"#);
    for (label, value) in points {
        write!(
            html,
            r#"<tr><th scope="row">{}</th><td class="num">{} {}</td></tr>"#,
            escape(label),
            thousands(*value),
            escape(unit)
        )
        .ok();
    }
    html.push_str("</tbody></table></div></details></figure>");
    Html(html)
}

/// A line as wide as a word, for a table: how a number went, oldest first. Nothing for less than two values.
#[must_use]
pub fn spark(values: &[i64], unit: &str) -> Html {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return Html::default() };
    let steps = i64::try_from(values.len()).unwrap_or(1) - 1;
    if steps < 1 {
        return Html::default();
    }
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let mut points = String::new();
    for (nth, value) in (0..).zip(values) {
        write!(points, "{},{} ", 2 + nth * 116 / steps, 22 - value.max(&0) * 20 / most).ok();
    }
    Html(format!(
        r#"<svg viewBox="0 0 120 24" width="120" height="24" role="img" aria-label="{} 次，从 {} {unit}到 {} {unit}，最多 {} {unit}"><polyline class="line s1" points="{}"/></svg>"#,
        values.len(),
        thousands(*first),
        thousands(*last),
        thousands(most.max(0)),
        points.trim_end(),
        unit = escape(unit)
    ))
}

/// A number with separators: 1,372.
#[must_use]
pub fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::new();
    if value < 0 {
        out.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_get_separators() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1372), "1,372");
        assert_eq!(thousands(-1_234_567), "-1,234,567");
    }

    #[test]
    fn a_spark_line_spans_its_box() {
        assert_eq!(spark(&[], "处").0, "");
        assert_eq!(spark(&[4], "处").0, "", "one value is no line");
        let line = spark(&[0, 4, 2], "处").0;
        assert!(line.contains(r#"points="2,22 60,2 118,12""#), "{line}");
        assert!(line.contains("从 0 处到 2 处，最多 4 处"), "{line}");
    }

    #[test]
    fn names_are_escaped() {
        assert!(bars(&[("<b>".into(), 1, String::new())], "次").0.contains("&lt;b&gt;"));
    }
}
