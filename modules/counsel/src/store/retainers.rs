//! Statements over retainers.

use crate::{
    firm::Firm,
    lawyer::Lawyer,
    retainer::{Holder, Retainer, RetainerKind, name_key},
};
use kernel::{Day, Fault, Id};
use parties::Organisation;
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

store::record! {
    /// A retainer with who is retained.
    #[derive(Debug, Clone)]
    pub(crate) struct RetainerRow {
        pub(crate) id: Id<Retainer>,
        pub(crate) lawyer_id: Option<Id<Lawyer>>,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) firm_id: Id<Firm>,
        pub(crate) firm_name: String,
        pub(crate) name: String,
        pub(crate) uscc: Option<String>,
        pub(crate) kind: RetainerKind,
        pub(crate) from_on: Day,
        pub(crate) until_on: Option<Day>,
        pub(crate) version: i64,
    }
}

impl RetainerRow {
    /// Whether its last day lies before a day.
    pub(crate) fn is_over(&self, on: Day) -> bool {
        self.until_on.is_some_and(|until| until < on)
    }

    /// The days as people read them.
    pub(crate) fn span(&self) -> String {
        match self.until_on {
            Some(until) => format!("{} 至 {until}", self.from_on),
            None => format!("{} 起", self.from_on),
        }
    }

    /// The page of who is retained.
    pub(crate) fn holder_href(&self) -> String {
        self.lawyer_id.map_or_else(|| format!("/firms/{}", self.firm_id), |id| format!("/lawyers/{id}"))
    }
}

const FROM: &str = "counsel_retainer_entry r left join counsel_lawyer_entry l on l.id = r.lawyer_id
    join counsel_firm_entry f on f.id = coalesce(r.firm_id, l.firm_id)";
const ROW: &str =
    "r.id, r.lawyer_id, l.name as lawyer_name, f.id as firm_id, f.name as firm_name, r.name, r.uscc, r.kind,
    r.from_on, r.until_on, r.version";

fn in_reach(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new(FROM, "r.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region | Reach::Towns(_) => filter,
        Reach::Firm(firm) => filter.and("f.id = ?", *firm),
        Reach::Lawyer(lawyer) => filter.and("l.id = ?", *lawyer),
        Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    })
}

fn asked_for(filter: Filter, listing: &Listing, today: Day) -> Filter {
    let filter = filter.and_if("r.kind = ?", listing.get("kind").and_then(RetainerKind::from_text)).and_if(
        "(r.name_key like ? escape '!' or l.name like ? escape '!' or f.name like ? escape '!')",
        listing.get("q").map(|q| filter::contains(&name_key(q))),
    );
    match listing.get("over") {
        Some(_) => filter,
        None => filter.and("(r.until_on is null or r.until_on >= ?)", today),
    }
}

