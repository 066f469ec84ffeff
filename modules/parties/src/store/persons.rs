//! Statements over natural persons.

use crate::{
    person::{NewPerson, Person},
    store::{open_phone, parts, within},
};
use kernel::{Day, Fault, Id, Moment, Phone, ResidentId};
use places::Unit;
use store::{Db, Filter, Tx, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The name under which ID numbers of persons are sealed.
pub const ID_FIELD: &str = "parties_person_entry.id_number";
/// The name under which telephones of persons are sealed.
pub const PHONE_FIELD: &str = "parties_person_entry.phone";

store::record! {
    /// A person.
    #[derive(Debug, Clone)]
    pub struct PersonRow {
        /// Id.
        pub id: Id<Person>,
        /// Name.
        pub name: String,
        /// `男`, `女` or empty.
        pub sex: String,
        /// Day of birth, if known.
        pub birth: Option<Day>,
        /// Sealed ID number; open it with [`PersonRow::id_number`].
        pub id_sealed: Option<String>,
        /// Sealed telephone; open it with [`PersonRow::phone`].
        pub phone_sealed: Option<String>,
        /// Village or community, if known.
        pub unit_id: Option<Id<Unit>>,
        /// Its name.
        pub unit_name: Option<String>,
        /// Its town's name.
        pub town_name: Option<String>,
        /// Address.
        pub address: String,
        /// Codes of the dictionary `group`, joined by `;`.
        pub groups: String,
        /// A remark.
        pub note: String,
        /// The record this one was merged into, if it was.
        pub merged_into: Option<Id<Person>>,
        /// For edit pages.
        pub version: i64,
    }
}

impl PersonRow {
    /// The ID number, opened.
    ///
    /// # Errors
    /// A fault if it cannot be opened with the installation's key.
    pub fn id_number(&self, db: &Db) -> Result<Option<ResidentId>, Fault> {
        let Some(sealed) = &self.id_sealed else { return Ok(None) };
        let clear = db.keys().open(ID_FIELD, sealed)?;
        Ok(Some(ResidentId::parse(&clear).map_err(|_| Fault::new(format!("{ID_FIELD} holds no ID number")))?))
    }

    /// The telephone, opened.
    ///
    /// # Errors
    /// A fault if it cannot be opened with the installation's key.
    pub fn phone(&self, db: &Db) -> Result<Option<Phone>, Fault> {
        open_phone(db, PHONE_FIELD, self.phone_sealed.as_deref())
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

const FROM: &str = "parties_person_entry p left join places_unit_ever a on a.id = p.unit_id left join places_town t on t.id = a.town_id";
const PERSON: &str = "p.id, p.name, p.sex, p.birth, p.id_sealed, p.phone_sealed, p.unit_id, a.name as unit_name, t.name as town_name, p.address,
    p.groups, p.note, p.merged_into, p.version";

/// Records in use: neither restricted nor purged.
fn in_reach(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new(FROM, "p.region_id", tx.region()?);
    Ok(within(filter, reach, "a.town_id", "p.unit_id = ?")
        // Nearly everybody is: an index of those who are leads nowhere.
        .and_that("+p.restricted = 0")
        .and_that("p.purged_at is null"))
}

/// One person even under restriction or purged: for the pages about a person's own data.
pub(crate) async fn person_whatever(tx: &mut Tx, id: Id<Person>) -> Result<Option<PersonRow>, Fault> {
    let filter = Filter::new(FROM, "p.region_id", tx.region()?).and("p.id = ?", id);
    Ok(filter.rows(tx, PERSON, "p.id", 1).await?.pop())
}

/// The records merged into one, even under restriction.
pub(crate) async fn merged_whatever(tx: &mut Tx, id: Id<Person>) -> Result<Vec<PersonRow>, Fault> {
    let filter = Filter::new(FROM, "p.region_id", tx.region()?).and("p.merged_into = ?", id);
    filter.rows(tx, PERSON, "p.id", 100).await
}

/// Entered or last corrected when.
pub(crate) async fn touched(tx: &mut Tx, id: Id<Person>) -> Result<Moment, Fault> {
    tx.scalar(
        "select case when touched_at > entered_at then touched_at else entered_at end from parties_person_entry where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// One person, wherever they live; nobody under restriction and no purged record.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn person(tx: &mut Tx, id: Id<Person>) -> Result<Option<PersonRow>, Fault> {
    person_in_reach(tx, &Reach::Region, id).await
}

/// One person, if the account reaches them.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn person_in_reach(tx: &mut Tx, reach: &Reach, id: Id<Person>) -> Result<Option<PersonRow>, Fault> {
    Ok(in_reach(tx, reach)?.and("p.id = ?", id).rows(tx, PERSON, "p.id", 1).await?.pop())
}

/// The conditions of a list, read from its address: town, group, sex.
fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let town: Option<Id<places::Town>> = listing.get("town").and_then(|t| t.parse().ok());
    let group = listing.get("group").map(|code| filter::contains(&format!(";{code};")));
    filter
        .and_that("p.merged_into is null")
        .and_if("a.town_id = ?", town)
        .and_if("p.sex = ?", listing.get("sex").map(str::to_owned))
        .and_if("';' || p.groups || ';' like ? escape '!'", group)
}

/// One page of the persons, the newest first, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<PersonRow>, i64), Fault> {
    let filter = asked_for(in_reach(tx, reach)?, listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("p.id", "p.id", !back, cursor.id, cursor.id),
        None => filter,
    };
    let order = if back { "p.id" } else { "p.id desc" };
    Ok((page.rows(tx, PERSON, order, listing.size + 1).await?, total))
}

/// All persons that fit the conditions, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<PersonRow>> {
    let filter = asked_for(in_reach(tx, reach)?, listing);
    Ok(exported(filter.rows(tx, PERSON, "p.id desc", EXPORT_CAP + 1).await?)?)
}

