//! Statements over the rota: places of duty and turns.

use crate::rota::{Half, Post, PostPlace, Turn, TurnState, Week};
use counsel::{Lawyer, LawyerKind};
use kernel::{Day, Fault, Id, Moment};
use store::{Filter, Tx, params};
use web::{EXPORT_CAP, Reach, exported};

store::record! {
    /// A place of duty.
    #[derive(Debug, Clone)]
    pub(crate) struct PostRow {
        pub(crate) id: Id<Post>,
        pub(crate) place: PostPlace,
        pub(crate) organ: String,
        pub(crate) week: String,
        pub(crate) state: String,
        pub(crate) version: i64,
    }
}

impl PostRow {
    /// Whether somebody still sits there.
    pub(crate) fn is_active(&self) -> bool {
        self.state == ACTIVE
    }

    /// When somebody sits there.
    pub(crate) fn week(&self) -> Week {
        Week::from_text(&self.week)
    }
}

const ACTIVE: &str = "active";
const CLOSED: &str = "closed";

store::record! {
    /// A turn with its place and its lawyer.
    #[derive(Debug, Clone)]
    pub(crate) struct TurnRow {
        pub(crate) id: Id<Turn>,
        pub(crate) post_id: Id<Post>,
        pub(crate) place: PostPlace,
        pub(crate) organ: String,
        pub(crate) on_day: Day,
        pub(crate) half: Half,
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) state: TurnState,
        /// The turn that was given up for this one.
        pub(crate) instead_of: Option<Id<Turn>>,
        pub(crate) reason: String,
        pub(crate) planned_name: String,
        pub(crate) closed_name: String,
        pub(crate) version: i64,
    }
}

impl TurnRow {
    /// When: 2022年5月10日（星期二）上午.
    pub(crate) fn said(&self) -> String {
        format!("{}（{}）{}", self.on_day.chinese(), self.on_day.weekday_label(), self.half.label())
    }

    /// Whether it stands.
    pub(crate) fn is_planned(&self) -> bool {
        self.state == TurnState::Planned
    }
}

const FROM: &str = "legal_aid_turn_entry t join legal_aid_post_entry p on p.id = t.post_id join counsel_lawyer_name l on l.id = t.lawyer_id";
const ROW: &str = "t.id, t.post_id, p.place, p.organ, t.on_day, t.half, t.lawyer_id, l.name as lawyer_name, t.state, t.instead_of, t.reason, t.planned_name,
    t.closed_name, t.version";
const ORDER: &str = "t.on_day, p.place, p.id, t.half, t.id";

fn turns(tx: &Tx) -> Result<Filter, Fault> {
    Ok(Filter::new(FROM, "t.region_id", tx.region()?))
}

fn within(filter: Filter, reach: &Reach) -> Filter {
    match reach {
        Reach::Region => filter,
        Reach::Lawyer(lawyer) => filter.and("t.lawyer_id = ?", *lawyer),
        _ => filter.and_that("1 = 0"),
    }
}

/// Which turns of a month are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Month {
    pub(crate) first: Day,
    pub(crate) post: Option<Id<Post>>,
    pub(crate) lawyer: Option<Id<Lawyer>>,
    /// Whether those that were changed or cancelled are wanted too.
    pub(crate) all: bool,
}

/// The turns of a month within reach, by day and place.
pub(crate) async fn of_month(tx: &mut Tx, reach: &Reach, month: Month) -> kernel::Result<Vec<TurnRow>> {
    let filter = within(turns(tx)?, reach)
        .and("t.on_day >= ?", month.first)
        .and("t.on_day <= ?", month.first.last_of_month())
        .and_if("t.post_id = ?", month.post)
        .and_if("t.lawyer_id = ?", month.lawyer);
    let filter = if month.all { filter } else { filter.and("t.state = ?", TurnState::Planned) };
    Ok(exported(filter.rows(tx, ROW, ORDER, EXPORT_CAP + 1).await?)?)
}

/// Who is on duty on a day.
pub(crate) async fn on_day(tx: &mut Tx, day: Day) -> Result<Vec<TurnRow>, Fault> {
    let filter = turns(tx)?.and("t.on_day = ?", day).and("t.state = ?", TurnState::Planned);
    filter.rows(tx, ROW, ORDER, 200).await
}

