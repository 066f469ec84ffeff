//! What one row would do, and doing it: the importer's word together with the number in an outside system.

use crate::{
    kind::{Desk, FieldChange, Kind, OUTSIDE_NUMBER, OUTSIDE_SYSTEM, Verdict},
    row::{CellError, Row, errors_of},
    store::Did,
};
use ::store::{
    Tx,
    outside::{self, OutsideState},
};
use kernel::{Error, Fault};

/// A number that a row brings: system and number.
type Number = (String, String);

/// A row judged.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// The number to be noted when the row is applied, and the one that is noted now (empty if none).
    pub(crate) number: Option<(Number, String)>,
    /// Only the number changes: the importer has nothing to do.
    pub(crate) number_only: Option<i64>,
}

impl Judged {
    fn bad(errors: Vec<CellError>) -> Self {
        Self { verdict: Verdict::Bad(errors), number: None, number_only: None }
    }
}

fn number(row: &Row) -> Result<Option<Number>, Vec<CellError>> {
    let mut read = row.read();
    let number = read.text(OUTSIDE_NUMBER, 100);
    let system = read.text(OUTSIDE_SYSTEM, 50);
    if !number.is_empty() && system.is_empty() {
        read.error(OUTSIDE_SYSTEM, "填了外部编号，请在“来源系统”里写明是哪个系统的编号。");
    }
    let errors = read.finish();
    let ours = |error: &CellError| [OUTSIDE_NUMBER, OUTSIDE_SYSTEM].contains(&error.column.as_str());
    let errors: Vec<CellError> = errors.into_iter().filter(ours).collect();
    if errors.is_empty() { Ok((!number.is_empty()).then_some((system, number))) } else { Err(errors) }
}

/// Says what a row would do.
pub(crate) async fn judge(tx: &mut Tx, kind: &Kind, desk: &mut Desk, row: &Row) -> Result<Judged, Fault> {
    let (number, mut errors) = match number(row) {
        Ok(number) => (number, Vec::new()),
        Err(errors) => (None, errors),
    };
    desk.outside = match &number {
        Some((system, number)) => outside::find(tx, kind.object, system, number).await?,
        None => None,
    };
    let verdict = match kind.importer.check(tx, desk, row).await {
        Ok(verdict) => verdict,
        Err(Error::Refused(refusal)) => {
            Verdict::Bad(errors_of(&refusal, |field| kind.importer.column_of(field)))
        }
        Err(Error::Fault(fault)) => return Err(fault),
    };
    if let Verdict::Bad(more) = verdict {
        for error in more {
            if !errors.iter().any(|known| known.column == error.column && !error.column.is_empty()) {
                errors.push(error);
            }
        }
        return Ok(Judged::bad(errors));
    }
    if !errors.is_empty() {
        return Ok(Judged::bad(errors));
    }
    let object = match &verdict {
        Verdict::Change { object_id, .. } | Verdict::Same { object_id } => Some(*object_id),
        _ => None,
    };
    let Some((system, wanted)) = number else {
        return Ok(Judged { verdict, number: None, number_only: None });
    };
    let noted = match object {
        Some(object) => {
            let known = outside::of(tx, kind.object, object).await?;
            known
                .into_iter()
                .find(|known| known.system == system)
                .map(|known| known.number)
                .unwrap_or_default()
        }
        None => String::new(),
    };
    if noted == wanted {
        return Ok(Judged { verdict, number: None, number_only: None });
    }
    if !noted.is_empty() {
        let message =
            format!("这条记录在“{system}”里已登记的编号是 {noted}，与本行不同。请核对是不是同一条记录。");
        return Ok(Judged::bad(vec![CellError::new(OUTSIDE_NUMBER, message)]));
    }
    let change =
        FieldChange { label: "外部编号".to_owned(), before: String::new(), after: wanted.clone() };
    let (verdict, number_only) = match verdict {
        Verdict::Same { object_id } => (Verdict::Change { object_id, fields: vec![change] }, Some(object_id)),
        Verdict::Change { object_id, mut fields } => {
            fields.push(change);
            (Verdict::Change { object_id, fields }, None)
        }
        other => (other, None),
    };
    Ok(Judged { verdict, number: Some(((system, wanted), noted)), number_only })
}

/// What came of applying a row.
pub(crate) enum Outcome {
    Did(Did),
    /// Somebody else has done meanwhile what the row asks for.
    Same(i64),
    /// It cannot be done after all; the transaction may hold half of it and must be given up.
    Refused(Vec<CellError>),
}

/// Judges the row once more, by what stands now, and does what it asks for.
pub(crate) async fn apply(tx: &mut Tx, kind: &Kind, desk: &mut Desk, row: &Row) -> Result<Outcome, Fault> {
    let judged = judge(tx, kind, desk, row).await?;
    let done = match (judged.verdict, judged.number_only) {
        (Verdict::Bad(errors), _) => return Ok(Outcome::Refused(errors)),
        (Verdict::Same { object_id }, _) => return Ok(Outcome::Same(object_id)),
        (_, Some(object_id)) => {
            crate::kind::Done { object_id, created: false, before: serde_json::Value::Null, version: 0 }
        }
        _ => match kind.importer.apply(tx, desk, row).await {
            Ok(done) => done,
            Err(Error::Refused(refusal)) => {
                return Ok(Outcome::Refused(errors_of(&refusal, |field| kind.importer.column_of(field))));
            }
            Err(Error::Fault(fault)) => return Err(fault),
        },
    };
    let mut was = None;
    if let Some(((system, number), before)) = judged.number {
        let on = desk.today();
        outside::note(tx, kind.object, done.object_id, &system, &number, OutsideState::Recorded, on).await?;
        was = Some((system, before));
    }
    Ok(Outcome::Did(Did::new(&done, was, judged.number_only.is_none())))
}
