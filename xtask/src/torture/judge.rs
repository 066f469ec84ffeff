//! Whether the database holds what was acknowledged: each entry once, whole, and nothing that nobody sent.

use super::{
    Result,
    book::{Ack, History},
    output,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

/// A database asked from outside, with the engines' own programs.
#[derive(Debug, Clone)]
pub(crate) enum Sql {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Sql {
    /// The rows that statements yield; no text asked for here holds a vertical bar.
    pub(crate) fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let mut command = match self {
            Self::Sqlite(path) => {
                let mut command = Command::new("sqlite3");
                command
                    .args(["-batch", "-bail", "-noheader", "-separator", "|", "-cmd", ".timeout 10000"])
                    .arg(path);
                command
            }
            Self::Postgres(url) => {
                let mut command = Command::new("psql");
                command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "|", url, "-c"]);
                command
            }
        };
        let text = output(command.arg(sql))?;
        Ok(text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect())
    }

    /// One number.
    pub(crate) fn number(&self, sql: &str) -> Result<i64> {
        let rows = self.rows(sql)?;
        let text = rows.first().and_then(|row| row.first()).ok_or("no row")?;
        Ok(text.parse()?)
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    pub(crate) acked: usize,
    pub(crate) rows: usize,
    /// Acknowledged, and not there.
    pub(crate) lost: Vec<String>,
    /// There more than once.
    pub(crate) doubled: Vec<String>,
    /// Rows without fact, audit row or reply, and the other way round.
    pub(crate) half: Vec<String>,
    /// The file itself, or `farun check`.
    pub(crate) broken: Vec<String>,
}

impl Verdict {
    pub(crate) fn sound(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.half.is_empty() && self.broken.is_empty()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.half.extend(other.half);
        self.broken.extend(other.broken);
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} acked, {} rows, {} lost, {} doubled, {} half applied, {} broken",
            self.acked,
            self.rows,
            self.lost.len(),
            self.doubled.len(),
            self.half.len(),
            self.broken.len()
        )?;
        for (what, list) in
            [("lost", &self.lost), ("doubled", &self.doubled), ("half", &self.half), ("broken", &self.broken)]
        {
            for one in list.iter().take(5) {
                write!(f, "\n    {what}: {one}")?;
            }
        }
        Ok(())
    }
}

/// Compares the database with what was acknowledged.
pub(crate) fn judge(sql: &Sql, tag: &str, acks: &[Ack]) -> Result<Verdict> {
    let mut verdict = Verdict { acked: acks.len(), ..Verdict::default() };
    let rows = sql.rows(&format!(
        "select s.note, s.id,
            (select count(*) from tally_fact f where f.region_id = s.region_id and f.source = 'advisers_service' and f.source_id = s.id),
            (select count(*) from audit_row a where a.region_id = s.region_id and a.object = 'advisers_service' and a.object_id = s.id),
            (select count(*) from idempotency_reply r where r.region_id = s.region_id and r.actor = s.entered_by and r.reply_key = s.note)
         from advisers_service_entry s where s.note like '{tag}-%'"
    ))?;
    verdict.rows = rows.len();
    let mut found: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        found.entry(&row[0]).or_default().push(row[1].parse()?);
        if row[2..] != ["1", "1", "1"] {
            verdict
                .half
                .push(format!("{} has {} facts, {} audit rows, {} replies", row[0], row[2], row[3], row[4]));
        }
    }
    for (key, ids) in &found {
        if ids.len() > 1 {
            verdict.doubled.push(format!("{key}: {ids:?}"));
        }
    }
    let mut seen = BTreeSet::new();
    for ack in acks {
        if !found.get(ack.key.as_str()).is_some_and(|ids| ids.contains(&ack.id)) {
            verdict.lost.push(format!("{} {}", ack.key, ack.id));
        }
        if !seen.insert(ack.id) {
            verdict.doubled.push(format!("two entries were acknowledged as {}", ack.id));
        }
    }
    for row in sql.rows(&format!("select reply_key from idempotency_reply where reply_key like '{tag}-%'"))? {
        if !found.contains_key(row[0].as_str()) {
            verdict.half.push(format!("{} was answered and has no row", row[0]));
        }
    }
    for (what, rows) in [
        (
            "facts",
            "tally_fact f where f.source = 'advisers_service' and not exists (select 1 from advisers_service_entry s where s.id = f.source_id)",
        ),
        (
            "audit rows",
            "audit_row a where a.object = 'advisers_service' and not exists (select 1 from advisers_service_entry s where s.id = a.object_id)",
        ),
    ] {
        let count = sql.number(&format!("select count(*) from {rows}"))?;
        if count > 0 {
            verdict.half.push(format!("{count} {what} without their row"));
        }
    }
    Ok(verdict)
}

/// What SQLite itself says about the file.
pub(crate) fn file(sql: &Sql, thorough: bool) -> Result<Vec<String>> {
    if matches!(sql, Sql::Postgres(_)) {
        return Ok(Vec::new());
    }
    let pragma = if thorough { "pragma integrity_check" } else { "pragma quick_check" };
    match sql.rows(pragma) {
        Ok(rows) if rows == [["ok"]] => Ok(Vec::new()),
        Ok(rows) => Ok(vec![format!("{rows:?}")]),
        Err(error) => Ok(vec![error.to_string()]),
    }
}

/// Plants faults in a database that was found sound, which it spoils. What was not noticed is returned.
pub(crate) fn unnoticed(sql: &Sql, tag: &str, history: &History) -> Result<Vec<String>> {
    let mut acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut missed = Vec::new();
    if acks.len() < 5 {
        return Ok(vec!["too few entries to plant anything".to_owned()]);
    }
    // An answer before the commit: acknowledged, never written.
    acks.push(Ack { key: format!("{tag}-planted"), id: 1, at: 0 });
    if judge(sql, tag, &acks)?.lost.len() != 1 {
        missed.push("an entry acknowledged and not written".to_owned());
    }
    acks.pop();
    let victim = |at: usize| acks[at].id;
    for (what, statement) in [
        (
            "an audit row removed",
            format!("delete from audit_row where object = 'advisers_service' and object_id = {}", victim(0)),
        ),
        (
            "a fact removed",
            format!("delete from tally_fact where source = 'advisers_service' and source_id = {}", victim(1)),
        ),
        ("a reply removed", format!("delete from idempotency_reply where reply_key = '{}'", acks[2].key)),
        (
            "a row doubled",
            format!("update advisers_service_entry set note = '{}' where id = {}", acks[4].key, victim(3)),
        ),
    ] {
        let before = judge(sql, tag, &acks)?;
        sql.rows(&statement)?;
        let after = judge(sql, tag, &acks)?;
        let noticed = if what == "a row doubled" {
            after.doubled.len() > before.doubled.len()
        } else {
            after.half.len() > before.half.len()
        };
        if !noticed {
            missed.push(what.to_owned());
        }
    }
    let before = judge(sql, tag, &acks)?;
    sql.rows(&format!("update advisers_service_entry set note = 'gone' where id = {}", victim(0)))?;
    if judge(sql, tag, &acks)?.lost.len() != before.lost.len() + 1 {
        missed.push("an acknowledged row removed".to_owned());
    }
    Ok(missed)
}

/// How the planted faults went, for a line of the scorecard.
pub(crate) fn planted(missed: &[String]) -> String {
    if missed.is_empty() {
        "6 planted faults found".to_owned()
    } else {
        format!("PLANTED FAULTS NOT FOUND: {}", missed.join(", "))
    }
}