/// A lawyer's turns from a day on, the first first.
pub(crate) async fn of_lawyer(
    tx: &mut Tx,
    lawyer: i64,
    from: Day,
    limit: i64,
) -> Result<Vec<TurnRow>, Fault> {
    let filter = turns(tx)?
        .and("t.lawyer_id = ?", lawyer)
        .and("t.on_day >= ?", from)
        .and("t.state = ?", TurnState::Planned);
    filter.rows(tx, ROW, ORDER, limit).await
}

/// Turns from one day to another, whoever has them.
pub(crate) async fn between(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<TurnRow>, Fault> {
    let filter =
        turns(tx)?.and("t.on_day >= ?", from).and("t.on_day <= ?", to).and("t.state = ?", TurnState::Planned);
    filter.rows(tx, ROW, ORDER, 5_000).await
}

/// Everything on the days from one to another, also what was given away or cancelled, for the notices about it.
pub(crate) async fn all_between(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<TurnRow>, Fault> {
    let filter = turns(tx)?.and("t.on_day >= ?", from).and("t.on_day <= ?", to);
    filter.rows(tx, ROW, ORDER, 5_000).await
}

/// One turn, if the account reaches it.
pub(crate) async fn turn(tx: &mut Tx, reach: &Reach, id: Id<Turn>) -> Result<Option<TurnRow>, Fault> {
    Ok(within(turns(tx)?, reach).and("t.id = ?", id).rows(tx, ROW, "t.id", 1).await?.pop())
}

/// Everything that ever stood at a place on a day, the first first: how a turn came to be whose it is.
pub(crate) async fn of_place(tx: &mut Tx, post: Id<Post>, day: Day) -> Result<Vec<TurnRow>, Fault> {
    let filter = turns(tx)?.and("t.post_id = ?", post).and("t.on_day = ?", day);
    filter.rows(tx, ROW, "t.id", 100).await
}

/// Turns to come of lawyers who do not practise any more.
pub(crate) async fn of_gone(tx: &mut Tx, from: Day) -> Result<Vec<TurnRow>, Fault> {
    let filter = turns(tx)?.and("t.on_day >= ?", from).and("t.state = ?", TurnState::Planned).and_that(
        "t.lawyer_id in (select w.id from counsel_lawyer w where w.region_id = $1 and w.state <> 'active')",
    );
    filter.rows(tx, ROW, ORDER, 1_000).await
}

store::record! {
    /// How often somebody sat and will sit from one day to another.
    #[derive(Debug, Clone)]
    pub(crate) struct Sat {
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) turns: i64,
        pub(crate) last: Day,
    }
}

/// The turns that stand from one day to another, by lawyer, with the last day.
pub(crate) async fn sat(tx: &mut Tx, from: Day, to: Day) -> Result<Vec<Sat>, Fault> {
    tx.all(
        "select t.lawyer_id, l.name as lawyer_name, count(*) as turns, max(t.on_day) as last
         from legal_aid_turn_entry t join counsel_lawyer_name l on l.id = t.lawyer_id
         where t.region_id = $1 and t.on_day >= $2 and t.on_day <= $3 and t.state = 'planned'
         group by t.lawyer_id, l.name order by l.name, t.lawyer_id",
        params![tx.region()?, from, to],
    )
    .await
}

store::record! {
    /// A lawyer or legal worker in practice.
    #[derive(Debug, Clone)]
    pub(crate) struct Practising {
        pub(crate) id: Id<Lawyer>,
        pub(crate) name: String,
        pub(crate) kind: LawyerKind,
        pub(crate) firm_name: String,
        pub(crate) licensed_since: Day,
    }
}

/// Everybody in practice, by firm and name.
pub(crate) async fn practising(tx: &mut Tx) -> Result<Vec<Practising>, Fault> {
    tx.all(
        "select id, name, kind, firm_name, licensed_since from counsel_lawyer where region_id = $1 and state = 'active'
         order by firm_name, name, id limit 2000",
        params![tx.region()?],
    )
    .await
}

/// Whether somebody has something else at that time.
pub(crate) async fn is_busy(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    on: Day,
    half: Half,
    but: &[Id<Turn>],
) -> Result<bool, Fault> {
    let there = turns(tx)?
        .and("t.lawyer_id = ?", lawyer)
        .and("t.on_day = ?", on)
        .and("t.state = ?", TurnState::Planned)
        .rows::<TurnRow>(tx, ROW, "t.id", 10)
        .await?;
    Ok(there.iter().any(|row| row.half.meets(half) && !but.contains(&row.id)))
}

/// A turn that is to stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewTurn {
    pub(crate) post: Id<Post>,
    pub(crate) on: Day,
    pub(crate) half: Half,
    pub(crate) lawyer: Id<Lawyer>,
    /// The one it stands for.
    pub(crate) instead_of: Option<Id<Turn>>,
}

