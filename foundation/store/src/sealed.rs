//! How sealed fields change their keys while the product runs, and how values in them are searched.
//!
//! Re-sealing goes in small transactions: every value names its key, so old and new ones live side by side. A blind
//! index names nothing, so the index of a field changes in one transaction together with the setting that says which
//! key it is under; whoever searches or writes one asks that setting in the transaction itself ([`Tx::blind`]). No
//! search can fall between.

use crate::{Db, Engine, Keyring, params, set_setting, setting, tx::Tx};
use kernel::Fault;
use sqlx::AssertSqlSafe;
use std::{collections::BTreeMap, fmt::Write as _};

/// A sealed column of a module's table: `web::Module::extensions` offers them, and changes of keys follow them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedField {
    /// The table: `parties_person_entry`. It has the columns `id` and `region_id`.
    pub table: &'static str,
    /// The column with the sealed text, or null: `phone_sealed`.
    pub column: &'static str,
    /// The name that values are sealed under: `parties_person_entry.phone`.
    pub field: &'static str,
    /// The column with the blind index, if it is searched: `phone_blind`.
    pub blind: Option<&'static str>,
}

/// A keyed digest whose clear value is kept nowhere ([`Keyring::blind`]), so that it cannot be made anew: its key
/// outlives the master key it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestField {
    /// The name the digests are made under: `identity_recovery_entry.code`.
    pub field: &'static str,
}

/// How many values are re-sealed in one transaction.
const CHUNK: i64 = 200;
/// PostgreSQL's advisory lock around blind indexes.
const BLIND_LOCK: &str = "7308613716";

impl Tx {
    /// The blind index of a value of a sealed field, under the key that this field's index has in this transaction:
    /// for searching by equality and for writing it beside the sealed value.
    ///
    /// # Errors
    /// A fault if the database cannot be read or the key is not known.
    pub async fn blind(&mut self, field: &'static str, clear: &str) -> Result<String, Fault> {
        // On SQLite there is one writer. On PostgreSQL nobody may write an index while all of them change.
        self.lock_blind("pg_advisory_xact_lock_shared").await?;
        let id = blind_key(self, field).await?;
        self.db().keys().blind_under(id, field, clear)
    }

    async fn lock_blind(&mut self, function: &'static str) -> Result<(), Fault> {
        if self.db().engine() == Engine::Postgres {
            let lock = format!("select {function}({BLIND_LOCK})");
            self.execute(AssertSqlSafe(lock), params![]).await?;
        }
        Ok(())
    }
}

/// The key that the blind index of a field is under: the first one, until a change of keys.
async fn blind_key(tx: &mut Tx, field: &str) -> Result<u8, Fault> {
    match setting(tx, &blind_setting(field)).await? {
        Some(text) => {
            text.parse().map_err(|_| Fault::new(format!("the key {text:?} of {field} is no number")))
        }
        None => Ok(1),
    }
}

fn blind_setting(field: &str) -> String {
    format!("blind_key.{field}")
}

/// Seals the next values of a field with the current key; returns where to go on and how many were sealed anew.
/// Nothing more to do: none.
///
/// # Errors
/// A fault if a value cannot be opened or the database cannot be written; what earlier calls did stays.
pub async fn reseal_some(db: &Db, field: &SealedField, after: i64) -> Result<Option<(i64, u64)>, Fault> {
    let mut tx = db.begin_write().await?;
    let current = db.keys().current()?;
    let rows = chunk(&mut tx, field, after).await?;
    let Some(last) = rows.last().map(|(id, _)| *id) else { return Ok(None) };
    let mut values = Vec::new();
    for (id, sealed) in rows {
        if Keyring::key_of(&sealed)? != current {
            let clear = db.keys().open(field.field, &sealed)?;
            values.push((id, sealed, db.keys().seal(field.field, &clear)?));
        }
    }
    if values.is_empty() {
        return Ok(Some((last, 0)));
    }
    // Only where the value is still the one that was opened: on PostgreSQL others write meanwhile.
    let changed = put(&mut tx, field.table, field.column, field.column, values).await?;
    tx.commit().await?;
    Ok(Some((last, changed)))
}

/// Puts texts into a column of many rows in one statement; only where `guard` still holds the text that was read.
async fn put(
    tx: &mut Tx,
    table: &str,
    column: &str,
    guard: &str,
    values: Vec<(i64, String, String)>,
) -> Result<u64, Fault> {
    let (mut cases, mut ids, mut guards) = (String::new(), String::new(), String::new());
    let mut params = params![];
    for (id, seen, text) in values {
        let at = params.len() + 1;
        let comma = if ids.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        write!(cases, " when ${at} then ${}", at + 2).ok();
        write!(ids, "{comma}${at}").ok();
        write!(guards, "{comma}(${at}, ${})", at + 1).ok();
        params.extend(params![id, seen, text]);
    }
    let sql = format!(
        "update {table} set {column} = case id{cases} end where id in ({ids}) and (id, {guard}) in (values {guards})"
    );
    tx.execute(AssertSqlSafe(sql), params).await
}

