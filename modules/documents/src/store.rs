//! All SQL of documents.

use crate::{
    document::{Document, Facts, Manner, Service, State},
    kind::Kind,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use kernel::{Day, Fault, Id, Moment};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use store::{Filter, SealedField, Tx, audit::hex, filter, keys::SealedFile, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The field under which the keys of files are sealed.
pub(crate) const FILE: &str = "documents_file_entry.key";
/// The sealed column, for changes of keys.
pub(crate) const SEALED: SealedField =
    SealedField { table: "documents_file_entry", column: "key_sealed", field: FILE, blind: None };

/// A template that was uploaded; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uploaded {}
/// A file of a document; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {}

store::record! {
    /// A document.
    #[derive(Debug, Clone)]
    pub(crate) struct Row {
        pub(crate) id: Id<Document>,
        pub(crate) kind: String,
        pub(crate) object: String,
        pub(crate) object_id: i64,
        pub(crate) number: String,
        pub(crate) template_version: i64,
        pub(crate) missing: String,
        pub(crate) state: State,
        pub(crate) drafted_at: Moment,
        pub(crate) drafted_name: String,
        pub(crate) printed_at: Option<Moment>,
        pub(crate) stamped_on: Option<Day>,
        pub(crate) issued_at: Option<Moment>,
        pub(crate) served_on: Option<Day>,
        pub(crate) served_how: Option<Manner>,
        pub(crate) served_to: String,
        pub(crate) voided_at: Option<Moment>,
        pub(crate) void_reason: String,
        pub(crate) last_name: String,
        pub(crate) version: i64,
    }
}

const ROW: &str = "d.id, d.kind, d.object, d.object_id, d.number, d.template_version, d.missing, d.state, d.drafted_at, d.drafted_name,
    d.printed_at, d.stamped_on, d.issued_at, d.served_on, d.served_how, d.served_to, d.voided_at, d.void_reason, d.last_name, d.version";
const FROM: &str = "documents_document_entry d";

impl Row {
    /// What happened to it.
    pub(crate) fn facts(&self) -> Facts {
        let service = self.served_on.zip(self.served_how);
        Facts {
            drafted_at: self.drafted_at,
            printed_at: self.printed_at,
            stamped_on: self.stamped_on,
            issued_at: self.issued_at,
            served: service.map(|(on, how)| Service { on, how, to: self.served_to.clone() }),
            voided: self.voided_at.map(|at| (at, self.void_reason.clone())),
        }
    }
}

store::record! {
    /// A file of a document, as its page shows it.
    #[derive(Debug, Clone)]
    pub(crate) struct FileRow {
        pub(crate) id: Id<File>,
        pub(crate) part: String,
        pub(crate) mime: String,
        pub(crate) digest: String,
        pub(crate) bytes: i64,
        pub(crate) kept_at: Moment,
        pub(crate) kept_name: String,
    }
}

store::record! {
    /// A template that was uploaded.
    #[derive(Debug, Clone)]
    pub(crate) struct TemplateRow {
        pub(crate) kind: String,
        pub(crate) version: i64,
        pub(crate) file_name: String,
        pub(crate) digest: String,
        pub(crate) bytes: i64,
        pub(crate) places: String,
        pub(crate) note: String,
        pub(crate) uploaded_at: Moment,
        pub(crate) uploaded_name: String,
    }
}

const TEMPLATE: &str =
    "t.kind, t.version, t.file_name, t.digest, t.bytes, t.places, t.note, t.uploaded_at, t.uploaded_name";

/// SHA-256 in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Who does something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By<'a> {
    pub(crate) id: i64,
    pub(crate) name: &'a str,
    pub(crate) now: Moment,
}

/// The number that a document of that kind gets this year.
pub(crate) async fn next_number(tx: &mut Tx, kind: &Kind, day: Day) -> Result<String, Fault> {
    let year = i64::from(day.year());
    let last: i64 = tx
        .scalar(
            "insert into documents_counter_entry (region_id, kind, year, last) values ($1, $2, $3, 1)
             on conflict (region_id, kind, year) do update set last = documents_counter_entry.last + 1 returning last",
            params![tx.region()?, kind.id, year],
        )
        .await?;
    Ok(format!("{}〔{year}〕{last}号", kind.word))
}

/// Writes a new document.
pub(crate) async fn insert(
    tx: &mut Tx,
    kind: &Kind,
    (object_id, town): (i64, i64),
    number: &str,
    (template_version, missing): (i64, &str),
    by: By<'_>,
) -> Result<Id<Document>, Fault> {
    let id: Id<Document> = tx.new_id()?;
    tx.execute(
        "insert into documents_document_entry
             (id, region_id, kind, object, object_id, town_id, number, template_version, missing, state, drafted_at, drafted_by,
              drafted_name, served_to, void_reason, last_name, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', $13, 1)",
        params![
            id, tx.region()?, kind.id, kind.object, object_id, town, number, template_version, missing, State::Draft, by.now,
            by.id, by.name
        ],
    )
    .await?;
    Ok(id)
}

/// Writes what a document has become, if nobody was quicker.
pub(crate) async fn save(tx: &mut Tx, row: &Row, facts: &Facts, by: By<'_>) -> Result<bool, Fault> {
    let served = facts.served.as_ref();
    let changed = tx
        .execute(
            "update documents_document_entry set state = $3, printed_at = $4, stamped_on = $5, issued_at = $6, served_on = $7,
                 served_how = $8, served_to = $9, voided_at = $10, void_reason = $11, last_name = $12, version = version + 1
             where region_id = $1 and id = $2 and version = $13",
            params![
                tx.region()?, row.id, facts.state(), facts.printed_at, facts.stamped_on, facts.issued_at,
                served.map(|service| service.on), served.map(|service| service.how),
                served.map_or("", |service| service.to.as_str()), facts.voided.as_ref().map(|(at, _)| *at),
                facts.voided.as_ref().map_or("", |(_, reason)| reason.as_str()), by.name, row.version
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// One document.
pub(crate) async fn one(tx: &mut Tx, id: Id<Document>) -> Result<Option<Row>, Fault> {
    Ok(Filter::new(FROM, "d.region_id", tx.region()?)
        .and("d.id = ?", id)
        .rows(tx, ROW, "d.id", 1)
        .await?
        .pop())
}

/// The documents of a record, the newest first.
pub(crate) async fn of(tx: &mut Tx, object: &str, id: i64) -> Result<Vec<Row>, Fault> {
    let filter = Filter::new(FROM, "d.region_id", tx.region()?);
    let filter = filter.and("d.object = ?", object.to_owned()).and("d.object_id = ?", id);
    filter.rows(tx, ROW, "d.id desc", 500).await
}

store::record! {
    /// How many scans a document has.
    struct Scans {
        document_id: Id<Document>,
        scans: i64,
    }
}

/// A page of all documents by id with the number of their scans, for checks.
pub(crate) async fn some(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<(Row, i64)>, Fault> {
    let filter = Filter::new(FROM, "d.region_id", tx.region()?).and("d.id > ?", after);
    let rows: Vec<Row> = filter.rows(tx, ROW, "d.id", limit).await?;
    let last = rows.last().map_or(after, |row| row.id.raw());
    let scans: Vec<Scans> = tx
        .all(
            "select document_id, count(*) as scans from documents_file_entry
             where region_id = $1 and part = 'scan' and document_id > $2 and document_id <= $3 group by document_id",
            params![tx.region()?, after, last],
        )
        .await?;
    let counts: BTreeMap<i64, i64> =
        scans.into_iter().map(|row| (row.document_id.raw(), row.scans)).collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let scans = counts.get(&row.id.raw()).copied().unwrap_or(0);
            (row, scans)
        })
        .collect())
}

/// A document of a record, for the rules and pages of whoever offers the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its kind.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// How far it is.
    pub state: State,
    /// Its page.
    pub href: String,
    /// When it was served, if it was.
    pub served_on: Option<Day>,
}

/// The documents of a record that are not void, the first first.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn made_for(tx: &mut Tx, object: &str, id: i64) -> Result<Vec<Made>, Fault> {
    let rows = of(tx, object, id).await?.into_iter().rev().filter(|row| row.state != State::Void);
    Ok(rows
        .map(|row| Made {
            href: format!("/documents/{}", row.id),
            kind: row.kind,
            number: row.number,
            state: row.state,
            served_on: row.served_on,
        })
        .collect())
}

/// Whose documents a list shows, and what it was asked for.
pub(crate) struct Asked<'a> {
    pub(crate) reach: &'a Reach,
    pub(crate) account: i64,
    pub(crate) listing: &'a Listing,
    /// The records that the words of the search mean, if they are words.
    pub(crate) records: Option<Vec<i64>>,
}

