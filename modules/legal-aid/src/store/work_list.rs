//! The work list: which cases it shows, in which order, found by what.

use super::{CaseRow, FIRST_OVER, numbers, within};
use crate::case::{Case, Stage};
use kernel::{Fault, Id, Moment};
use places::Town;
use store::{Filter, Tx, filter};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, UNCOUNTED, exported};

const FROM: &str = "legal_aid_case_entry c join places_town t on t.id = c.town_id join parties_name p on p.id = c.applicant_id
    left join counsel_lawyer_name l on l.id = c.lawyer_id";
const ROW: &str = "c.id, c.official_number, p.name as applicant, c.matter, t.name as town_name, c.green, c.stage, c.received_at,
    l.name as lawyer_name, c.due_rule, c.urgency, 
    cast(case when c.advanced_at is not null and c.decided_at is null then 1 else 0 end as bigint) as formalities";
/// What decides which cases a list shows; names are joined to those that are shown.
const CASES: &str = "legal_aid_case_entry c";
/// What a walk reads of each case, and whom it looks at beside it.
const WALKED: &str = "c.id, c.urgency, c.applicant_id, c.official_number";
const WALKED_BESIDE: &str = "join parties_name p on p.id = c.applicant_id";
const ORDER: &str = "c.urgency, c.id";
const ORDER_BACK: &str = "c.urgency desc, c.id desc";

/// What is looked for in the work list.
enum Wanted {
    /// No words.
    All,
    /// The number of a case.
    Case(Id<Case>),
    /// Part of a name, of its initials or of an official number; those that have it are looked up first.
    Part(String),
}

/// So many persons and numbers with a part are looked up one by one without a thought.
const FEW: i64 = 400;
/// Where more have it, so many cases are walked in the order of the list first: a page full of them is soon found. The
/// second walk is for what one in a hundred has; what fewer have is looked up after all.
const WALKS: [i64; 2] = [300, 3_000];

impl Wanted {
    fn of(listing: &Listing) -> Self {
        let Some(text) = listing.get("q") else { return Self::All };
        if let Ok(id) = text.parse() {
            return Self::Case(id);
        }
        let mut text = text.to_ascii_lowercase();
        if !text.is_ascii() {
            // Official numbers are written with wide brackets, and typed with narrow ones.
            text = text.replace('(', "（").replace(')', "）");
        }
        Self::Part(text)
    }
}

/// The conditions of the work list, read from its address.
fn asked_for(
    region: kernel::Region,
    reach: &Reach,
    listing: &Listing,
    wanted: Wanted,
    now: Moment,
) -> Filter {
    let filter = match &wanted {
        Wanted::All | Wanted::Case(_) => Filter::new(CASES, "c.region_id", region),
        // They are read by their ids: an index that begins with the region would be walked from end to end.
        Wanted::Part(_) => Filter::new(CASES, "+c.region_id", region),
    };
    let filter = within(filter, reach);
    let filter = match wanted {
        Wanted::All => filter,
        Wanted::Case(id) => filter.and("c.id = ?", id),
        // What contains the text has an ending that begins with it.
        Wanted::Part(text) => filter.and(
            "c.id in (select k.id from parties_name_part n join legal_aid_case_entry k on k.region_id = n.region_id and k.applicant_id = n.person_id
                 where n.region_id = $1 and n.part >= ? and n.part < ? || '\u{10FFFF}'
             union select m.case_id from legal_aid_number_part_entry m
                 where m.region_id = $1 and m.part >= ? and m.part < ? || '\u{10FFFF}')",
            text,
        ),
    };
    let town: Option<Id<Town>> = listing.get("town").and_then(|town| town.parse().ok());
    let matter = listing.get("matter").map(str::to_owned);
    let stage = listing.get("stage").and_then(Stage::from_text);
    // Town, stage and matter together have an index of their own; of town and stage alone it would give no order.
    let in_town = if stage.is_some() && matter.is_none() { "c.town_id + 0 = ?" } else { "c.town_id = ?" };
    let filter = filter.and_if(in_town, town).and_if("c.stage = ?", stage).and_if("c.matter = ?", matter);
    let filter = if listing.get("green").is_some() { filter.and_that("c.green = 1") } else { filter };
    let filter = match listing.get("formalities") {
        Some(_) => filter.and_that("c.advanced_at is not null and c.decided_at is null"),
        None => filter,
    };
    let filter = match listing.get("unasked") {
        Some(_) => filter.and_that(
            "c.stage in ('file', 'price', 'pay', 'archive', 'archived')
             and not exists (select 1 from legal_aid_follow_up_entry f where f.case_id = c.id)",
        ),
        None => filter,
    };
    // The ends of the green channel are put back first, by GREEN; an end that is over comes before now either way.
    let late = listing.get("late").map(|_| now.micros());
    let filter = filter
        .and_if("c.urgency < ? and c.due_rule <> '' and c.urgency + c.green * 100000000000000000 < ?", late);
    let open_only = ["stage", "over", "unasked"].iter().all(|name| listing.get(name).is_none());
    if open_only { filter.and("c.urgency < ?", FIRST_OVER) } else { filter }
}

