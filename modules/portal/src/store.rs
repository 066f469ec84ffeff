//! All SQL of the front door: lay words, villages with their advisers, call-backs.

pub(crate) mod retention;

use crate::{
    callback::{Callback, Convenient, Outcome, State, StateKind},
    lay_words::{self, LayWord},
    topic::Topic,
};
use kernel::{Day, Fault, Id, LookupCode, Moment, Phone};
use places::{EventKind, Position, Town, Unit, UnitKind};
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

// ---- lay words ----

enum LayWordEntry {}

store::record! {
    struct LayWordRow {
        words: String,
        goes_to: String,
        label: String,
        explain: String,
    }
}

/// The installed lay words; those that are compiled in if none were installed.
pub(crate) async fn lay_words(tx: &mut Tx) -> Result<Vec<LayWord>, Fault> {
    let rows: Vec<LayWordRow> = tx
        .all(
            "select words, goes_to, label, explain from portal_lay_word_entry where region_id = $1 order by sort",
            params![tx.region()?],
        )
        .await?;
    if rows.is_empty() {
        return Ok(lay_words::built_in());
    }
    let word = |row: LayWordRow| {
        let words = row.words.split(';').map(str::to_owned).collect();
        // A topic that a newer release knew leads to the hotline.
        LayWord {
            words,
            topic: Topic::from_text(&row.goes_to).unwrap_or(Topic::Hotline),
            label: row.label,
            explain: row.explain,
        }
    };
    Ok(rows.into_iter().map(word).collect())
}

pub(crate) async fn replace_lay_words(tx: &mut Tx, words: &[LayWord]) -> Result<(), Fault> {
    tx.execute("delete from portal_lay_word_entry where region_id = $1", params![tx.region()?]).await?;
    for (sort, word) in (1i64..).zip(words) {
        tx.execute(
            "insert into portal_lay_word_entry (id, region_id, sort, words, goes_to, label, explain) values ($1, $2, $3, $4, $5, $6, $7)",
            params![
                tx.new_id::<LayWordEntry>()?, tx.region()?, sort, word.words.join(";"), word.topic.as_str(), word.label,
                word.explain
            ],
        )
        .await?;
    }
    Ok(())
}

// ---- villages ----

store::record! {
    /// A village or community with its adviser, if it has one.
    #[derive(Debug, Clone)]
    pub(crate) struct VillageRow {
        pub(crate) id: Id<Unit>,
        pub(crate) town_id: Id<Town>,
        pub(crate) town_name: String,
        pub(crate) name: String,
        pub(crate) short_name: String,
        pub(crate) kind: UnitKind,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        pub(crate) position: Position,
        pub(crate) since: Option<Day>,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) lawyer_kind: Option<String>,
        pub(crate) firm_name: Option<String>,
        pub(crate) dialect: Option<String>,
        phone_sealed: Option<String>,
        /// The closed village that was asked for and went into this one; else empty.
        pub(crate) former: String,
    }
}

impl VillageRow {
    /// The adviser's telephone, which the village's board shows too.
    pub(crate) fn phone(&self, tx: &Tx) -> Result<Option<Phone>, Fault> {
        counsel::phone(tx.db(), &self.phone_sealed)
    }

    /// Whether the adviser is a lawyer or a legal worker, as people say it.
    pub(crate) fn lawyer_word(&self) -> &'static str {
        if self.lawyer_kind.as_deref() == Some("legal_worker") {
            "基层法律服务工作者"
        } else {
            "律师"
        }
    }
}

const VILLAGES: &str = "places_unit u left join advisers_current a on a.region_id = u.region_id and a.unit_id = u.id \
                        left join counsel_lawyer l on l.id = a.lawyer_id";
const VILLAGE: &str = "u.id, u.town_id, u.town_name, u.name, u.short_name, u.kind, u.lat, u.lon, u.position, a.since, l.name as lawyer_name, \
                       l.kind as lawyer_kind, l.firm_name, l.dialect, l.phone_sealed, '' as former";

/// How many villages one answer shows: the largest town has fewer.
pub(crate) const VILLAGES_SHOWN: i64 = 60;

