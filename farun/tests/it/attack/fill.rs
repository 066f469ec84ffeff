//! Fills a form in as somebody would: what stands there, the first choice of what must be chosen, plausible text.

use super::html::{Field, Form};
use std::collections::BTreeSet;

/// What to type where the page does not say it all: field name, or its end after `_` → value.
const TYPED: [(&str, &str); 39] = [
    ("other_day", ""),
    ("unit_text", ""),
    ("phone", "13961234567"),
    ("id_number", "110105195001010039"),
    ("birth", "1950-01-01"),
    ("as_of", "2022-05-06"),
    ("residents", "1000"),
    ("reason", "自动测试：核对流程"),
    ("position", "31.71581,119.94458"),
    ("lat", "31.70"),
    ("lon", "119.95"),
    ("email", "a@example.com"),
    ("old", farun::demo::PASSWORD),
    ("password", "Correct-horse-7-battery"),
    ("password2", "Correct-horse-7-battery"),
    ("repeat", "Correct-horse-7-battery"),
    ("quantity", "1"),
    ("people", "1"),
    ("population", "1000"),
    ("count", "1"),
    ("year", "2021"),
    ("code", "320412999999"),
    ("uscc", "91350100M000100Y43"),
    ("licence", "13204202010999999"),
    ("licensed_since", "2015-03-01"),
    ("until_on", "2022-12-31"),
    ("on", "2022-05-06"),
    ("day", "2022-05-06"),
    ("from", "2022-05-06"),
    ("clock", "9:30"),
    ("standard", "1200"),
    ("other_place", ""),
    ("translation", ""),
    ("other", ""),
    ("deduction", ""),
    ("amount", "1000"),
    ("hours", "8:30-11:30"),
    ("outlets hours", "每周三 8:30-11:30"),
    ("username", "new-account"),
];

/// The form as somebody would send it: what stands there, the first choice of what must be chosen, plausible text.
pub(super) fn filled(form: &Form, nth: usize) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    for field in &form.fields {
        let name = field.name.as_str();
        if name == "csrf" || name == "idempotency_key" {
            continue;
        }
        let value = match field.kind.as_str() {
            "hidden" => field.value.clone(),
            "submit" | "file" => continue,
            "radio" => {
                let marked = form.fields.iter().any(|f| f.name == field.name && f.sent);
                if chosen.contains(name) || marked && !field.sent {
                    continue;
                }
                field.value.clone()
            }
            "checkbox" => {
                let others = form.fields.iter().filter(|f| f.name == field.name).count();
                // Of several the first; one alone is ticked at the first try.
                let left = if others > 1 { chosen.contains(name) } else { nth > 0 };
                if !field.sent && left {
                    continue;
                }
                field.value.clone()
            }
            "select" => choice(field, nth),
            _ if !field.value.is_empty() => field.value.clone(),
            kind if name == "hours" && form.action.ends_with("outlets") => typed("outlets hours", kind),
            kind => typed(name, kind),
        };
        chosen.insert(name);
        pairs.push((field.name.clone(), value));
    }
    // The button that is pressed is sent too; one that leads elsewhere has no name.
    let buttons: Vec<&Field> =
        form.fields.iter().filter(|field| field.kind == "submit" && !form.elsewhere).collect();
    if let Some(button) = buttons.get(nth.min(buttons.len().saturating_sub(1))) {
        pairs.push((button.name.clone(), button.value.clone()));
    }
    pairs
}

fn choice(field: &Field, nth: usize) -> String {
    if !field.value.is_empty() {
        return field.value.clone();
    }
    let real: Vec<&String> = field.options.iter().filter(|option| !option.is_empty()).collect();
    real.get(nth.min(real.len().saturating_sub(1))).map(|option| (*option).clone()).unwrap_or_default()
}

fn typed(name: &str, kind: &str) -> String {
    if let Some((_, value)) =
        TYPED.iter().find(|(field, _)| name == *field || name.ends_with(&format!("_{field}")))
    {
        return (*value).to_owned();
    }
    let weekday =
        name.strip_prefix('d').is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    match kind {
        _ if weekday => "8:30-11:30".to_owned(),
        // Numbers by matter.
        _ if name.starts_with("n-") => String::from("1"),
        // Points of a sheet.
        _ if name.starts_with("part") => String::from("9"),
        "date" => "2022-05-06".to_owned(),
        "datetime-local" => "2022-05-06T08:00".to_owned(),
        "month" => "2022-05".to_owned(),
        "time" => "09:00".to_owned(),
        "number" => "1".to_owned(),
        "tel" => "13961234567".to_owned(),
        "url" => "https://example.gov.cn/".to_owned(),
        _ => "测试内容".to_owned(),
    }
}
