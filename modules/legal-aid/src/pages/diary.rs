//! The diary: home visits, hearings, meetings of all cases one reaches, as a list and on the map; planning one, moving
//! it, and saying what came of it.

use super::{find as find_case, sees_less};
use crate::{
    DIARY, LETTERS, ROTA_READ,
    actions::diary::{DiaryRefusal, conclude, move_to, plan, span_of},
    engagement::{Engagement, EngagementKind, EngagementState, Span, clock_text, starts},
    letter::LetterKind,
    store::{
        Entry,
        engagements::{self, EngagementRow, NewEngagement},
        letters::{self, LetterRow},
        turns::{self, TurnRow},
    },
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Moment, Refusal, Result};
use places::{MapPoint, map_block};
use web::{Cell, Ctx, Form, Html, Listing, Page, Pager, Reach, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/diary.html")]
struct DiaryMain {
    listing: Listing,
    rows: Vec<EngagementRow>,
    pager: Pager,
    now: Moment,
    /// Home visits that were asked for and not yet planned.
    wishes: Vec<LetterRow>,
    map: Option<Html>,
    may_plan: bool,
    may_see_rota: bool,
    /// The own turns of duty to come, of a lawyer.
    duty: Vec<TurnRow>,
}

/// How many turns of duty stand above the diary.
const TURNS: i64 = 10;
/// How many wishes for a visit stand above the diary.
const WISHES: usize = 20;

/// `GET /aid/diary`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let wishes = match actor.may(LETTERS) {
        true => letters::visits_asked_for(&mut tx, &actor.reach(), WISHES).await?,
        false => Vec::new(),
    };
    let duty = match actor.reach() {
        Reach::Lawyer(own) if actor.may(ROTA_READ) => {
            turns::of_lawyer(&mut tx, own, ctx.today(), TURNS).await?
        }
        _ => Vec::new(),
    };
    let map = match listing.get("view") {
        Some("map") => {
            let all = engagements::whole_list(&mut tx, &actor.reach(), &listing).await?;
            let points: Vec<MapPoint> = all.iter().filter_map(|row| point(row, ctx.now())).collect();
            Some(map_block(&mut tx, ctx.app.settings.tiles.as_ref(), &points).await?)
        }
        _ => None,
    };
    let (rows, total) = engagements::list(&mut tx, &actor.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.starts_at.micros().to_string(), row.id.raw()));
    let main = DiaryMain {
        listing,
        rows,
        pager,
        now: ctx.now(),
        wishes,
        map,
        may_plan: actor.may(DIARY),
        may_see_rota: actor.may(ROTA_READ),
        duty,
    };
    let with_map = main.map.is_some();
    let page = Page::new("上门和日程", &main)?.crumb("法律援助", "/aid");
    Ok(if with_map { page.with_map() } else { page })
}

/// Where the applicant's village is: nobody's house stands on the map.
fn point(row: &EngagementRow, now: Moment) -> Option<MapPoint> {
    Some(MapPoint {
        lat: row.lat?,
        lon: row.lon?,
        name: format!("{}：{}", row.applicant, row.kind.label()),
        href: format!("/aid/diary/{}", row.id),
        state: if row.waits(now) { "bad" } else { row.state.badge() },
        label: format!("{}，{}", row.said(), row.who),
        approximate: true,
    })
}

impl DiaryMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.get(name) == Some(value)
    }

    fn view_href(&self, view: &str) -> String {
        self.listing.link(&[("view", view)])
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid/diary.xlsx", &[])
    }
}

/// `GET /aid/diary.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = engagements::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let columns = [
        ("日期和时间", 26.0),
        ("内容", 12.0),
        ("申请人", 14.0),
        ("镇（街道）", 16.0),
        ("村（社区）", 16.0),
        ("谁去", 20.0),
        ("状态", 12.0),
        ("安排人", 12.0),
        ("回填人", 12.0),
    ];
    let sheet = Sheet {
        name: "上门和日程".to_owned(),
        title: format!("{}法律援助上门和日程", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 项", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(cells).collect(),
    };
    Ok(workbook("法律援助上门和日程.xlsx", &[sheet])?)
}

fn cells(row: &EngagementRow) -> Vec<Cell> {
    vec![
        row.said().into(),
        row.kind.label().into(),
        row.applicant.as_str().into(),
        row.town_name.as_str().into(),
        row.unit_name.clone().unwrap_or_default().into(),
        row.who.as_str().into(),
        row.state.label().into(),
        row.planned_name.as_str().into(),
        row.concluded_name.as_str().into(),
    ]
}

