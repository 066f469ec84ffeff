//! Managers who confirm time limits, set others and take them back, in the middle of a history.

use super::play::{History, wrong};
use crate::{
    actions::set_rule::{Word, set_rule, take_back},
    rule::{self, TermUnit},
    store::rules::{self, seen},
};
use ::store::Tx;
use kernel::{Day, Id, Result, Term};

/// Rules that managers speak of; the last is law.
const SPOKEN_OF: [&str; 7] = [
    rule::ACCEPT,
    rule::AGREEMENT,
    rule::FORWARD,
    rule::SUPPLEMENT,
    rule::CLOSE_FILE,
    rule::CLOSE_REVIEW,
    rule::REVIEW,
];

/// A version as the manager remembers it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) id: Id<rule::Rule>,
    pub(super) rule: &'static str,
    pub(super) term: Term,
    pub(super) from: Day,
}

impl History<'_> {
    /// A word on a rule: so many of a unit from so many days on; of less than eight the rule is confirmed as it is.
    pub(super) async fn speak(&mut self, tx: &mut Tx, (which, count, days): (u8, u8, u8)) -> Result<()> {
        let rule = SPOKEN_OF[usize::from(which) % SPOKEN_OF.len()];
        let manager = &self.office.staff()[2 + usize::from(count % 2)];
        let unit = TermUnit::ALL[usize::from(which / 8) % TermUnit::ALL.len()];
        let from = self.now.day().add_days(i64::from(days % 8));
        let word = match count % 32 {
            0..8 => Word::Confirm,
            count => Word::Change { unit, count: u32::from(count), from },
        };
        let before = rules::versions(tx, rule).await?;
        let version = seen(&before) - i64::from(days / 8 == 1);
        set_rule(tx, manager, rule, word, ("武法援〔2022〕1号", "试行"), version, self.now).await?;
        if version != seen(&before) || rule == rule::REVIEW {
            return Err(wrong(format!("{word:?} was written for {rule}")));
        }
        let after = rules::versions(tx, rule).await?;
        let new = after.iter().find(|row| before.iter().all(|old| old.id != row.id));
        let new = new.ok_or_else(|| wrong("a version was not written"))?;
        if word != Word::Confirm && new.valid_from <= self.now.day() {
            return Err(wrong("a version begins before tomorrow"));
        }
        self.count(if word == Word::Confirm { "confirmed-rule" } else { "set-rule" });
        self.rules.push(Said { id: new.id, rule, term: new.term(), from: new.valid_from });
        Ok(())
    }

    /// One of the words is taken back.
    pub(super) async fn unsay(&mut self, tx: &mut Tx, which: u8) -> Result<()> {
        let Some(at) = self.rules.len().checked_sub(1 + usize::from(which) % self.rules.len().max(1)) else {
            return Ok(());
        };
        let said = &self.rules[at];
        take_back(tx, &self.office.staff()[2], said.rule, said.id, "不试行了", self.now).await?;
        if said.from <= self.now.day() {
            return Err(wrong("a version that holds was taken back"));
        }
        self.rules.remove(at);
        self.count("unset-rule");
        Ok(())
    }

    /// How long a rule is on a day, as the managers remember it.
    pub(super) fn length(&self, id: &str, on: Day) -> Option<Term> {
        let said = self.rules.iter().filter(|said| said.rule == id && said.from <= on);
        let last = said.max_by_key(|said| said.from).map(|said| said.term);
        last.or_else(|| rule::known(id).map(|rule| rule.term))
    }
}
