//! Villages that are founded, renamed, moved, merged, split and abolished in a random history: before = after.

use super::deeds::{History, broken, open_units, pick};
use kernel::{Day, Id, Result};
use places::{Current, Event, EventKind, Follower, Inhabited, NewEvent, Successor, Unit, UnitKind, UnitRow};
use store::{
    Tx, params,
    tally::{self, Fact},
};

/// How a change is asked for: which villages, what else, who goes on.
type Numbers = (u8, u8, u8);

impl History<'_> {
    fn followers(&self) -> Vec<Follower> {
        places::followers(&self.district.app)
    }

    pub(super) async fn village(
        &mut self,
        tx: &mut Tx,
        kind: EventKind,
        numbers: Numbers,
        day: Day,
    ) -> Result<()> {
        let new = self.new_event(tx, kind, numbers, day).await?;
        let eve = day.add_days(-1);
        let before = (self.totals(tx, eve).await?, residents(tx).await?);
        let id = places::record_event(tx, Some(7), &new, &self.followers(), self.now).await?;
        if self.double_mergers && kind == EventKind::Merge {
            self.count_again(tx, &new.before, id).await?;
        }
        let after = (self.totals(tx, eve).await?, residents(tx).await?);
        if before.0 != after.0 {
            return Err(broken(format!("{kind:?}: {:?} before, {:?} after", before.0, after.0)));
        }
        let keeps = !matches!(kind, EventKind::Create | EventKind::Abolish);
        // What nobody knows of one of the villages is not known of what becomes of it.
        if keeps && before.1.1 && before.1 != after.1 {
            return Err(broken(format!("{kind:?}: {:?} residents before, {:?} after", before.1, after.1)));
        }
        self.events.push(id);
        Ok(())
    }

    async fn new_event(
        &mut self,
        tx: &mut Tx,
        kind: EventKind,
        (at, more, keep): Numbers,
        day: Day,
    ) -> Result<NewEvent> {
        let units = open_units(tx).await?;
        let first = pick(&units, at)
            .ok()
            .and_then(|unit| units.iter().position(|other| *other == unit))
            .unwrap_or_default();
        let count = match kind {
            EventKind::Create => 0,
            EventKind::Merge => 2 + usize::from(more % 2),
            _ => 1,
        };
        let before: Vec<Id<Unit>> = units.iter().cycle().skip(first).take(count).map(|unit| unit.0).collect();
        let parts = match kind {
            EventKind::Abolish => 0,
            EventKind::Split => 2 + usize::from(more % 3),
            _ => 1,
        };
        let was = match before.first() {
            Some(unit) => places::unit(tx, *unit).await?,
            None => None,
        };
        let whole = match (kind, before.first()) {
            (EventKind::Split, Some(unit)) => {
                let rows = places::populations(tx, Inhabited::Unit(*unit)).await?;
                places::used(&rows).map(|row| row.residents)
            }
            _ => None,
        };
        // An old name often goes on: a moved village keeps it, a merged one is called after the greatest.
        let heir = was.filter(|_| more % 8 < 4 && matches!(kind, EventKind::Move | EventKind::Merge));
        let rest = i64::try_from(parts).unwrap_or(1) - 1;
        let mut after = Vec::new();
        for nth in 0..parts {
            let share = whole.map(|whole| if nth == 0 { whole - rest * (whole / 4) } else { whole / 4 });
            after.push(self.successor(heir.as_ref(), share));
        }
        Ok(NewEvent {
            kind,
            day,
            town: self.district.towns[usize::from(more) % self.district.towns.len()],
            document: "武政发〔2022〕5 号".to_owned(),
            note: String::new(),
            interval_marked: false,
            choices: choices(kind, &before, keep),
            before,
            after,
        })
    }

    fn successor(&mut self, heir: Option<&UnitRow>, share: Option<i64>) -> Successor {
        self.named += 1;
        let named = self.named;
        let (name, short_name) = match heir {
            Some(unit) => (unit.name.clone(), unit.short_name.clone()),
            None => (format!("第{named}社区居民委员会"), format!("第{named}社区")),
        };
        Successor {
            name,
            short_name,
            kind: UnitKind::Community,
            codes: vec![("nbs".to_owned(), format!("3204121{named:05}"))],
            share,
        }
    }

    pub(super) async fn take_back(&mut self, tx: &mut Tx, which: u8) -> Result<()> {
        // Mostly the last one: what others stand on is refused.
        let recent: Vec<_> = self.events.iter().rev().copied().collect();
        let id = pick(&recent, which)?;
        let day: Day = tx
            .scalar(
                "select day from places_event_entry where region_id = $1 and id = $2",
                params![tx.region()?, id],
            )
            .await?;
        let before = self.totals(tx, day.add_days(-1)).await?;
        places::undo_event(tx, Some(7), id, 1, "登记错了", &self.followers(), self.now).await?;
        let after = self.totals(tx, day.add_days(-1)).await?;
        if before != after {
            return Err(broken(format!("taken back: {before:?} before, {after:?} after")));
        }
        self.events.retain(|event| *event != id);
        Ok(())
    }

    /// The fault of a careless merger: what the villages did is counted for the new one as well.
    async fn count_again(&self, tx: &mut Tx, before: &[Id<Unit>], event: Id<Event>) -> Result<()> {
        let lineage = places::lineage(tx).await?;
        for row in self.book.values().filter(|row| before.contains(&row.unit)) {
            let Current::Became(place) = lineage.current(row.unit.raw()) else { continue };
            let fact = Fact {
                place,
                ..Fact::new(row.kind.measure(), row.quantity, row.on, row.unit, "places_event", event)
            };
            tally::record(tx, &fact, self.now).await?;
        }
        Ok(())
    }
}

/// Every third time the usual one goes on; else somebody decides, perhaps that nobody does.
fn choices(kind: EventKind, before: &[Id<Unit>], keep: u8) -> Vec<(String, String)> {
    if keep.is_multiple_of(3) {
        return Vec::new();
    }
    let chosen = match kind {
        EventKind::Split => "1".to_owned(),
        _ => before.get(usize::from(keep % 3)).map_or_else(|| "none".to_owned(), ToString::to_string),
    };
    vec![("asked".to_owned(), "keep_adviser".to_owned()), ("keep_adviser".to_owned(), chosen)]
}

/// How many people live in the villages, and whether that is known of all of them.
async fn residents(tx: &mut Tx) -> Result<(i64, bool)> {
    let (mut sum, mut all) = (0, true);
    for (unit, _) in open_units(tx).await? {
        let rows = places::populations(tx, Inhabited::Unit(unit)).await?;
        match places::used(&rows) {
            Some(row) => sum += row.residents,
            None => all = false,
        }
    }
    Ok((sum, all))
}