#[derive(Template)]
#[template(path = "pages/diary_plan.html")]
struct PlanMain {
    form: Form,
    /// Where the form is sent, and where one goes back to.
    action: String,
    back: String,
    title: String,
    kinds: Vec<(String, String)>,
    spans: Vec<(String, String)>,
    /// The applicant's own words about the visit.
    wish: String,
}

fn spans() -> Vec<(String, String)> {
    let parts = [Span::Morning, Span::Afternoon, Span::Day];
    parts.iter().map(|span| (span.as_str().to_owned(), span.label().to_owned())).collect()
}

/// The case and, if the address or the form names one, the wish for a visit that is answered by it.
async fn case_and_letter(
    ctx: &Ctx,
    tx: &mut Tx,
    id: &str,
    letter: &str,
) -> Result<(Entry, Option<LetterRow>)> {
    let entry = find_case(ctx, tx, id).await?;
    let actor = ctx.actor()?;
    if sees_less(actor, &entry) {
        return Err(DiaryRefusal::NotYours.into());
    }
    let letter = match letter.parse() {
        Ok(letter) if actor.may(LETTERS) => letters::letter(tx, &actor.reach(), letter).await?,
        _ => None,
    };
    let letter = letter.filter(|row| row.case_id == entry.id && row.kind == LetterKind::Visit);
    Ok((entry, letter))
}

/// `GET /aid/{id}/diary/new`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let asked = listing.get("letter").unwrap_or_default();
    let (entry, letter) = case_and_letter(&ctx, &mut tx, &id, asked).await?;
    drop(tx);
    let actor = ctx.actor()?;
    let kind = listing.get("kind").unwrap_or(if letter.is_some() { "visit" } else { "meeting" });
    let letter_id = letter.as_ref().map_or(String::new(), |row| row.id.to_string());
    let known =
        [("kind", kind), ("span", "am"), ("who", actor.name.as_str()), ("letter", letter_id.as_str())];
    let form = ctx.form(&known);
    show_plan(&ctx, form, &entry, letter.as_ref())
}

fn show_plan(ctx: &Ctx, form: Form, entry: &Entry, letter: Option<&LetterRow>) -> Reply<Page> {
    let kinds = EngagementKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned()));
    let wish = match letter {
        Some(letter) => letter.words(&ctx.app.db)?,
        None => String::new(),
    };
    let href = format!("/aid/{}", entry.id);
    let main = PlanMain {
        action: format!("{href}/diary/new"),
        back: href.clone(),
        title: "安排上门和日程".to_owned(),
        kinds: kinds.collect(),
        spans: spans(),
        wish,
        form,
    };
    Ok(Page::new("安排上门和日程", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/diary/new`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let (entry, letter) = case_and_letter(&ctx, &mut tx, &id, form.get("letter")).await?;
    drop(tx);
    match try_plan(&ctx, &entry, letter.as_ref(), &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", entry.id), "已写进日程。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_plan(&ctx, form, &entry, letter.as_ref())?.into_response())
        }
    }
}

fn read(form: &mut Form, kind: Option<EngagementKind>) -> Result<NewEngagement> {
    if kind.is_none() {
        form.error("kind", "请选择是什么日程");
    }
    let day = form.parse("on", Day::parse);
    if day.is_none() && form.get("on").is_empty() {
        form.error("on", "请填写日期");
    }
    let clock = form.parse("clock", clock_text);
    let place = form.text("place", 200);
    let who = form.need("who", "请填写谁去");
    form.check()?;
    let span = span_of(Span::from_text(form.get("span")), clock);
    let (Some(kind), Some(day)) = (kind, day) else { return Err(DiaryRefusal::BadDay.into()) };
    Ok(NewEngagement { kind, starts_at: starts(day, span, clock), span, place, who })
}

async fn try_plan(ctx: &Ctx, seen: &Entry, letter: Option<&LetterRow>, form: &mut Form) -> Result<Tx> {
    let new = read(form, EngagementKind::from_text(form.get("kind")))?;
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?;
    let entry = entry.ok_or_else(|| Refusal::not_found("没有这个案件。"))?;
    plan(&mut tx, actor, &entry, &new, letter, ctx.now()).await?;
    Ok(tx)
}

#[derive(Template)]
#[template(path = "pages/diary_show.html")]
struct ShowMain {
    form: Form,
    row: EngagementRow,
    place: String,
    outcome: String,
    states: Vec<(String, String)>,
    may_plan: bool,
    early: bool,
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<EngagementRow> {
    let missing = || Refusal::not_found("没有这项日程，或者不是您能看的。");
    let id: Id<Engagement> = id.parse().map_err(|_| missing())?;
    let reach = ctx.actor()?.reach();
    let row = engagements::engagement(tx, &reach, id).await?.ok_or_else(missing)?;
    let entry = crate::store::entry(tx, &reach, row.case_id).await?.ok_or_else(missing)?;
    if sees_less(ctx.actor()?, &entry) {
        return Err(missing().into());
    }
    Ok(row)
}

/// `GET /aid/diary/{id}`: where somebody lives is told, so that opening it is noted.
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    ctx.note_read("legal_aid_engagement", row.id.raw(), &["place", "outcome"], "").await?;
    let form = ctx.form(&[("version", &row.version.to_string())]);
    show_one(&ctx, form, row)
}

fn show_one(ctx: &Ctx, form: Form, row: EngagementRow) -> Reply<Page> {
    let early = row.starts_at.day() > ctx.today();
    let states = [EngagementState::Done, EngagementState::Missed, EngagementState::Cancelled];
    // What has not come yet can only be taken back.
    let states = states.iter().filter(|state| !early || **state == EngagementState::Cancelled);
    let main = ShowMain {
        place: row.place(&ctx.app.db)?,
        outcome: row.outcome(&ctx.app.db)?,
        states: states.map(|state| (state.as_str().to_owned(), state.label().to_owned())).collect(),
        may_plan: ctx.actor()?.may(DIARY),
        early,
        row,
        form,
    };
    Ok(Page::new(main.row.kind.label(), &main)?
        .crumb("法律援助", "/aid")
        .crumb("上门和日程", "/aid/diary")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/diary/{id}/conclude`
pub(crate) async fn finish(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_finish(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", row.case_id), "已回填结果。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &row.version.to_string());
            Ok(show_one(&ctx, form, row)?.into_response())
        }
    }
}

