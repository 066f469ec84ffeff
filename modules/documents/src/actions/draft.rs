//! Makes a document: the newest template, filled with what is known of the record, under the next number.

use super::by;
use crate::{
    document::Document,
    kind::{Kind, Subject},
    store,
};
use ::store::{Audit, Tx, audit::Entry};
use docx::{Filled, Template};
use kernel::{Fault, Id, Refusal, Result};
use web::Ctx;

/// A new document of a record. Which personal data went into it is a reading.
///
/// # Errors
/// A refusal if the record is not within reach; a fault if it cannot be written.
pub(crate) async fn draft(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &Kind,
    subject: &Subject,
    record: i64,
) -> Result<Id<Document>> {
    super::may(ctx, kind)?;
    let about = (subject.about)(tx, ctx, record).await?;
    let about = about.ok_or_else(|| Refusal::not_found("没有这条记录，或者不是您能看的。"))?;
    let by = by(ctx)?;
    let (template, version) = current(tx, kind).await?;
    let number = store::next_number(tx, kind, ctx.today()).await?;
    let mut values = (subject.values)(tx, ctx, record).await?;
    values.set("文书编号", number.as_str());
    values.set("文书名称", kind.title);
    values.set("制作日期", ctx.today().chinese());
    let names = template.places().names();
    let Filled { bytes, missing } = template.fill(&values)?;
    let missing: Vec<String> = missing.into_iter().collect();
    let told = (version, missing.join("、"));
    let id = store::insert(tx, kind, (record, about.town), &number, (told.0, &told.1), by).await?;
    store::keep_file(tx, id, "draft", docx::MIME, &bytes, by).await?;
    let details = serde_json::json!({ "kind": kind.id, "template": version });
    tx.audit(Audit::new(Some(by.id), "documents.draft", "documents_document", id).with(&details));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    tx.audit(Entry::read(Some(by.id), subject.object, record, &names, "制作文书"));
    Ok(id)
}

/// The template in use: the newest that the bureau uploaded, else ours (version 0).
pub(crate) async fn current(tx: &mut Tx, kind: &Kind) -> Result<(Template, i64), Fault> {
    let version = store::templates(tx, kind.id).await?.first().map_or(0, |row| row.version);
    let bytes = match version {
        0 => kind.default_template()?,
        _ => store::template(tx, kind.id, version).await?.ok_or_else(|| Fault::new("a template is gone"))?,
    };
    let template = Template::read(&bytes).map_err(|why| {
        Fault::from(why).context(format!("template {version} of {} cannot be read", kind.id))
    })?;
    Ok((template, version))
}
