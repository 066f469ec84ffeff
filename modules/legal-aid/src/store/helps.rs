//! Statements over the help of duty lawyers.

use crate::help::{Help, HelpPlace};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use places::Town;
use store::{Db, Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The fields under which the name and the words are sealed.
pub(crate) const NAME: &str = "legal_aid_help_entry.name";
pub(crate) const WORDS: &str = "legal_aid_help_entry.words";

store::record! {
    /// A help with its lawyer and town.
    #[derive(Debug, Clone)]
    pub(crate) struct HelpRow {
        pub(crate) id: Id<Help>,
        pub(crate) town_name: String,
        pub(crate) place: HelpPlace,
        pub(crate) organ: String,
        pub(crate) helped_on: Day,
        pub(crate) name_sealed: String,
        pub(crate) charge: String,
        pub(crate) kinds: String,
        pub(crate) lawyer_name: String,
        pub(crate) words_sealed: String,
        pub(crate) noted_name: String,
        pub(crate) void_reason: String,
        pub(crate) version: i64,
    }
}

const FROM: &str = "legal_aid_help_entry h join places_town t on t.id = h.town_id join counsel_lawyer_name l on l.id = h.lawyer_id";
const ROW: &str = "h.id, t.name as town_name, h.place, h.organ, h.helped_on, h.name_sealed, h.charge, h.kinds, l.name as lawyer_name,
    h.words_sealed, h.noted_name, h.void_reason, h.version";

impl HelpRow {
    /// The person's name, opened.
    pub(crate) fn name(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(NAME, &self.name_sealed)
    }

    /// What was done, in words.
    pub(crate) fn kind_words(&self) -> String {
        crate::help::kind_words(&self.kinds)
    }

    /// What was said, opened.
    pub(crate) fn words(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(WORDS, &self.words_sealed)
    }
}

fn within(filter: Filter, reach: &Reach) -> Filter {
    match reach {
        Reach::Region => filter,
        Reach::Lawyer(lawyer) => filter.and("h.lawyer_id = ?", *lawyer),
        _ => filter.and_that("1 = 0"),
    }
}

fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let day = |name| listing.get(name).and_then(|text| Day::parse(text).ok());
    let filter = filter
        .and_if("h.place = ?", listing.get("place").and_then(HelpPlace::from_text))
        .and_if("h.helped_on >= ?", day("from"))
        .and_if("h.helped_on <= ?", day("to"))
        .and_if("l.name like ? escape '!'", listing.get("lawyer").map(store::filter::contains));
    match listing.get("void") {
        Some(_) => filter,
        None => filter.and_that("h.void_reason = ''"),
    }
}

/// One page, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<HelpRow>, i64), Fault> {
    let filter = asked_for(within(Filter::new(FROM, "h.region_id", tx.region()?), reach), listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("h.helped_on", "h.id", !back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "h.helped_on, h.id" } else { "h.helped_on desc, h.id desc" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// Everything that fits, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<HelpRow>> {
    let filter = asked_for(within(Filter::new(FROM, "h.region_id", tx.region()?), reach), listing);
    Ok(exported(filter.rows(tx, ROW, "h.helped_on, h.id", EXPORT_CAP + 1).await?)?)
}

/// One help, if the account reaches it.
pub(crate) async fn help(tx: &mut Tx, reach: &Reach, id: Id<Help>) -> Result<Option<HelpRow>, Fault> {
    let filter = within(Filter::new(FROM, "h.region_id", tx.region()?), reach).and("h.id = ?", id);
    Ok(filter.rows(tx, ROW, "h.id", 1).await?.pop())
}

/// What is to be noted.
#[derive(Debug, Clone)]
pub(crate) struct NewHelp {
    pub(crate) town: Id<Town>,
    pub(crate) place: HelpPlace,
    pub(crate) organ: String,
    pub(crate) helped_on: Day,
    pub(crate) name: String,
    pub(crate) charge: String,
    pub(crate) kinds: Vec<String>,
    pub(crate) lawyer: Id<Lawyer>,
    pub(crate) words: String,
}

/// Notes it.
pub(crate) async fn insert(tx: &mut Tx, new: &NewHelp, by: &str, now: Moment) -> Result<Id<Help>, Fault> {
    let id: Id<Help> = tx.new_id()?;
    let name = tx.db().keys().seal(NAME, &new.name)?;
    let words = tx.db().keys().seal(WORDS, &new.words)?;
    tx.execute(
        "insert into legal_aid_help_entry
             (id, region_id, town_id, place, organ, helped_on, name_sealed, charge, kinds, lawyer_id, words_sealed, noted_at, noted_name,
              void_reason, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 1)",
        params![
            id, tx.region()?, new.town, new.place, new.organ, new.helped_on, name, new.charge, new.kinds.join(";"), new.lawyer, words, now,
            by
        ],
    )
    .await?;
    Ok(id)
}

/// Takes one back that was noted by mistake; false if that was done before.
pub(crate) async fn void(tx: &mut Tx, row: &HelpRow, reason: &str) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_help_entry set void_reason = $4, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and void_reason = ''",
            params![tx.region()?, row.id, row.version, reason],
        )
        .await?;
    Ok(changed == 1)
}
