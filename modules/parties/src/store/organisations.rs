//! Statements over organisations.

use crate::{
    organisation::{NewOrganisation, Organisation, OrganisationKind},
    store::{open_phone, within},
};
use kernel::{Fault, Id, Phone};
use places::Unit;
use store::{Db, Filter, Tx, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The name under which telephones of organisations are sealed.
pub const ORGANISATION_PHONE_FIELD: &str = "parties_organisation_entry.phone";

store::record! {
    /// An organisation.
    #[derive(Debug, Clone)]
    pub struct OrganisationRow {
        /// Id.
        pub id: Id<Organisation>,
        /// Full name.
        pub name: String,
        /// Pinyin initials of the name.
        pub initials: String,
        /// What it is.
        pub kind: OrganisationKind,
        /// Unified social credit code, if known.
        pub uscc: Option<String>,
        /// Who to ask for.
        pub contact: String,
        /// Sealed telephone; open it with [`OrganisationRow::phone`].
        pub phone_sealed: Option<String>,
        /// Village or community where it sits, if known.
        pub unit_id: Option<Id<Unit>>,
        /// Its name.
        pub unit_name: Option<String>,
        /// Its town's name.
        pub town_name: Option<String>,
        /// Address.
        pub address: String,
        /// A code of the dictionary `industry`, or empty.
        pub industry: String,
        /// A remark.
        pub note: String,
        /// For edit pages.
        pub version: i64,
    }
}

impl OrganisationRow {
    /// The telephone, opened.
    ///
    /// # Errors
    /// A fault if it cannot be opened with the installation's key.
    pub fn phone(&self, db: &Db) -> Result<Option<Phone>, Fault> {
        open_phone(db, ORGANISATION_PHONE_FIELD, self.phone_sealed.as_deref())
    }

    /// Town and village as one text, empty if unknown.
    #[must_use]
    pub fn place(&self) -> String {
        [self.town_name.as_deref(), self.unit_name.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

const FROM: &str = "parties_organisation_entry o left join places_unit_ever a on a.id = o.unit_id left join places_town t on t.id = a.town_id";
const ORGANISATION: &str =
    "o.id, o.name, o.initials, o.kind, o.uscc, o.contact, o.phone_sealed, o.unit_id, a.name as unit_name,
    t.name as town_name, o.address, o.industry, o.note, o.version";

fn in_reach(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    Ok(within(Filter::new(FROM, "o.region_id", tx.region()?), reach, "a.town_id", "o.unit_id = ?"))
}

/// One organisation, wherever it sits.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn organisation(tx: &mut Tx, id: Id<Organisation>) -> Result<Option<OrganisationRow>, Fault> {
    organisation_in_reach(tx, &Reach::Region, id).await
}

/// One organisation, if the account reaches it.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn organisation_in_reach(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Organisation>,
) -> Result<Option<OrganisationRow>, Fault> {
    Ok(in_reach(tx, reach)?.and("o.id = ?", id).rows(tx, ORGANISATION, "o.id", 1).await?.pop())
}

fn matching(filter: Filter, q: Option<&str>) -> Filter {
    let Some(q) = q else { return filter };
    let text = kernel::to_half_width(q);
    if text.is_ascii() {
        filter.and("o.initials like ? escape '!'", filter::contains(&text.to_lowercase()))
    } else {
        filter.and("o.name like ? escape '!'", filter::contains(&text))
    }
}

fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let town: Option<Id<places::Town>> = listing.get("town").and_then(|t| t.parse().ok());
    let filter = filter
        .and_if("a.town_id = ?", town)
        .and_if("o.kind = ?", listing.get("kind").and_then(OrganisationKind::from_text));
    matching(filter, listing.get("q"))
}

/// One page of the organisations, by initials, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<OrganisationRow>, i64), Fault> {
    let filter = asked_for(in_reach(tx, reach)?, listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("o.initials", "o.id", back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "o.initials desc, o.id desc" } else { "o.initials, o.id" };
    Ok((page.rows(tx, ORGANISATION, order, listing.size + 1).await?, total))
}

/// All organisations that fit the conditions, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<OrganisationRow>> {
    let filter = asked_for(in_reach(tx, reach)?, listing);
    Ok(exported(filter.rows(tx, ORGANISATION, "o.initials, o.id", EXPORT_CAP + 1).await?)?)
}

