//! Statements over what the bureau sets: the provider's numbers of templates, and limits.

use crate::message::LimitKind;
use kernel::{Fault, Id};
use store::{Tx, params};

enum TemplateEntry {}
enum LimitEntry {}

/// What the provider calls a template; none while it is not set.
pub(crate) async fn provider_number(tx: &mut Tx, template: &str) -> Result<Option<String>, Fault> {
    let row: Option<(String,)> = tx
        .optional(
            "select provider_number from outreach_template_entry where region_id = $1 and template = $2",
            params![tx.region()?, template],
        )
        .await?;
    Ok(row.map(|(number,)| number).filter(|number| !number.is_empty()))
}

/// Sets what the provider calls a template.
pub(crate) async fn set_provider_number(tx: &mut Tx, template: &str, number: &str) -> Result<(), Fault> {
    let id: Id<TemplateEntry> = tx.new_id()?;
    tx.execute(
        "insert into outreach_template_entry (id, region_id, template, provider_number) values ($1, $2, $3, $4)
         on conflict (region_id, template) do update set provider_number = excluded.provider_number",
        params![id, tx.region()?, template, number],
    )
    .await?;
    Ok(())
}

/// A limit as it stands.
pub(crate) async fn limit(tx: &mut Tx, kind: LimitKind) -> Result<i64, Fault> {
    let row: Option<(i64,)> = tx
        .optional(
            "select quantity from outreach_limit_entry where region_id = $1 and name = $2",
            params![tx.region()?, kind.name],
        )
        .await?;
    Ok(row.map_or(kind.usual, |(quantity,)| quantity))
}

/// Sets a limit.
pub(crate) async fn set_limit(tx: &mut Tx, kind: LimitKind, quantity: i64) -> Result<(), Fault> {
    let id: Id<LimitEntry> = tx.new_id()?;
    tx.execute(
        "insert into outreach_limit_entry (id, region_id, name, quantity) values ($1, $2, $3, $4)
         on conflict (region_id, name) do update set quantity = excluded.quantity",
        params![id, tx.region()?, kind.name, quantity],
    )
    .await?;
    Ok(())
}
