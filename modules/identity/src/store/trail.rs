//! Reading the audit trail, with the names of those who acted.

use crate::{account::Account, trail::Words};
use kernel::{Day, Fault, Id, Moment};
use store::{Filter, Tx, audit::PERSONAL_READ, filter, params};
use web::{COUNT_CAP, Listing};

store::record! {
    /// A row of the trail as people read it.
    #[derive(Debug, Clone)]
    pub(crate) struct TrailRow {
        pub(crate) id: i64,
        pub(crate) at: Moment,
        pub(crate) actor: Option<i64>,
        pub(crate) username: Option<String>,
        pub(crate) name: Option<String>,
        pub(crate) action: String,
        pub(crate) object: String,
        pub(crate) object_id: i64,
        pub(crate) details: String,
        pub(crate) about: Option<String>,
        pub(crate) lane: i64,
        pub(crate) seq: i64,
        pub(crate) hash: String,
    }
}

const ROW: &str = "r.id, r.at, r.actor, a.username, a.name, r.action, r.object, r.object_id, r.details, o.name as about, r.lane, r.seq, r.hash";
const FROM: &str = "audit_row r left join identity_account_entry a on a.id = r.actor \
    left join identity_account_entry o on o.id = r.object_id and r.object = 'identity_account'";

fn matching(tx: &Tx, listing: &Listing, words: &Words) -> Result<Filter, Fault> {
    let day = |name: &str| listing.get(name).and_then(|text| Day::parse(text).ok());
    let who = listing.get("who").map(|text| filter::contains(&crate::account::normal_username(text)));
    let action = listing.get("action");
    let exact = action.filter(|action| words.get(action).is_some());
    let about = listing.get("object").map(|object| words.names_of(object));
    let reads = (listing.get("kind") == Some("read")).then_some(PERSONAL_READ);
    let writes = (listing.get("kind") == Some("write")).then_some(PERSONAL_READ);
    Ok(Filter::new(FROM, "r.region_id", tx.region()?)
        .and_if(
            "r.action = ? or r.action like '%.export' or r.action like '%.reveal' or r.action like '%.verify' or r.action like '%.witness'",
            reads,
        )
        .and_if(
            "r.action <> ? and r.action not like '%.export' and r.action not like '%.reveal' and r.action not like '%.verify'
             and r.action not like '%.witness'",
            writes,
        )
        .and_if("r.action = ?", exact)
        .and_if("r.at >= ?", day("from").map(Moment::start_of))
        .and_if("r.at < ?", day("to").map(|day| Moment::start_of(day.add_days(1))))
        .and_if("a.username like ? escape '!' or lower(a.name) like ? escape '!'", who)
        .and_if("r.action like ? escape '!'", action.filter(|_| exact.is_none()).map(filter::contains))
        .and_if("r.object like ? escape '!'", about.map(|name| filter::contains(&name)))
        .and_if("r.object_id = ?", listing.get("object_id").and_then(object_id)))
}

/// The number of a record as the pages write it (`320412-17`) or bare.
fn object_id(text: &str) -> Option<i64> {
    text.parse::<kernel::Id<crate::Account>>().map(kernel::Id::raw).ok().or_else(|| text.parse().ok())
}

/// One page of the trail, the newest first, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    listing: &Listing,
    words: &Words,
) -> Result<(Vec<TrailRow>, i64), Fault> {
    let filter = matching(tx, listing, words)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("r.at", "r.id", !back, cursor.value.parse().unwrap_or(0i64), cursor.id),
        None => filter,
    };
    let order = if back { "r.at, r.id" } else { "r.at desc, r.id desc" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// What an export holds, the newest first, at most so many rows.
pub(crate) async fn all(
    tx: &mut Tx,
    listing: &Listing,
    words: &Words,
    most: i64,
) -> Result<Vec<TrailRow>, Fault> {
    matching(tx, listing, words)?.rows(tx, ROW, "r.at desc, r.id desc", most).await
}

/// When the account was logged in to last before the session of that digest began.
pub(crate) async fn log_in_before(
    tx: &mut Tx,
    account: Id<Account>,
    session: &str,
) -> Result<Option<Moment>, Fault> {
    tx.scalar(
        "select max(r.at) from audit_row r where r.region_id = $1 and r.object = 'identity_account' and r.object_id = $2
           and r.action = 'identity.login'
           and r.at < (select s.created_at from identity_session_entry s where s.region_id = $1 and s.token_hash = $3)",
        params![tx.region()?, account, session],
    )
    .await
}

/// How many wrong passwords, codes and PINs there were since.
pub(crate) async fn wrong_since(tx: &mut Tx, account: Id<Account>, since: Moment) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from audit_row where region_id = $1 and object = 'identity_account' and object_id = $2
           and action = 'identity.login.fail' and at > $3",
        params![tx.region()?, account, since],
    )
    .await
}