/// The row as the person saw it: with its version, so that a stale form changes nothing.
fn as_seen(row: &EngagementRow, form: &Form) -> EngagementRow {
    EngagementRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() }
}

async fn try_finish(ctx: &Ctx, row: &EngagementRow, form: &mut Form) -> Result<Tx> {
    let words = form.text("words", 1000);
    let state = EngagementState::from_text(form.get("state")).ok_or(DiaryRefusal::NoOutcome)?;
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    conclude(&mut tx, ctx.actor()?, &as_seen(row, form), state, &words, ctx.now()).await?;
    Ok(tx)
}

/// `GET /aid/diary/{id}/move`
pub(crate) async fn ask_move(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let (day, hour, minute) = row.starts_at.local_parts();
    let place = row.place(&ctx.app.db)?;
    let (version, on, clock) = (row.version.to_string(), day.to_string(), format!("{hour}:{minute:02}"));
    let known = [
        ("version", version.as_str()),
        ("on", on.as_str()),
        ("span", row.span.as_str()),
        ("clock", if row.span == Span::At { clock.as_str() } else { "" }),
        ("place", place.as_str()),
        ("who", row.who.as_str()),
    ];
    let form = ctx.form(&known);
    show_move(form, &row)
}

fn show_move(form: Form, row: &EngagementRow) -> Reply<Page> {
    let back = format!("/aid/diary/{}", row.id);
    let main = PlanMain {
        action: format!("{back}/move"),
        title: format!("改期：{}的{}", row.applicant, row.kind.label()),
        kinds: Vec::new(),
        spans: spans(),
        wish: String::new(),
        back,
        form,
    };
    Ok(Page::new("改期", &main)?
        .crumb("法律援助", "/aid")
        .crumb("上门和日程", "/aid/diary")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/diary/{id}/move`
pub(crate) async fn moved(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_move(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/diary/{}", row.id), "已改期。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &row.version.to_string());
            Ok(show_move(form, &row)?.into_response())
        }
    }
}

async fn try_move(ctx: &Ctx, row: &EngagementRow, form: &mut Form) -> Result<Tx> {
    let new = read(form, Some(row.kind))?;
    let mut tx = ctx.begin_write().await?;
    move_to(&mut tx, ctx.actor()?, &as_seen(row, form), &new, ctx.now()).await?;
    Ok(tx)
}