/// The next values of a field, in the order of ids.
async fn chunk(tx: &mut Tx, field: &SealedField, after: i64) -> Result<Vec<(i64, String)>, Fault> {
    let sql = format!(
        "select id, {1} from {0} where region_id = $1 and id > $2 and {1} is not null order by id limit {CHUNK}",
        field.table, field.column
    );
    tx.all(AssertSqlSafe(sql), params![tx.region()?, after]).await
}

/// Makes the blind index of a field anew under the current key, in one transaction; says how many rows changed.
/// Nothing to do is none.
///
/// # Errors
/// A fault if a value cannot be opened or the database cannot be written; then the old index goes on.
pub async fn reblind(db: &Db, field: &SealedField) -> Result<u64, Fault> {
    let Some(blind) = field.blind else { return Ok(0) };
    let mut tx = db.begin_write().await?;
    tx.lock_blind("pg_advisory_xact_lock").await?;
    let current = db.keys().current()?;
    if blind_key(&mut tx, field.field).await? == current {
        return Ok(0);
    }
    let mut changed = 0;
    let mut after = i64::MIN;
    loop {
        let rows = chunk(&mut tx, field, after).await?;
        let Some(last) = rows.last().map(|(id, _)| *id) else { break };
        after = last;
        let mut values = Vec::new();
        for (id, sealed) in rows {
            let clear = db.keys().open(field.field, &sealed)?;
            let index = db.keys().blind_under(current, field.field, &clear)?;
            values.push((id, sealed, index));
        }
        let expected = u64::try_from(values.len()).unwrap_or(u64::MAX);
        let done = put(&mut tx, field.table, blind, field.column, values).await?;
        if done != expected {
            return Err(Fault::new(format!("{} was changed meanwhile: try again", field.table)));
        }
        changed += done;
    }
    set_setting(&mut tx, &blind_setting(field.field), &current.to_string()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// What was found about the keys of the sealed values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyUse {
    /// How many values are sealed with each key.
    pub sealed: BTreeMap<u8, u64>,
    /// Which key each blind index is under.
    pub indexes: BTreeMap<&'static str, u8>,
    /// How many values were opened, and how many of their blind indexes compared.
    pub opened: u64,
    /// What cannot be opened or does not agree with its index: field and id.
    pub broken: Vec<(&'static str, i64)>,
}

impl KeyUse {
    /// Whether nothing depends on that key any more.
    #[must_use]
    pub fn is_free(&self, id: u8) -> bool {
        self.sealed.get(&id).is_none_or(|count| *count == 0) && self.indexes.values().all(|key| *key != id)
    }
}

/// Those of the fields whose columns this database has: one of an older release lacks the newer ones.
///
/// # Errors
/// A fault if the database cannot be read.
pub async fn present(tx: &mut Tx, fields: &[SealedField]) -> Result<Vec<SealedField>, Fault> {
    let mut there = Vec::new();
    for field in fields {
        let sql = match tx.db().engine() {
            Engine::Sqlite => "select count(*) from pragma_table_info($1) where name in ($2, $3)",
            Engine::Postgres => {
                "select count(*) from information_schema.columns
                 where table_schema = 'public' and table_name = $1 and column_name in ($2, $3)"
            }
        };
        let blind = field.blind.unwrap_or(field.column);
        let count: i64 = tx.scalar(sql, params![field.table, field.column, blind]).await?;
        let wanted = 1 + i64::from(blind != field.column);
        if count == wanted {
            there.push(*field);
        }
    }
    Ok(there)
}

/// Looks at every sealed value: under which key it is, and whether it opens and agrees with its blind index. Without
/// `deep`, one value in twenty is opened.
///
/// # Errors
/// A fault if the database cannot be read.
pub async fn key_use(tx: &mut Tx, fields: &[SealedField], deep: bool) -> Result<KeyUse, Fault> {
    let mut found = KeyUse::default();
    for field in fields {
        let index = blind_key(tx, field.field).await?;
        if field.blind.is_some() {
            found.indexes.insert(field.field, index);
        }
        let mut after = i64::MIN;
        loop {
            let sql = format!(
                "select id, {1}, {2} from {0} where region_id = $1 and id > $2 and {1} is not null order by id limit 1000",
                field.table,
                field.column,
                field.blind.unwrap_or("cast(null as text)")
            );
            let rows: Vec<(i64, String, Option<String>)> =
                tx.all(AssertSqlSafe(sql), params![tx.region()?, after]).await?;
            let Some(last) = rows.last().map(|row| row.0) else { break };
            after = last;
            for (at, (id, sealed, blind)) in rows.into_iter().enumerate() {
                match Keyring::key_of(&sealed) {
                    Ok(key) => *found.sealed.entry(key).or_default() += 1,
                    Err(_) => {
                        found.broken.push((field.field, id));
                        continue;
                    }
                }
                if !deep && at % 20 != 0 {
                    continue;
                }
                found.opened += 1;
                let keys = tx.db().keys();
                let agrees = keys.open(field.field, &sealed).is_ok_and(|clear| {
                    blind.is_none_or(|blind| {
                        keys.blind_under(index, field.field, &clear).is_ok_and(|expected| expected == blind)
                    })
                });
                if !agrees {
                    found.broken.push((field.field, id));
                }
            }
        }
    }
    Ok(found)
}