/// The records that were merged into a person.
pub(crate) async fn merged_into(tx: &mut Tx, reach: &Reach, id: Id<Person>) -> Result<Vec<PersonRow>, Fault> {
    in_reach(tx, reach)?.and("p.merged_into = ?", id).rows(tx, PERSON, "p.id", 100).await
}

/// What is known of somebody who is looked for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Their ID number.
    pub id_number: Option<ResidentId>,
    /// Their telephone.
    pub phone: Option<Phone>,
    /// Their name, part of it, or its initials.
    pub name: String,
}

/// Why somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same ID number.
    IdNumber,
    /// The same telephone.
    Phone,
    /// A name or initials like it.
    Name,
}

/// The people found, the surest first, and how many sure ones live beyond the account's reach.
#[derive(Debug, Clone)]
pub struct Found {
    /// Who was found, and why.
    pub people: Vec<(PersonRow, Likeness)>,
    /// How many have the same number but live elsewhere.
    pub beyond: i64,
}

/// Looks for a person by ID number, telephone and name. Merged records lead to the one that is kept.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn find(tx: &mut Tx, reach: &Reach, sought: &Sought) -> Result<Found, Fault> {
    let mut found = Found { people: Vec::new(), beyond: 0 };
    let id_blind = blind(tx, ID_FIELD, sought.id_number.as_ref().map(ResidentId::expose)).await?;
    let phone_blind = blind(tx, PHONE_FIELD, sought.phone.as_ref().map(Phone::as_str)).await?;
    for (likeness, condition, value) in [
        (
            Likeness::IdNumber,
            "p.id in (select coalesce(m.merged_into, m.id) from parties_person_entry m where m.region_id = $1 and m.restricted = 0 and m.id_blind = ?)",
            id_blind,
        ),
        (
            Likeness::Phone,
            "p.id in (select coalesce(m.merged_into, m.id) from parties_person_entry m where m.region_id = $1 and m.phone_blind = ?)",
            phone_blind,
        ),
        // What contains the text has an ending that begins with it.
        (
            Likeness::Name,
            "p.id in (select coalesce(m.merged_into, m.id) from parties_name_part n join parties_person_entry m on m.id = n.person_id
             where n.region_id = $1 and n.part >= ? and n.part < ? || '\u{10FFFF}')",
            Some(sought.name.to_ascii_lowercase()).filter(|name| !name.is_empty()),
        ),
    ] {
        let Some(value) = value else { continue };
        let rows: Vec<PersonRow> =
            in_reach(tx, reach)?.and(condition, value.clone()).rows(tx, PERSON, "p.name, p.id", 30).await?;
        if likeness != Likeness::Name {
            let all = in_reach(tx, &Reach::Region)?.and(condition, value).count_to(tx, 30).await?;
            found.beyond += all - i64::try_from(rows.len()).unwrap_or(all);
        }
        for row in rows {
            if found.people.iter().all(|(known, _)| known.id != row.id) {
                found.people.push((row, likeness));
            }
        }
    }
    Ok(found)
}