fn asked_for(tx: &Tx, asked: &Asked<'_>) -> Result<Filter, Fault> {
    let filter = Filter::new(FROM, "d.region_id", tx.region()?);
    let filter = match asked.reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("d.town_id", towns),
        // A lawyer's own are those the lawyer made.
        Reach::Lawyer(_) => filter.and("d.drafted_by = ?", asked.account),
        Reach::Firm(_) | Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    };
    let listing = asked.listing;
    let filter = filter
        .and_if("d.state = ?", listing.get("state").and_then(State::from_text))
        .and_if("d.kind = ?", listing.get("kind").map(str::to_owned));
    Ok(match (&asked.records, listing.get("q")) {
        (Some(records), _) if !records.is_empty() => filter.and_in("d.object_id", records),
        (_, Some(words)) => filter.and("d.number like ? escape '!'", filter::contains(words)),
        (_, None) => filter,
    })
}

/// One page of the list, the newest first.
pub(crate) async fn list(tx: &mut Tx, asked: &Asked<'_>) -> Result<(Vec<Row>, i64), Fault> {
    let filter = asked_for(tx, asked)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = asked.listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &asked.listing.cursor {
        Some(cursor) => {
            filter.after("d.drafted_at", "d.id", !back, cursor.value.parse::<i64>().unwrap_or(0), cursor.id)
        }
        None => filter,
    };
    let order = if back { "d.drafted_at, d.id" } else { "d.drafted_at desc, d.id desc" };
    Ok((page.rows(tx, ROW, order, asked.listing.size + 1).await?, total))
}

