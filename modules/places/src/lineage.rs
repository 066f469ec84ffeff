//! What became of units: one that was moved, merged or split goes on under other ids, and its facts stay where they were.

use ::store::{Tx, params};
use kernel::Fault;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a place is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Current {
    /// Itself: it stands (or is no unit at all).
    Same,
    /// All of it is this unit now (moved or merged).
    Became(i64),
    /// Its parts are these units now (split, perhaps merged again); what was counted for it cannot be divided among them.
    Divided(Vec<i64>),
    /// It was closed without a successor.
    Gone,
}

/// Every unit's successors, followed to the end.
#[derive(Debug, Clone, Default)]
pub struct Lineage {
    after: HashMap<i64, Vec<i64>>,
    before: HashMap<i64, Vec<i64>>,
    closed: HashSet<i64>,
}

impl Lineage {
    /// From predecessor and successor pairs and the units that are closed (raw ids).
    #[must_use]
    pub fn new(pairs: &[(i64, i64)], closed: &[i64]) -> Self {
        let mut lineage = Self { closed: closed.iter().copied().collect(), ..Self::default() };
        for (from, to) in pairs {
            lineage.after.entry(*from).or_default().push(*to);
            lineage.before.entry(*to).or_default().push(*from);
        }
        lineage
    }

    /// What that place (raw id of a unit; towns and unknown ids are themselves) is today.
    #[must_use]
    pub fn current(&self, place: i64) -> Current {
        if !self.after.contains_key(&place) {
            return if self.closed.contains(&place) { Current::Gone } else { Current::Same };
        }
        let (mut open, mut lost) = (BTreeSet::new(), false);
        let (mut seen, mut next) = (HashSet::new(), vec![place]);
        while let Some(at) = next.pop() {
            if !seen.insert(at) {
                continue;
            }
            match self.after.get(&at) {
                Some(successors) => next.extend(successors),
                None if self.closed.contains(&at) => lost = true,
                None => {
                    open.insert(at);
                }
            }
        }
        let open: Vec<i64> = open.into_iter().collect();
        match (open.as_slice(), lost) {
            ([], _) => Current::Gone,
            ([one], false) => Current::Became(*one),
            _ => Current::Divided(open),
        }
    }

    /// The places that went wholly or partly into that one, nearest first, without itself.
    #[must_use]
    pub fn origins(&self, place: i64) -> Vec<i64> {
        let (mut found, mut next) = (Vec::new(), std::collections::VecDeque::from([place]));
        while let Some(at) = next.pop_front() {
            for from in self.before.get(&at).into_iter().flatten() {
                if !found.contains(from) {
                    found.push(*from);
                    next.push_back(*from);
                }
            }
        }
        found
    }

    /// Whether nothing was ever moved, merged, split or closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.after.is_empty() && self.closed.is_empty()
    }
}

/// Reads the lineage of the region.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn lineage(tx: &mut Tx) -> Result<Lineage, Fault> {
    let region = tx.region()?;
    let pairs: Vec<(i64, i64)> = tx
        .all(
            "select from_id, to_id from places_lineage where region_id = $1 order by from_id, to_id",
            params![region],
        )
        .await?;
    let closed: Vec<(i64,)> = tx
        .all(
            "select id from places_unit_any where region_id = $1 and closed_on is not null order by id",
            params![region],
        )
        .await?;
    let closed: Vec<i64> = closed.into_iter().map(|(id,)| id).collect();
    Ok(Lineage::new(&pairs, &closed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successors_are_followed_to_the_end() {
        // 1 and 2 merged into 3, 3 moved to 4; 5 split into 6 and 7, 7 went into 8 with 9; 10 was abolished; 11 split and merged again.
        let pairs =
            [(1, 3), (2, 3), (3, 4), (5, 6), (5, 7), (7, 8), (9, 8), (11, 12), (11, 13), (12, 14), (13, 14)];
        let lineage = Lineage::new(&pairs, &[1, 2, 3, 5, 7, 9, 10, 11, 12, 13]);
        assert_eq!(lineage.current(1), Current::Became(4));
        assert_eq!(lineage.current(4), Current::Same);
        assert_eq!(lineage.current(5), Current::Divided(vec![6, 8]));
        assert_eq!(lineage.current(9), Current::Became(8));
        assert_eq!(lineage.current(10), Current::Gone);
        assert_eq!(lineage.current(11), Current::Became(14), "all of it is in one unit again");
        assert_eq!(lineage.current(99), Current::Same, "towns and strangers are themselves");
        assert_eq!(lineage.origins(4), [3, 1, 2]);
        let half_lost = Lineage::new(&[(1, 2), (1, 3)], &[1, 3]);
        assert_eq!(half_lost.current(1), Current::Divided(vec![2]), "a part of it is gone");
        assert_eq!(Lineage::new(&[(1, 2)], &[1, 2]).current(1), Current::Gone);
    }
}