/// The villages that answer to every word (name, town or pinyin initials), in town order.
pub(crate) async fn villages(
    tx: &mut Tx,
    q: Option<&str>,
    town: Option<Id<Town>>,
) -> Result<Vec<VillageRow>, Fault> {
    let q = q.map(|q| kernel::to_half_width(q).trim().to_lowercase()).unwrap_or_default();
    let exact = found(tx, &q, town).await?;
    if !exact.is_empty() || q.is_empty() {
        return Ok(exact);
    }
    // 鸣凰村委会, 鸣凰村: what the name ends in is often said wrong.
    const ENDINGS: [&str; 10] = [
        "社区居民委员会",
        "居民委员会",
        "村民委员会",
        "社区居委会",
        "居委会",
        "村委会",
        "村委",
        "社区",
        "村里",
        "村",
    ];
    let short = ENDINGS.iter().find_map(|ending| q.strip_suffix(ending)).filter(|short| !short.is_empty());
    match short {
        Some(short) => found(tx, short, town).await,
        None => Ok(Vec::new()),
    }
}

/// The villages of that name, and those that villages of that name became.
async fn found(tx: &mut Tx, q: &str, town: Option<Id<Town>>) -> Result<Vec<VillageRow>, Fault> {
    let mut villages = named(tx, q, town).await?;
    if q.is_empty() {
        return Ok(villages);
    }
    let mut lineage = None;
    for (closed, name) in formerly(tx, q).await? {
        let lineage = match &lineage {
            Some(lineage) => lineage,
            None => lineage.insert(places::lineage(tx).await?),
        };
        let ids = match lineage.current(closed) {
            places::Current::Same => vec![closed],
            places::Current::Became(id) => vec![id],
            places::Current::Divided(ids) => ids,
            places::Current::Gone => Vec::new(),
        };
        for id in ids.into_iter().filter_map(Id::from_raw) {
            if !villages.iter().any(|village| village.id == id)
                && let Some(now) = village(tx, id).await?
                && town.is_none_or(|town| town == now.town_id)
            {
                villages.push(VillageRow { former: name.clone(), ..now });
            }
        }
    }
    Ok(villages)
}

/// Closed villages of that name, and open ones that once bore it: id and the name of then.
async fn formerly(tx: &mut Tx, q: &str) -> Result<Vec<(i64, String)>, Fault> {
    let mut filter =
        Filter::new("places_name n join places_unit_any u on u.id = n.unit_id", "n.region_id", tx.region()?)
            .and_that("n.to_day is not null");
    for word in q.split_whitespace() {
        let like = filter::contains(word);
        filter = if word.is_ascii() {
            filter.and("n.initials like ? escape '!'", like)
        } else {
            filter.and(
                "n.short_name like ? escape '!' or n.name like ? escape '!' or u.town_name like ? escape '!'",
                like,
            )
        };
    }
    filter.rows(tx, "u.id, n.short_name", "u.id, n.from_day", VILLAGES_SHOWN).await
}

/// What happened to a closed village last: 划转, 合并 or 拆分; none if it was abolished.
pub(crate) async fn ending(tx: &mut Tx, id: Id<Unit>) -> Result<Option<EventKind>, Fault> {
    Ok(tx
        .optional::<(EventKind,)>(
            "select kind from places_lineage where region_id = $1 and from_id = $2 order by to_id",
            params![tx.region()?, id],
        )
        .await?
        .map(|(kind,)| kind))
}

async fn named(tx: &mut Tx, q: &str, town: Option<Id<Town>>) -> Result<Vec<VillageRow>, Fault> {
    let mut filter = Filter::new(VILLAGES, "u.region_id", tx.region()?).and_if("u.town_id = ?", town);
    for word in q.split_whitespace() {
        let like = filter::contains(word);
        filter = if word.is_ascii() {
            filter.and("u.initials like ? escape '!'", like)
        } else {
            filter.and(
                "u.short_name like ? escape '!' or u.name like ? escape '!' or u.town_name like ? escape '!'",
                like,
            )
        };
    }
    filter.rows(tx, VILLAGE, "u.town_sort, u.id", VILLAGES_SHOWN).await
}