/// One page of the retainers, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    today: Day,
) -> Result<(Vec<RetainerRow>, i64), Fault> {
    let filter = asked_for(in_reach(tx, reach)?, listing, today);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("r.from_on", "r.id", !back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "r.from_on, r.id" } else { "r.from_on desc, r.id desc" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// All retainers that fit the conditions, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    today: Day,
) -> kernel::Result<Vec<RetainerRow>> {
    let filter = asked_for(in_reach(tx, reach)?, listing, today);
    Ok(exported(filter.rows(tx, ROW, "r.from_on desc, r.id desc", EXPORT_CAP + 1).await?)?)
}

/// One retainer, if the account reaches it.
pub(crate) async fn retainer(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Retainer>,
) -> Result<Option<RetainerRow>, Fault> {
    Ok(in_reach(tx, reach)?.and("r.id = ?", id).rows(tx, ROW, "r.id", 1).await?.pop())
}

/// Those of a lawyer, with those of the whole firm if `with_firm`; the newest first.
pub(crate) async fn of_lawyer(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    with_firm: bool,
) -> Result<Vec<RetainerRow>, Fault> {
    let filter = Filter::new(FROM, "r.region_id", tx.region()?);
    let filter = if with_firm {
        filter.and(
            "(r.lawyer_id = ? or r.firm_id in (select o.firm_id from counsel_lawyer_entry o where o.id = ?))",
            lawyer,
        )
    } else {
        filter.and("r.lawyer_id = ?", lawyer)
    };
    filter.rows(tx, ROW, "r.from_on desc, r.id desc", 200).await
}

/// Those of a firm and of its lawyers, the newest first.
pub(crate) async fn of_firm(tx: &mut Tx, firm: Id<Firm>) -> Result<Vec<RetainerRow>, Fault> {
    let filter = Filter::new(FROM, "r.region_id", tx.region()?).and("f.id = ?", firm);
    filter.rows(tx, ROW, "r.from_on desc, r.id desc", 500).await
}

/// The organisation of a code, else of exactly that name.
pub(crate) async fn organisation(
    tx: &mut Tx,
    uscc: Option<&str>,
    name: &str,
) -> Result<Option<(Id<Organisation>, String)>, Fault> {
    tx.optional(
        "select id, name from parties_organisation where region_id = $1 and (uscc = $2 or name = $3)
         order by case when uscc = $2 then 0 else 1 end, id limit 1",
        params![tx.region()?, uscc, name],
    )
    .await
}

/// Whether the same is written down already for some of these days.
pub(crate) async fn overlapping(
    tx: &mut Tx,
    holder: Holder,
    key: &str,
    kind: RetainerKind,
    from_on: Day,
    until_on: Option<Day>,
) -> Result<bool, Fault> {
    let filter = Filter::new("counsel_retainer_entry r", "r.region_id", tx.region()?)
        .and("r.name_key = ?", key)
        .and("r.kind = ?", kind)
        .and("(r.until_on is null or r.until_on >= ?)", from_on)
        .and_if("r.from_on <= ?", until_on);
    let filter = match holder {
        Holder::Lawyer(id) => filter.and("r.lawyer_id = ?", id),
        Holder::Firm(id) => filter.and("r.firm_id = ?", id),
    };
    Ok(filter.count_to(tx, 1).await? > 0)
}

/// A retainer as it is written.
pub(crate) struct Line<'a> {
    pub(crate) holder: Holder,
    pub(crate) organisation: Option<Id<Organisation>>,
    pub(crate) name: &'a str,
    pub(crate) key: &'a str,
    pub(crate) uscc: Option<String>,
    pub(crate) kind: RetainerKind,
    pub(crate) from_on: Day,
    pub(crate) until_on: Option<Day>,
}

/// Writes it.
pub(crate) async fn insert(tx: &mut Tx, line: &Line<'_>) -> Result<Id<Retainer>, Fault> {
    let id: Id<Retainer> = tx.new_id()?;
    let at = tx.db().wall().now();
    let (lawyer, firm) = match line.holder {
        Holder::Lawyer(id) => (Some(id), None),
        Holder::Firm(id) => (None, Some(id)),
    };
    tx.execute(
        "insert into counsel_retainer_entry
             (id, region_id, lawyer_id, firm_id, organisation_id, name, name_key, uscc, kind, from_on, until_on, entered_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        params![
            id, tx.region()?, lawyer, firm, line.organisation, line.name, line.key, line.uscc.as_deref(), line.kind, line.from_on,
            line.until_on, at
        ],
    )
    .await?;
    Ok(id)
}

/// Says that it ended; false if somebody changed it meanwhile.
pub(crate) async fn end(tx: &mut Tx, id: Id<Retainer>, version: i64, until_on: Day) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update counsel_retainer_entry set until_on = $4, version = version + 1 where region_id = $1 and id = $2 and version = $3",
            params![tx.region()?, id, version, until_on],
        )
        .await?;
    Ok(changed == 1)
}
