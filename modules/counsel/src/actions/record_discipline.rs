//! Writes down a sanction; a suspension or revocation changes the lawyer's state (律师法 §47–§49).

use crate::{
    actions::change_state::put,
    lawyer::{DisciplineKind, Lawyer, LawyerState},
    store::changes::{self, LawyerEdit, NewDiscipline},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why a sanction cannot be written down.
    pub(crate) enum DisciplineRefusal {
        /// They are not in the register.
        Unknown => NotFound, "没有这位律师。";
        /// The day lies ahead.
        NotYet => Invalid("happened_on"), "处分日期不能晚于今天。";
        /// A suspension needs its end.
        NeedsEnd => Invalid("until_on"), "停止执业请填写停止到哪一天。";
        /// It ends before it begins.
        EndsBefore => Invalid("until_on"), "停止执业的截止日不能早于处分日期。";
    }
}

/// Writes the sanction down. Whoever is suspended on `today` may not practise; whoever lost the licence has left.
pub(crate) async fn record_discipline(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Lawyer>,
    on: Day,
    new: &NewDiscipline,
    today: Day,
) -> Result<()> {
    let now = changes::lawyer_edit(tx, id).await?.ok_or(DisciplineRefusal::Unknown)?;
    if on > today {
        return Err(DisciplineRefusal::NotYet.into());
    }
    if new.kind == DisciplineKind::Suspension && new.until_on.is_none() {
        return Err(DisciplineRefusal::NeedsEnd.into());
    }
    if new.until_on.is_some_and(|until| until < on) {
        return Err(DisciplineRefusal::EndsBefore.into());
    }
    changes::insert_discipline(tx, id, new).await?;
    if let Some(state) = state_after(now.state, new, today) {
        let left_on = if state == LawyerState::Left { Some(on) } else { now.left_on };
        put(tx, LawyerEdit { state, left_on, ..now }).await?;
    }
    tx.audit(
        Audit::new(actor, "counsel.discipline.record", "counsel_lawyer", id)
            .with(&serde_json::json!({ "kind": new.kind.as_str() })),
    );
    Ok(())
}

/// The state a sanction leads to, if it leads to another one.
fn state_after(now: LawyerState, new: &NewDiscipline, today: Day) -> Option<LawyerState> {
    match new.kind {
        _ if now == LawyerState::Left => None,
        DisciplineKind::Revocation => Some(LawyerState::Left),
        DisciplineKind::Suspension if new.until_on.is_some_and(|until| until >= today) => {
            Some(LawyerState::Suspended)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_suspension_and_a_revocation_change_the_state() {
        let today: Day = "2022-05-06".parse().expect("a day");
        let sanction = |kind, until: Option<&str>| NewDiscipline {
            happened_on: Some("2022-01-10".parse().expect("a day")),
            kind,
            until_on: until.map(|day| day.parse().expect("a day")),
            reason: String::new(),
            decided_by: String::new(),
        };
        let after = |state, kind, until| state_after(state, &sanction(kind, until), today);
        assert_eq!(
            after(LawyerState::Active, DisciplineKind::Suspension, Some("2022-05-06")),
            Some(LawyerState::Suspended)
        );
        assert_eq!(
            after(LawyerState::Active, DisciplineKind::Suspension, Some("2022-05-05")),
            None,
            "it is over"
        );
        assert_eq!(after(LawyerState::Suspended, DisciplineKind::Revocation, None), Some(LawyerState::Left));
        assert_eq!(after(LawyerState::Active, DisciplineKind::Fine, None), None);
        assert_eq!(
            after(LawyerState::Left, DisciplineKind::Suspension, Some("2023-01-01")),
            None,
            "has left already"
        );
    }
}