/// One page of the work list: what ends first on top, the green channel before everything.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    now: Moment,
) -> Result<(Vec<CaseRow>, i64), Fault> {
    list_by(tx, reach, listing, FEW, now).await
}

/// The same, where parts that more than `few` have are looked for by walking first.
pub(crate) async fn list_by(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    few: i64,
    now: Moment,
) -> Result<(Vec<CaseRow>, i64), Fault> {
    let region = tx.region()?;
    let wanted = Wanted::of(listing);
    if let Wanted::Part(text) = &wanted
        && numbers::with_part(tx, text, few).await? > few
    {
        let everything = asked_for(region, reach, listing, Wanted::All, now);
        for walk in WALKS {
            let found = after(everything.clone(), listing)
                .first(WALKED, "c", WALKED_BESIDE, order(listing), walk)
                .and(
                    "p.restricted = 0 and p.purged_at is null and (lower(p.name) like ? escape '!' or p.initials like ? escape '!')
                     or lower(c.official_number) like ? escape '!'",
                    filter::contains(text),
                );
            let rows = shown(tx, found, listing).await?;
            if i64::try_from(rows.len()).is_ok_and(|many| many > listing.size) {
                return Ok((rows, UNCOUNTED));
            }
        }
    }
    let filter = asked_for(region, reach, listing, wanted, now);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    Ok((shown(tx, after(filter, listing), listing).await?, total))
}

/// Those after the row at which the page before ended.
fn after(filter: Filter, listing: &Listing) -> Filter {
    match &listing.cursor {
        Some(cursor) => filter.after(
            "c.urgency",
            "c.id",
            cursor.back,
            cursor.value.parse::<i64>().unwrap_or(0),
            cursor.id,
        ),
        None => filter,
    }
}

fn order(listing: &Listing) -> &'static str {
    match &listing.cursor {
        Some(cursor) if cursor.back => ORDER_BACK,
        _ => ORDER,
    }
}

/// One page of what was found, and a row more that says whether there is another.
async fn shown(tx: &mut Tx, found: Filter, listing: &Listing) -> Result<Vec<CaseRow>, Fault> {
    let (order, most) = (order(listing), listing.size + 1);
    found.among(FROM, "c.id", "c.id", order, most).rows(tx, ROW, order, most).await
}

/// All cases that fit, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    now: Moment,
) -> kernel::Result<Vec<CaseRow>> {
    let filter = asked_for(tx.region()?, reach, listing, Wanted::of(listing), now);
    let shown = filter.among(FROM, "c.id", "c.id", ORDER, EXPORT_CAP + 1);
    Ok(exported(shown.rows(tx, ROW, ORDER, EXPORT_CAP + 1).await?)?)
}