pub(crate) async fn village(tx: &mut Tx, id: Id<Unit>) -> Result<Option<VillageRow>, Fault> {
    let filter = Filter::new(VILLAGES, "u.region_id", tx.region()?).and("u.id = ?", id);
    Ok(filter.rows(tx, VILLAGE, "u.id", 1).await?.pop())
}

/// The judicial office of a town with its telephone.
pub(crate) async fn office(tx: &mut Tx, town: Id<Town>) -> Result<Option<(String, Option<Phone>)>, Fault> {
    let row: Option<(String, Option<String>)> = tx
        .optional("select office, office_phone_sealed from places_town where id = $1", params![town])
        .await?;
    let Some((office, sealed)) = row.filter(|(office, _)| !office.is_empty()) else { return Ok(None) };
    let clear =
        sealed.map(|sealed| tx.db().keys().open("places_town_entry.office_phone", &sealed)).transpose()?;
    Ok(Some((office, clear.and_then(|clear| Phone::parse(&clear).ok()))))
}

// ---- call-backs ----

/// The name under which numbers are sealed.
pub(crate) const PHONE: &str = "portal_callback_entry.phone";
/// What is sealed in place of a number that was purged: no number at all.
const PURGED: &str = "";
/// The name that digests of lookup codes are made under.
pub(crate) const CODE: &str = "portal_callback_entry.code";

store::record! {
    struct CallbackRow {
        id: Id<Callback>,
        town_id: Option<Id<Town>>,
        town_name: Option<String>,
        name: String,
        phone_sealed: String,
        topic: String,
        convenient: Convenient,
        may_identify: bool,
        requests: i64,
        state: StateKind,
        attempts: i64,
        taken_by: Option<i64>,
        taken_name: String,
        created_at: Moment,
        settled_at: Option<Moment>,
        version: i64,
    }
}

/// A wish to be called back.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Id<Callback>,
    pub(crate) town_id: Option<Id<Town>>,
    pub(crate) town_name: String,
    pub(crate) name: String,
    /// The number to call; none once it was purged.
    pub(crate) phone: Option<Phone>,
    pub(crate) topic: Option<Topic>,
    pub(crate) convenient: Convenient,
    /// Whether the caller may say who calls, whoever answers.
    pub(crate) may_identify: bool,
    /// How often it was asked for.
    pub(crate) requests: i64,
    pub(crate) state: State,
    pub(crate) attempts: i64,
    pub(crate) taken_by: Option<i64>,
    pub(crate) taken_name: String,
    pub(crate) created_at: Moment,
    pub(crate) version: i64,
}

impl Entry {
    /// The number as lists show it.
    pub(crate) fn masked(&self) -> String {
        self.phone.as_ref().map_or("已清除".to_owned(), Phone::masked)
    }

    /// The number whole, empty once it was purged.
    pub(crate) fn number(&self) -> &str {
        self.phone.as_ref().map_or("", Phone::as_str)
    }

    /// The number as telephones dial it.
    pub(crate) fn dial(&self) -> String {
        self.phone.as_ref().map_or(String::new(), Phone::dial)
    }
}