/// Looks for an organisation by credit code, then by name; also says how many with that code lie beyond the reach.
pub(crate) async fn find(
    tx: &mut Tx,
    reach: &Reach,
    uscc: Option<&str>,
    name: &str,
) -> Result<(Vec<OrganisationRow>, i64), Fault> {
    let mut found: Vec<OrganisationRow> = Vec::new();
    let mut beyond = 0;
    if let Some(uscc) = uscc {
        found = in_reach(tx, reach)?.and("o.uscc = ?", uscc).rows(tx, ORGANISATION, "o.id", 1).await?;
        let all = in_reach(tx, &Reach::Region)?.and("o.uscc = ?", uscc).count_to(tx, 1).await?;
        beyond = all - i64::try_from(found.len()).unwrap_or(all);
    }
    if !name.is_empty() {
        let alike: Vec<OrganisationRow> =
            matching(in_reach(tx, reach)?, Some(name)).rows(tx, ORGANISATION, "o.name, o.id", 30).await?;
        for row in alike {
            if found.iter().all(|known| known.id != row.id) {
                found.push(row);
            }
        }
    }
    Ok((found, beyond))
}

pub(crate) async fn with_uscc(tx: &mut Tx, uscc: &str) -> Result<Option<Id<Organisation>>, Fault> {
    let found: Option<(Id<Organisation>,)> = tx
        .optional(
            "select id from parties_organisation_entry where region_id = $1 and uscc = $2",
            params![tx.region()?, uscc],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The organisation of exactly that name.
pub(crate) async fn named(tx: &mut Tx, name: &str) -> Result<Option<Id<Organisation>>, Fault> {
    let found: Option<(Id<Organisation>,)> = tx
        .optional("select id from parties_organisation_entry where region_id = $1 and name = $2 order by id limit 1", params![tx.region()?, name])
        .await?;
    Ok(found.map(|(id,)| id))
}

fn seal(db: &Db, phone: Option<&Phone>) -> Result<Option<String>, Fault> {
    phone.map(|phone| db.keys().seal(ORGANISATION_PHONE_FIELD, phone.as_str())).transpose()
}

pub(crate) async fn insert(tx: &mut Tx, id: Id<Organisation>, new: &NewOrganisation) -> Result<(), Fault> {
    let phone = seal(tx.db(), new.phone.as_ref())?;
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_organisation_entry
             (id, region_id, name, initials, kind, uscc, contact, phone_sealed, unit_id, address, industry, note, entered_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
        params![
            id, tx.region()?, new.name, places::initials(&new.name), new.kind, new.uscc.as_ref().map(|u| u.expose().to_owned()), new.contact,
            phone, new.unit, new.address, new.industry, new.note, at
        ],
    )
    .await?;
    Ok(())
}

/// Overwrites an organisation with all that is now known, if the version is still the one that was read.
pub(crate) async fn update(
    tx: &mut Tx,
    id: Id<Organisation>,
    version: i64,
    new: &NewOrganisation,
) -> Result<bool, Fault> {
    let phone = seal(tx.db(), new.phone.as_ref())?;
    let touched = tx
        .execute(
            "update parties_organisation_entry set name = $4, initials = $5, kind = $6, uscc = $7, contact = $8, phone_sealed = $9, unit_id = $10,
                 address = $11, industry = $12, note = $13, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, id, version, new.name, places::initials(&new.name), new.kind, new.uscc.as_ref().map(|u| u.expose().to_owned()),
                new.contact, phone, new.unit, new.address, new.industry, new.note
            ],
        )
        .await?;
    Ok(touched == 1)
}
