//! Pages of the register of parties and of the dictionaries.

pub(crate) mod data;
pub(crate) mod dictionaries;
pub(crate) mod duplicates;
pub(crate) mod erase;
pub(crate) mod organisation;
pub(crate) mod organisation_edit;
pub(crate) mod organisation_find;
pub(crate) mod organisations;
pub(crate) mod person;
pub(crate) mod person_edit;
pub(crate) mod person_find;
pub(crate) mod persons;
pub(crate) mod quota;
pub(crate) mod retention;
pub(crate) mod reveal;
pub(crate) mod terms;

use ::store::Tx;
use kernel::{Fault, Id, Refusal, Result};
use places::Unit;
use web::{Form, Reach};

/// The id an address names; a refusal if it is none.
pub(crate) fn id_of<T>(text: &str, missing: &str) -> Result<Id<T>> {
    text.parse().map_err(|_| Refusal::not_found(missing).into())
}

/// The names of codes; a code without a name stays as it is.
pub(crate) fn named(codes: &str, names: &[(String, String)]) -> Vec<String> {
    codes
        .split(';')
        .filter(|code| !code.is_empty())
        .map(|code| names.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name).to_owned())
        .collect()
}

/// The village of a form: what was picked, or what the typed text names if it names one only. Officers of towns
/// must name one of theirs, for they would not find the record again.
///
/// # Errors
/// A fault if the register cannot be read; what is wrong with the input is noted in the form.
pub async fn read_unit(tx: &mut Tx, reach: &Reach, form: &mut Form) -> Result<Option<Id<Unit>>, Fault> {
    let text = form.get("unit_text").to_owned();
    if text.is_empty() {
        form.set("unit", "");
        if matches!(reach, Reach::Towns(_)) {
            form.error("unit", "请填写村（社区），限本所辖区");
        }
        return Ok(None);
    }
    if let Some(picked) = form.id::<Unit>("unit", "请从提示中选择村（社区）") {
        let units = places::units_in_reach(tx, reach, None, None).await?;
        // Without script the text may have been changed while the id stayed: the text is what people see.
        if units.iter().any(|u| u.id == picked && (text.contains(&u.short_name) || text.contains(&u.name))) {
            return Ok(Some(picked));
        }
    }
    let name = text.split_whitespace().last().unwrap_or_default();
    let found = places::units_in_reach(tx, reach, Some(name), None).await?;
    match found.as_slice() {
        [unit] => {
            form.set("unit", &unit.id.to_string());
            Ok(Some(unit.id))
        }
        [] => {
            form.error("unit", "辖区内没有这个村（社区），请核对名称");
            Ok(None)
        }
        several => {
            let names: Vec<String> =
                several.iter().take(5).map(|u| format!("{} {}", u.town_name, u.short_name)).collect();
            form.error(
                "unit",
                format!("有 {} 个村（社区）符合，请写全，例如：{}", several.len(), names.join("、")),
            );
            Ok(None)
        }
    }
}