impl CallbackRow {
    fn entry(self, tx: &Tx) -> Result<Entry, Fault> {
        let clear = tx.db().keys().open(PHONE, &self.phone_sealed)?;
        let at = self.settled_at.ok_or_else(|| Fault::new("a settled call-back has no moment"));
        Ok(Entry {
            id: self.id,
            town_id: self.town_id,
            town_name: self.town_name.unwrap_or_default(),
            name: self.name,
            phone: match clear.as_str() {
                PURGED => None,
                clear => Some(
                    Phone::parse(clear)
                        .map_err(|_| Fault::new("a stored telephone number cannot be read"))?,
                ),
            },
            topic: Topic::from_text(&self.topic),
            convenient: self.convenient,
            may_identify: self.may_identify,
            requests: self.requests,
            state: match self.state {
                StateKind::Waiting => State::Waiting,
                StateKind::Called => State::Called { at: at? },
                StateKind::Failed => State::Failed { at: at? },
                StateKind::Closed => State::Closed { at: at? },
            },
            attempts: self.attempts,
            taken_by: self.taken_by,
            taken_name: self.taken_name,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

const CALLBACKS: &str = "portal_callback_entry c left join places_town t on t.id = c.town_id";
const CALLBACK: &str = "c.id, c.town_id, t.name as town_name, c.name, c.phone_sealed, c.topic, c.convenient, c.may_identify, c.requests, \
                        c.state, c.attempts, c.taken_by, c.taken_name, c.created_at, c.settled_at, c.version";

fn scoped(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new(CALLBACKS, "c.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("c.town_id", towns),
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    })
}

fn listed(tx: &Tx, reach: &Reach, listing: &Listing) -> Result<Filter, Fault> {
    let town: Option<Id<Town>> = listing.get("town").and_then(|town| town.parse().ok());
    let state = match listing.get("state") {
        Some("all") => None,
        Some(text) => StateKind::from_text(text).or(Some(StateKind::Waiting)),
        None => Some(StateKind::Waiting),
    };
    Ok(scoped(tx, reach)?.and_if("c.state = ?", state).and_if("c.town_id = ?", town))
}

async fn entries(tx: &mut Tx, filter: &Filter, order: &'static str, limit: i64) -> Result<Vec<Entry>, Fault> {
    let rows: Vec<CallbackRow> = filter.rows(tx, CALLBACK, order, limit).await?;
    rows.into_iter().map(|row| row.entry(tx)).collect()
}

/// One page of the call-backs, oldest first, with the total.
pub(crate) async fn callbacks(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<Entry>, i64), Fault> {
    let filter = listed(tx, reach, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after("c.created_at", "c.id", back, cursor.value.parse().unwrap_or(0i64), cursor.id)
        }
        None => filter,
    };
    let order = if back { "c.created_at desc, c.id desc" } else { "c.created_at, c.id" };
    Ok((entries(tx, &page, order, listing.size + 1).await?, total))
}

/// All rows of the list, for the export.
pub(crate) async fn callbacks_all(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<Entry>> {
    let filter = listed(tx, reach, listing)?;
    Ok(exported(entries(tx, &filter, "c.created_at, c.id", EXPORT_CAP + 1).await?)?)
}

/// One of them, if the account reaches it.
pub(crate) async fn callback(tx: &mut Tx, reach: &Reach, id: Id<Callback>) -> Result<Option<Entry>, Fault> {
    let filter = scoped(tx, reach)?.and("c.id = ?", id);
    Ok(entries(tx, &filter, "c.id", 1).await?.pop())
}

/// The one that still waits for this number.
pub(crate) async fn waiting_for(tx: &mut Tx, phone: &Phone) -> Result<Option<Entry>, Fault> {
    let blind = tx.blind(PHONE, phone.as_str()).await?;
    let filter = Filter::new(CALLBACKS, "c.region_id", tx.region()?)
        .and("c.phone_blind = ?", blind)
        .and_that("c.state = 'waiting'");
    Ok(entries(tx, &filter, "c.id", 1).await?.pop())
}

/// How many were asked for with this number on that day.
pub(crate) async fn asked_on(tx: &mut Tx, phone: &Phone, day: Day) -> Result<i64, Fault> {
    let blind = tx.blind(PHONE, phone.as_str()).await?;
    tx.scalar(
        "select cast(coalesce(sum(requests), 0) as bigint) from portal_callback_entry
         where region_id = $1 and phone_blind = $2 and created_on = $3",
        params![tx.region()?, blind, day],
    )
    .await
}

/// What the citizen who holds the code may know: state, when they asked, and how often they were called since.
pub(crate) async fn by_code(
    tx: &mut Tx,
    code: LookupCode,
) -> Result<Option<(StateKind, Moment, i64)>, Fault> {
    let blind = tx.db().keys().blind(CODE, &code.compact());
    tx.optional(
        "select state, created_at, attempts from portal_callback_entry where region_id = $1 and code_blind = $2
         union all
         select c.state, r.created_at, c.attempts - r.attempts_before from portal_receipt_entry r
         join portal_callback_entry c on c.id = r.callback_id where r.region_id = $1 and r.code_blind = $2",
        params![tx.region()?, blind],
    )
    .await
}

/// Keeps the 查询码 of a wish that was added to one that waits already.
pub(crate) async fn insert_receipt(
    tx: &mut Tx,
    waiting: &Entry,
    code: LookupCode,
    now: Moment,
) -> Result<(), Fault> {
    let code = tx.db().keys().blind(CODE, &code.compact());
    tx.execute(
        "insert into portal_receipt_entry (id, region_id, callback_id, code_blind, attempts_before, created_at) values ($1, $2, $3, $4, $5, $6)",
        params![tx.new_id::<Callback>()?, tx.region()?, waiting.id, code, waiting.attempts, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_callback(
    tx: &mut Tx,
    id: Id<Callback>,
    wish: &crate::CallbackWish,
    code: LookupCode,
    now: Moment,
) -> Result<(), Fault> {
    let blind = tx.blind(PHONE, wish.phone.as_str()).await?;
    let keys = tx.db().keys();
    let sealed = keys.seal(PHONE, wish.phone.as_str())?;
    let code = keys.blind(CODE, &code.compact());
    tx.execute(
        "insert into portal_callback_entry (id, region_id, town_id, name, phone_sealed, phone_blind, code_blind, topic, convenient,
             may_identify, requests, state, attempts, taken_name, created_at, created_on, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 'waiting', 0, '', $11, $12, 1)",
        params![
            id, tx.region()?, wish.town, wish.name, sealed, blind, code, wish.topic.map_or("", Topic::as_str), wish.convenient,
            wish.may_identify, now, now.day()
        ],
    )
    .await?;
    Ok(())
}

/// Notes that the same person asked again, with what they said this time.
// Whoever knows a number can come here: what the first one said stays, only gaps are filled.
pub(crate) async fn merge_callback(
    tx: &mut Tx,
    id: Id<Callback>,
    wish: &crate::CallbackWish,
) -> Result<(), Fault> {
    tx.execute(
        "update portal_callback_entry set requests = requests + 1, convenient = $2,
             may_identify = case when $3 = 0 then 0 else may_identify end,
             topic = case when topic = '' then $4 else topic end, name = case when name = '' then $5 else name end,
             town_id = coalesce(town_id, $6), version = version + 1
         where id = $1",
        params![
            id,
            wish.convenient,
            wish.may_identify,
            wish.topic.map_or("", Topic::as_str),
            wish.name,
            wish.town
        ],
    )
    .await?;
    Ok(())
}

/// Notes who calls; false if somebody changed it meanwhile.
pub(crate) async fn take(
    tx: &mut Tx,
    id: Id<Callback>,
    version: i64,
    by: i64,
    name: &str,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update portal_callback_entry set taken_by = $3, taken_name = $4, version = version + 1 where id = $1 and version = $2",
            params![id, version, by, name],
        )
        .await?;
    Ok(touched == 1)
}

/// Keeps what came of a call; false if somebody changed it meanwhile.
pub(crate) async fn settle(tx: &mut Tx, id: Id<Callback>, version: i64, state: State) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update portal_callback_entry set state = $3, settled_at = $4, attempts = attempts + 1, taken_by = null, taken_name = '',
                 version = version + 1
             where id = $1 and version = $2",
            params![id, version, state.kind(), state.settled_at()],
        )
        .await?;
    Ok(touched == 1)
}

store::record! {
    /// One attempt to call.
    #[derive(Debug, Clone)]
    pub(crate) struct Attempt {
        pub(crate) outcome: Outcome,
        pub(crate) note: String,
        pub(crate) made_by: Option<i64>,
        pub(crate) made_name: String,
        pub(crate) made_at: Moment,
    }
}

pub(crate) async fn insert_attempt(tx: &mut Tx, callback: Id<Callback>, a: &Attempt) -> Result<(), Fault> {
    tx.execute(
        "insert into portal_attempt_entry (id, region_id, callback_id, outcome, note, made_by, made_name, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![tx.new_id::<Attempt>()?, tx.region()?, callback, a.outcome, a.note, a.made_by, a.made_name, a.made_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn attempts(tx: &mut Tx, callback: Id<Callback>) -> Result<Vec<Attempt>, Fault> {
    tx.all(
        "select outcome, note, made_by, made_name, made_at from portal_attempt_entry where region_id = $1 and callback_id = $2 order by id",
        params![tx.region()?, callback],
    )
    .await
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
