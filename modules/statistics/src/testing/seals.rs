//! What must hold of sealed bulletins and of the rows behind figures: asked by the random histories of this crate and
//! by those of the whole product.

use crate::{
    actions::unseal::{ask_unseal, decide_unseal},
    frame::{Days, Frame},
    late,
    pages::view_document,
    report::{self, Asked},
    seal::Seal,
    sealed::{self, Column, Document, Form},
    store::{self, Sums, Wanted, seals},
    sums::{self, Areas, Scope},
};
use ::store::{
    Tx,
    tally::{FigureDef, FigureKind},
};
use kernel::{Day, Fault, Id, Moment, Period, Result};
use std::collections::BTreeMap;

/// Nothing, or what does not hold.
pub type Outcome = std::result::Result<(), String>;

macro_rules! same {
    ($left:expr, $right:expr, $($what:tt)+) => {
        if $left != $right {
            return Ok(Err(format!("{}: {:?} is not {:?}", format!($($what)+), $left, $right)));
        }
    };
}

/// Reads the number of a seal.
fn id_of(text: &str) -> Result<Id<Seal>, Fault> {
    text.parse().map_err(|_| Fault::new(format!("{text} is the number of no seal")))
}

/// Every file that a seal keeps, byte for byte; the first is the document that its digest is made of.
///
/// # Errors
/// A fault if one is missing, or is not what was sealed.
pub async fn sealed_files(tx: &mut Tx, seal: &str) -> Result<Vec<Vec<u8>>, Fault> {
    files(tx, id_of(seal)?).await
}

pub(crate) async fn files(tx: &mut Tx, seal: Id<Seal>) -> Result<Vec<Vec<u8>>, Fault> {
    let mut files = Vec::new();
    for form in Form::ALL {
        let kept = seals::file(tx, seal, *form).await?;
        let (sha256, content) = kept.ok_or_else(|| Fault::new("a seal does not keep every form"))?;
        files.push(sealed::unpack(&content, &sha256)?);
    }
    Ok(files)
}

/// Takes the standing seal of a period back: one person asks, the other one grants it.
///
/// # Errors
/// What the actions refuse; a fault if there is no seal.
pub async fn unseal(tx: &mut Tx, period: Period, asks: (i64, &str), grants: (i64, &str)) -> Result<()> {
    let seal = seals::standing(tx, period).await?;
    let seal = seal.ok_or_else(|| Fault::new(format!("{period} is not sealed")))?;
    ask_unseal(tx, seal.id, "数错了", (Some(asks.0), asks.1)).await?;
    decide_unseal(tx, seal.id, true, "", (Some(grants.0), grants.1)).await
}

/// What the page of rows says of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// How many rows it lists.
    pub listed: usize,
    /// What the listed rows come to.
    pub sum: i64,
    /// How many rows it says there are.
    pub rows: i64,
    /// What it says they come to.
    pub quantity: i64,
    /// Places whose own sum is above zero.
    pub places: i64,
}

/// The rows behind a figure as its page lists them, within the whole district.
///
/// # Errors
/// As [`crate::report`].
pub async fn rows_behind(tx: &mut Tx, def: &FigureDef, asked: &Asked) -> Result<Behind> {
    let frame = match asked.observed_at {
        Some(seen) => Frame::at(asked.period, asked.as_of, seen, asked.now)?,
        None => Frame::new(asked.period, asked.as_of, asked.now.day())?,
    };
    let (days, scope) = (frame.days(def.kind), Scope::Region);
    let wanted = Wanted { def, days, scope: &scope, town: None, unit: None, places: None };
    let Sums { rows, quantity, places, .. } = store::fact_sums(tx, &wanted).await?;
    let facts = store::facts(tx, &wanted, i64::MAX).await?;
    Ok(Behind {
        listed: facts.len(),
        sum: facts.iter().map(|fact| fact.quantity).sum(),
        rows,
        quantity,
        places,
    })
}