/// Writes it.
pub(crate) async fn insert(tx: &mut Tx, new: NewTurn, by: &str, now: Moment) -> Result<Id<Turn>, Fault> {
    let id: Id<Turn> = tx.new_id()?;
    tx.execute(
        "insert into legal_aid_turn_entry
             (id, region_id, post_id, on_day, half, lawyer_id, state, reason, instead_of, planned_at, planned_name, closed_at, closed_name, version)
         values ($1, $2, $3, $4, $5, $6, 'planned', '', $7, $8, $9, null, '', 1)",
        params![id, tx.region()?, new.post, new.on, new.half, new.lawyer, new.instead_of, now, by],
    )
    .await?;
    Ok(id)
}

/// Takes a turn off the rota, if it still stands as it was seen.
pub(crate) async fn close(
    tx: &mut Tx,
    row: &TurnRow,
    state: TurnState,
    reason: &str,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_turn_entry set state = $4, reason = $5, closed_at = $6, closed_name = $7, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and state = 'planned'",
            params![tx.region()?, row.id, row.version, state, reason, now, by],
        )
        .await?;
    Ok(changed == 1)
}

/// The places of duty, those that are closed last.
pub(crate) async fn posts(tx: &mut Tx) -> Result<Vec<PostRow>, Fault> {
    tx.all(
        "select id, place, organ, week, state, version from legal_aid_post_entry where region_id = $1 order by state, place, organ, id limit 500",
        params![tx.region()?],
    )
    .await
}

/// One place.
pub(crate) async fn post(tx: &mut Tx, id: Id<Post>) -> Result<Option<PostRow>, Fault> {
    tx.optional(
        "select id, place, organ, week, state, version from legal_aid_post_entry where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// Whether another place of that kind and name is in use.
pub(crate) async fn is_there(
    tx: &mut Tx,
    place: PostPlace,
    organ: &str,
    but: Option<Id<Post>>,
) -> Result<bool, Fault> {
    let filter = Filter::new("legal_aid_post_entry", "region_id", tx.region()?)
        .and("place = ?", place)
        .and("organ = ?", organ)
        .and("state = ?", ACTIVE)
        .and_if("id <> ?", but);
    Ok(filter.count_to(tx, 1).await? > 0)
}

/// Writes a place.
pub(crate) async fn insert_post(
    tx: &mut Tx,
    place: PostPlace,
    organ: &str,
    week: Week,
) -> Result<Id<Post>, Fault> {
    let id: Id<Post> = tx.new_id()?;
    tx.execute(
        "insert into legal_aid_post_entry (id, region_id, place, organ, week, state, version) values ($1, $2, $3, $4, $5, 'active', 1)",
        params![id, tx.region()?, place, organ, week.text()],
    )
    .await?;
    Ok(id)
}

/// Changes a place, if nobody did meanwhile.
pub(crate) async fn update_post(
    tx: &mut Tx,
    row: &PostRow,
    organ: &str,
    week: Week,
    active: bool,
) -> Result<bool, Fault> {
    let state = if active { ACTIVE } else { CLOSED };
    let changed = tx
        .execute(
            "update legal_aid_post_entry set organ = $4, week = $5, state = $6, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![tx.region()?, row.id, row.version, organ, week.text(), state],
        )
        .await?;
    Ok(changed == 1)
}
