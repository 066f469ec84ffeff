//! Statements over photographs of papers.

use crate::{case::Case, photo::Photo, ticket::Ticket};
use kernel::{Fault, Id, Moment};
use scan::Scan;
use store::{Filter, Tx, keys::SealedFile, params};

/// The field under which the keys of photographs are sealed.
pub(crate) const PHOTO: &str = "legal_aid_photo_entry.key";

store::record! {
    /// A photograph as lists show it.
    #[derive(Debug, Clone)]
    pub(crate) struct PhotoRow {
        pub(crate) id: Id<Photo>,
        pub(crate) case_id: Option<Id<Case>>,
        pub(crate) title: String,
        pub(crate) bytes: i64,
        /// `image/jpeg` or `application/pdf`.
        pub(crate) mime: String,
        pub(crate) digest: String,
        pub(crate) taken_at: Moment,
        pub(crate) taken_name: String,
    }
}

impl PhotoRow {
    /// Whether it is a PDF, which is saved and opened beside the browser's pages.
    pub(crate) fn is_pdf(&self) -> bool {
        self.mime == scan::PDF
    }
}

const ROW: &str = "f.id, f.case_id, f.title, f.bytes, f.mime, f.digest, f.taken_at, f.taken_name";

/// Whose photographs are meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holder {
    /// Those of a draft.
    Draft(Id<Ticket>),
    /// Those of a case.
    Case(Id<Case>),
}

fn of(tx: &Tx, holder: Holder) -> Result<Filter, Fault> {
    let filter = Filter::new("legal_aid_photo_entry f", "f.region_id", tx.region()?);
    Ok(match holder {
        Holder::Draft(ticket) => filter.and("f.ticket_id = ?", ticket).and_that("f.case_id is null"),
        Holder::Case(case) => filter.and("f.case_id = ?", case),
    })
}

/// All photographs of a draft or case, the first first.
pub(crate) async fn all(tx: &mut Tx, holder: Holder) -> Result<Vec<PhotoRow>, Fault> {
    of(tx, holder)?.rows(tx, ROW, "f.id", 100).await
}

/// One photograph of a draft or case.
pub(crate) async fn one(tx: &mut Tx, holder: Holder, id: Id<Photo>) -> Result<Option<PhotoRow>, Fault> {
    Ok(of(tx, holder)?.and("f.id = ?", id).rows(tx, ROW, "f.id", 1).await?.pop())
}

/// What was kept.
pub(crate) async fn content(tx: &mut Tx, id: Id<Photo>) -> Result<Vec<u8>, Fault> {
    let (key, content): (String, String) = tx
        .one(
            "select key_sealed, content from legal_aid_photo_entry where region_id = $1 and id = $2",
            params![tx.region()?, id],
        )
        .await?;
    tx.db().keys().open_sealed_file(PHOTO, &SealedFile { key, content })
}

/// Keeps a photograph.
pub(crate) async fn insert(
    tx: &mut Tx,
    holder: Holder,
    title: &str,
    scan: &Scan,
    by: Option<(i64, &str)>,
    now: Moment,
) -> Result<Id<Photo>, Fault> {
    let id: Id<Photo> = tx.new_id()?;
    let sealed = tx.db().keys().seal_file(PHOTO, &scan.bytes)?;
    let (ticket, case) = match holder {
        Holder::Draft(ticket) => (Some(ticket), None),
        Holder::Case(case) => (None, Some(case)),
    };
    let bytes = i64::try_from(scan.bytes.len()).unwrap_or(i64::MAX);
    let (width, height) = scan.size.map_or((0, 0), |(width, height)| (i64::from(width), i64::from(height)));
    tx.execute(
        "insert into legal_aid_photo_entry
             (id, region_id, ticket_id, case_id, title, key_sealed, content, digest, bytes, mime, width, height, taken_at, taken_by, taken_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            id, tx.region()?, ticket, case, title, sealed.key, sealed.content, scan.digest, bytes, scan.mime, width, height, now, by.map(|(id, _)| id), by.map_or("", |(_, name)| name)
        ],
    )
    .await?;
    Ok(id)
}

/// Takes a photograph of a draft back.
pub(crate) async fn delete(tx: &mut Tx, id: Id<Photo>) -> Result<(), Fault> {
    tx.execute(
        "delete from legal_aid_photo_entry where region_id = $1 and id = $2 and case_id is null",
        params![tx.region()?, id],
    )
    .await?;
    Ok(())
}

/// The photographs of a draft become those of its case.
pub(crate) async fn sent(tx: &mut Tx, ticket: Id<Ticket>, case: Id<Case>) -> Result<(), Fault> {
    tx.execute(
        "update legal_aid_photo_entry set case_id = $3 where region_id = $1 and ticket_id = $2",
        params![tx.region()?, ticket, case],
    )
    .await?;
    Ok(())
}

/// Deletes the photographs of drafts that nobody touched since then.
pub(crate) async fn forget(tx: &mut Tx, before: Moment) -> Result<u64, Fault> {
    tx.execute(
        "delete from legal_aid_photo_entry where region_id = $1 and case_id is null and ticket_id in
             (select id from legal_aid_ticket_entry where region_id = $1 and sent_at is null and saved_at < $2)",
        params![tx.region()?, before],
    )
    .await
}