/// Whether a seal is whole: its digest is that of its document, whose parts sum to its figures.
///
/// # Errors
/// A fault if it cannot be read, or if a file is not what was sealed.
pub async fn seal_is_whole(tx: &mut Tx, seal: &str) -> Result<Outcome> {
    let id = id_of(seal)?;
    let printed = files(tx, id).await?;
    let kept = seals::seal(tx, id).await?.ok_or_else(|| Fault::new(format!("no seal {seal}")))?;
    let digest = printed.first().map(|json| sealed::digest(json));
    same!(digest.as_ref(), Some(&kept.digest), "the digest of {id}");
    Ok(document_adds_up(&view_document(tx, id).await?))
}

/// Parts and whole, and the printed tables, of a sealed document.
fn document_adds_up(document: &Document) -> Outcome {
    let areas = document.areas();
    for figure in &document.bulletin.figures {
        let places = document.by_place(&figure.key, Column::Value);
        let columns = [(figure.name.clone(), places.clone())];
        let (towns, units) = report::matrices(&columns, &areas, &Scope::Region);
        let sum = |matrix: &report::Matrix| -> i64 { matrix.rows.iter().map(|(_, values)| values[0]).sum() };
        for (what, sum) in [("places", places.values().sum()), ("towns", sum(&towns)), ("units", sum(&units))]
        {
            if sum != figure.value {
                return Err(format!("{} of {}: {sum} is not {}", what, figure.key, figure.value));
            }
        }
    }
    Ok(())
}

/// Sealed figures, reported adjustments and what still waits sum to the facts, for every seal of periods of the scheme
/// and length of this one; so do the rows that show them.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn seals_add_up(tx: &mut Tx, figures: &[FigureDef], like: Period, today: Day) -> Result<Outcome> {
    let measures = late::happening(figures);
    let chain = seals::chain(tx, like).await?;
    let areas = Areas::read(tx).await?;
    for seal in &chain {
        let period = seal.period()?;
        let document = view_document(tx, seal.id).await?;
        let pending = late::pending(tx, period, &measures).await?;
        let mut reported: BTreeMap<String, i64> = BTreeMap::new();
        for other in &chain {
            for line in
                late::adjustments(tx, figures, other.period()?, Some(other), &Scope::Region, &areas).await?
            {
                if line.period == seal.period {
                    *reported.entry(line.figure).or_insert(0) += line.value;
                }
            }
        }
        for def in figures {
            let days = Frame::new(period, Some(seal.as_of), today)?.days(def.kind);
            let now = sums::total(tx, def, days, &Scope::Region, &areas).await?;
            let own = document.bulletin.figure(def.key).map(|figure| figure.value);
            let own = own.ok_or_else(|| Fault::new(format!("{} was not sealed", def.key)))?;
            let keys: Vec<&str> = def.measures.iter().map(|measure| measure.key).collect();
            if def.kind != FigureKind::Distinct {
                let since = rows_since(tx, seal, &keys, days).await?;
                same!(own + since, now, "{period} {}: sealed and rows since", def.key);
            }
            if def.kind == FigureKind::Flow {
                let adjusted = reported.get(def.key).copied().unwrap_or(0);
                let waiting = pending.of(def, &Scope::Region, &areas);
                same!(own + adjusted + waiting, now, "{period} {}: sealed, adjusted, waiting", def.key);
                let rows = late::rows(tx, period, &keys).await?;
                same!(quantity(tx, &rows).await?, waiting, "{period} {}: rows that wait", def.key);
            }
        }
    }
    Ok(Ok(()))
}

async fn rows_since(tx: &mut Tx, seal: &Seal, measures: &[&str], days: Days) -> Result<i64> {
    let rows = late::since(tx, seal, measures, days).await?;
    Ok(quantity(tx, &rows).await?)
}

async fn quantity(tx: &mut Tx, rows: &[(i64, i64)]) -> Result<i64, Fault> {
    let times: BTreeMap<i64, i64> = rows.iter().copied().collect();
    let ids: Vec<i64> = times.keys().copied().collect();
    let facts = store::facts_by_id(tx, &ids).await?;
    Ok(facts.iter().map(|fact| fact.quantity * times.get(&fact.id.raw()).copied().unwrap_or(0)).sum())
}

/// The moment and the names that a page of that period asks for when nothing else is said.
#[must_use]
pub fn asked(period: Period, now: Moment) -> Asked {
    Asked { period, as_of: None, observed_at: None, mode: crate::Mode::Then, now }
}