/// All that fit, for the export.
pub(crate) async fn whole_list(tx: &mut Tx, asked: &Asked<'_>) -> kernel::Result<Vec<Row>> {
    let filter = asked_for(tx, asked)?;
    Ok(exported(filter.rows(tx, ROW, "d.drafted_at desc, d.id desc", EXPORT_CAP + 1).await?)?)
}

/// Keeps a file of a document.
pub(crate) async fn keep_file(
    tx: &mut Tx,
    document: Id<Document>,
    part: &str,
    mime: &str,
    content: &[u8],
    by: By<'_>,
) -> Result<Id<File>, Fault> {
    let id: Id<File> = tx.new_id()?;
    let sealed = tx.db().keys().seal_file(FILE, content)?;
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    tx.execute(
        "insert into documents_file_entry
             (id, region_id, document_id, part, mime, key_sealed, content, digest, bytes, kept_at, kept_by, kept_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            id, tx.region()?, document, part, mime, sealed.key, sealed.content, digest(content), bytes, by.now, by.id, by.name
        ],
    )
    .await?;
    Ok(id)
}

/// The files of a document, the first first.
pub(crate) async fn files(tx: &mut Tx, document: Id<Document>) -> Result<Vec<FileRow>, Fault> {
    tx.all(
        "select id, part, mime, digest, bytes, kept_at, kept_name from documents_file_entry
         where region_id = $1 and document_id = $2 order by id",
        params![tx.region()?, document],
    )
    .await
}

/// The content of a file.
pub(crate) async fn content(tx: &mut Tx, file: Id<File>) -> Result<Vec<u8>, Fault> {
    let (key, content): (String, String) = tx
        .one(
            "select key_sealed, content from documents_file_entry where region_id = $1 and id = $2",
            params![tx.region()?, file],
        )
        .await?;
    tx.db().keys().open_sealed_file(FILE, &SealedFile { key, content })
}

/// The uploaded templates of a kind, the newest first.
pub(crate) async fn templates(tx: &mut Tx, kind: &str) -> Result<Vec<TemplateRow>, Fault> {
    let filter = Filter::new("documents_template_entry t", "t.region_id", tx.region()?);
    filter.and("t.kind = ?", kind.to_owned()).rows(tx, TEMPLATE, "t.version desc", 200).await
}

/// The newest uploaded template of every kind that has one.
pub(crate) async fn newest_templates(tx: &mut Tx) -> Result<Vec<TemplateRow>, Fault> {
    tx.all(
        "select t.kind, t.version, t.file_name, t.digest, t.bytes, t.places, t.note, t.uploaded_at, t.uploaded_name
         from documents_template_entry t
         where t.region_id = $1 and t.version =
             (select max(o.version) from documents_template_entry o where o.region_id = t.region_id and o.kind = t.kind)
         order by t.kind",
        params![tx.region()?],
    )
    .await
}

/// The content of an uploaded template.
pub(crate) async fn template(tx: &mut Tx, kind: &str, version: i64) -> Result<Option<Vec<u8>>, Fault> {
    let found: Option<(String,)> = tx
        .optional(
            "select content from documents_template_entry where region_id = $1 and kind = $2 and version = $3",
            params![tx.region()?, kind, version],
        )
        .await?;
    found.map(|(content,)| STANDARD_NO_PAD.decode(content).map_err(Fault::from)).transpose()
}

/// What is told of a new template.
pub(crate) struct NewTemplate<'a> {
    pub(crate) kind: &'a str,
    pub(crate) version: i64,
    pub(crate) file_name: &'a str,
    pub(crate) places: &'a str,
    pub(crate) note: &'a str,
}

/// Keeps a template.
pub(crate) async fn insert_template(
    tx: &mut Tx,
    new: &NewTemplate<'_>,
    content: &[u8],
    by: By<'_>,
) -> Result<Id<Uploaded>, Fault> {
    let id: Id<Uploaded> = tx.new_id()?;
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    tx.execute(
        "insert into documents_template_entry
             (id, region_id, kind, version, file_name, content, digest, bytes, places, note, uploaded_at, uploaded_by, uploaded_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            id, tx.region()?, new.kind, new.version, new.file_name, STANDARD_NO_PAD.encode(content), digest(content), bytes,
            new.places, new.note, by.now, by.id, by.name
        ],
    )
    .await?;
    Ok(id)
}
