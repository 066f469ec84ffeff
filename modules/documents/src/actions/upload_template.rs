//! Puts a template that the bureau edited in the place of the one before. Older ones stay.

use super::by;
use crate::{
    kind::{Kind, Subject},
    store::{self, NewTemplate},
};
use ::store::{Audit, Tx};
use docx::Template;
use kernel::{FieldError, Refusal, Result};
use web::Ctx;

kernel::refusals! {
    /// Why a template is not taken.
    pub(crate) enum TemplateRefusal {
        /// Nothing was chosen.
        Nothing => Invalid("file"), "请先选改好的模板文件（.docx），再上传。";
        /// The same as the one in use.
        Same => Conflict, "这个文件和现在用的模板一样，没有需要更新的。";
    }
}

/// Keeps a template if every place in it is a field that is known.
///
/// # Errors
/// A refusal that names what is wrong; a fault if it cannot be written.
pub(crate) async fn upload_template(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &Kind,
    subject: &Subject,
    (file_name, bytes): (&str, &[u8]),
    note: &str,
) -> Result<i64> {
    let template = Template::read(bytes).map_err(|why| Refusal::from(&why))?;
    let unknown = subject.unknown(template.places());
    if !unknown.is_empty() {
        let names = unknown.iter().map(|name| format!("{{{{{name}}}}}")).collect::<Vec<_>>().join("、");
        let told = format!("模板里有不认识的字段：{names}。请对照下面的“可用字段”改正名称，再上传。");
        return Err(Refusal::fields(vec![FieldError::new("file", told)]).into());
    }
    let before = store::templates(tx, kind.id).await?;
    let in_use = match before.first() {
        Some(row) => row.digest.clone(),
        None => store::digest(&kind.default_template()?),
    };
    if in_use == store::digest(bytes) {
        return Err(TemplateRefusal::Same.into());
    }
    let by = by(ctx)?;
    let version = before.first().map_or(0, |row| row.version) + 1;
    let places = template.places().names().join("、");
    let new = NewTemplate { kind: kind.id, version, file_name, places: &places, note };
    let id = store::insert_template(tx, &new, bytes, by).await?;
    let details = serde_json::json!({ "kind": kind.id, "version": version, "sha256": store::digest(bytes) });
    tx.audit(Audit::new(Some(by.id), "documents.template", "documents_template", id).with(&details));
    Ok(version)
}