/// The record that has that ID number itself, merged or not.
pub(crate) async fn holder_of_id_number(tx: &mut Tx, id_number: &str) -> Result<Option<Id<Person>>, Fault> {
    let blind = tx.blind(ID_FIELD, id_number).await?;
    let found: Option<(Id<Person>,)> = tx
        .optional(
            "select id from parties_person_entry where region_id = $1 and id_blind = $2",
            params![tx.region()?, blind],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The person who has that ID number (the one kept, if records were merged).
pub(crate) async fn with_id_number(tx: &mut Tx, id_number: &str) -> Result<Option<Id<Person>>, Fault> {
    let blind = tx.blind(ID_FIELD, id_number).await?;
    let found: Option<(Id<Person>,)> = tx
        .optional(
            "select coalesce(merged_into, id) as id from parties_person_entry where region_id = $1 and id_blind = $2",
            params![tx.region()?, blind],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The person of that name who has that telephone.
pub(crate) async fn with_name_and_phone(
    tx: &mut Tx,
    name: &str,
    phone: &Phone,
) -> Result<Option<Id<Person>>, Fault> {
    let blind = tx.blind(PHONE_FIELD, phone.as_str()).await?;
    let found: Option<(Id<Person>,)> = tx
        .optional(
            "select coalesce(merged_into, id) as id from parties_person_entry
             where region_id = $1 and phone_blind = $2 and name = $3 order by id limit 1",
            params![tx.region()?, blind, name],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Sealed form and blind index of an ID number and a telephone, in this order.
struct Sealed {
    id: (Option<String>, Option<String>),
    phone: (Option<String>, Option<String>),
}

async fn blind(tx: &mut Tx, field: &'static str, clear: Option<&str>) -> Result<Option<String>, Fault> {
    Ok(match clear {
        Some(clear) => Some(tx.blind(field, clear).await?),
        None => None,
    })
}

async fn seal(tx: &mut Tx, id_number: Option<&ResidentId>, phone: Option<&Phone>) -> Result<Sealed, Fault> {
    let (id_number, phone) = (id_number.map(ResidentId::expose), phone.map(Phone::as_str));
    let keys = tx.db().keys();
    let id_sealed = id_number.map(|clear| keys.seal(ID_FIELD, clear)).transpose()?;
    let phone_sealed = phone.map(|clear| keys.seal(PHONE_FIELD, clear)).transpose()?;
    Ok(Sealed {
        id: (id_sealed, blind(tx, ID_FIELD, id_number).await?),
        phone: (phone_sealed, blind(tx, PHONE_FIELD, phone).await?),
    })
}

pub(crate) async fn insert(tx: &mut Tx, id: Id<Person>, person: &NewPerson) -> Result<(), Fault> {
    let sealed = seal(tx, person.id_number.as_ref(), person.phone.as_ref()).await?;
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_person_entry
             (id, region_id, name, initials, sex, birth, id_sealed, id_blind, phone_sealed, phone_blind, unit_id, address, groups, note, entered_at, touched_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 1)",
        params![
            id, tx.region()?, person.name, places::initials(&person.name), person.sex_text(), person.birth_day(), sealed.id.0, sealed.id.1,
            sealed.phone.0, sealed.phone.1, person.unit, person.address, person.groups.join(";"), person.note, at
        ],
    )
    .await?;
    parts::put(tx, id, &person.name).await
}

/// Overwrites a person with all that is now known, if the version is still the one that was read; false if it is not.
pub(crate) async fn update(
    tx: &mut Tx,
    id: Id<Person>,
    version: i64,
    person: &NewPerson,
) -> Result<bool, Fault> {
    let sealed = seal(tx, person.id_number.as_ref(), person.phone.as_ref()).await?;
    let at = tx.db().wall().now();
    let touched = tx
        .execute(
            "update parties_person_entry set name = $4, initials = $5, sex = $6, birth = $7, id_sealed = $8, id_blind = $9, phone_sealed = $10,
                 phone_blind = $11, unit_id = $12, address = $13, groups = $14, note = $15, touched_at = $16, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, id, version, person.name, places::initials(&person.name), person.sex_text(), person.birth_day(), sealed.id.0,
                sealed.id.1, sealed.phone.0, sealed.phone.1, person.unit, person.address, person.groups.join(";"), person.note, at
            ],
        )
        .await?;
    if touched == 1 {
        parts::replace(tx, id, &person.name).await?;
    }
    Ok(touched == 1)
}
