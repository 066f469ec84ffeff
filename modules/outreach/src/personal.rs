//! Messages as personal data: what was sent to a person's telephone, as long as the telephone is kept.

use crate::store::messages;
use ::store::Tx;
use kernel::Fault;
use parties::{Held, HeldValue, PersonRow, PersonalData};

/// The messages to a person.
pub(crate) const HELD: PersonalData =
    PersonalData { title: "短信", collect: |tx, person| Box::pin(held(tx, person)) };

async fn held(tx: &mut Tx, person: &PersonRow) -> Result<Vec<Held>, Fault> {
    let Some(phone) = person.phone(tx.db())? else { return Ok(Vec::new()) };
    let rows = messages::to_number(tx, &phone).await?;
    let Some(last) = rows.first() else { return Ok(Vec::new()) };
    let sent = rows.iter().map(|row| format!("{} {}", row.created_at.local(), row.state.label()));
    Ok(vec![Held {
        title: format!("发给 {} 的短信", phone.masked()),
        href: None,
        last: last.created_at.day(),
        open: false,
        policy: None,
        values: vec![HeldValue::plain("时间和结果", sent.collect::<Vec<_>>().join("；"))],
    }])
}
