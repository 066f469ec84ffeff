//! Letters of cooperation and jurisdiction (协作与移送): the list, one letter with what happened to it, who works on it, the
//! answer.

use crate::{
    COOPERATE, TAKE,
    act::Act,
    actions::{
        cooperation::{
            Answer, COOPERATION, CooperationRefusal, answer_cooperation, assign_cooperation,
            close_cooperation, withdraw_cooperation, workers,
        },
        do_act,
    },
    cooperation::{Cooperation, CooperationKind, CooperationState, Direction, Outcome},
    rule,
    store::{
        self,
        cooperations::{self, CooperationRow},
    },
};
use ::store::{Db, Tx};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Error, Id, Moment, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/cooperations.html")]
struct ListMain {
    listing: Listing,
    rows: Vec<Line>,
    pager: Pager,
    now: Moment,
    may_note: bool,
}

/// A letter with its person as lists show them.
struct Line {
    row: CooperationRow,
    subject: String,
}

impl Line {
    fn of(rows: Vec<CooperationRow>, db: &Db) -> Result<Vec<Self>> {
        let line = |row: CooperationRow| Ok(Self { subject: row.masked(db)?, row });
        rows.into_iter().map(line).collect()
    }

    /// Where it stands, as a word.
    fn word(&self, now: Moment) -> &'static str {
        if self.row.late(now) { "逾期" } else { self.row.word() }
    }
}

/// `GET /aid/cooperation`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let actor = ctx.actor()?;
    let (rows, total) = cooperations::list(&mut tx, &actor.reach(), &listing, ctx.now()).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.came_on.to_string(), row.id.raw()));
    let rows = Line::of(rows, &ctx.app.db)?;
    let main = ListMain { listing, rows, pager, now: ctx.now(), may_note: actor.may(COOPERATE) };
    Ok(Page::new("协作与移送", &main)?.crumb("法律援助", "/aid"))
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid/cooperation.xlsx", &[])
    }
}

/// `GET /aid/cooperation.xlsx`: names as lists show them, and not what was asked, which was told in confidence.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let now = ctx.now();
    let rows = cooperations::whole_list(&mut tx, &ctx.actor()?.reach(), &listing, now).await?;
    let rows = Line::of(rows, &ctx.app.db)?;
    let columns = [
        ("编号", 18.0),
        ("来函、去函", 10.0),
        ("事项", 18.0),
        ("对方机构", 30.0),
        ("所在地区", 20.0),
        ("函号", 22.0),
        ("收到（发出）日期", 14.0),
        ("当事人", 10.0),
        ("镇（街道）", 16.0),
        ("案件编号", 18.0),
        ("最晚答复", 12.0),
        ("承办人", 12.0),
        ("状态", 12.0),
        ("答复日期", 12.0),
        ("结果", 14.0),
    ];
    let sheet = Sheet {
        name: "协作与移送".to_owned(),
        title: format!("{}法律援助协作与移送台账", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 件", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(|line| cells(line, now)).collect(),
    };
    Ok(workbook("法律援助协作与移送台账.xlsx", &[sheet])?)
}

fn cells(line: &Line, now: Moment) -> Vec<Cell> {
    let row = &line.row;
    vec![
        row.id.to_string().into(),
        row.direction.label().into(),
        row.kind.label().into(),
        row.institution.as_str().into(),
        row.area.as_str().into(),
        row.letter_number.as_str().into(),
        row.came_on.to_string().into(),
        line.subject.as_str().into(),
        row.town_name.as_str().into(),
        row.case_id.map_or(String::new(), |id| id.to_string()).into(),
        row.due_at.day().to_string().into(),
        row.worker_name.as_str().into(),
        line.word(now).into(),
        row.answered_on.map_or(String::new(), |day| day.to_string()).into(),
        row.outcome.map_or("", Outcome::label).into(),
    ]
}

#[derive(Template)]
#[template(path = "pages/cooperation.html")]
struct ShowMain {
    form: Form,
    row: CooperationRow,
    subject: String,
    asked: String,
    answer: String,
    /// The rule by which it is due, if one decides.
    rule: &'static str,
    late: bool,
    told: Vec<Told>,
    workers: Vec<(String, String)>,
    outcomes: Vec<(String, String)>,
    may_work: bool,
    may_take: bool,
    may_documents: bool,
    /// Whether the case that is handed over by this letter still has to be handed over by its act, by this person.
    hands_over: bool,
}

/// What happened to a letter.
struct Told {
    title: String,
    at: String,
    who: String,
    words: String,
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<CooperationRow> {
    let missing = || Refusal::not_found("没有这封函，或者不是您能看的。");
    let id: Id<Cooperation> = id.parse().map_err(|_| missing())?;
    Ok(cooperations::letter(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /aid/cooperation/{id}`: opening it is noted, for it names a person and says what was told in confidence.
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    ctx.note_read(COOPERATION, row.id.raw(), &["subject", "asked", "answer"], "").await?;
    let (version, today) = (row.version.to_string(), ctx.today().to_string());
    let own = row.worker_id.unwrap_or(ctx.actor()?.id).to_string();
    let form =
        ctx.form(&[("version", version.as_str()), ("worker", own.as_str()), ("answered_on", today.as_str())]);
    show_one(&ctx, form, row).await
}

async fn show_one(ctx: &Ctx, form: Form, row: CooperationRow) -> Reply<Page> {
    let db = &ctx.app.db;
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let people = identity::everybody(&mut tx).await?;
    let case = match row.case_id {
        Some(case) if row.direction == Direction::Out && row.kind == CooperationKind::Transfer => {
            store::entry(&mut tx, &actor.reach(), case).await?
        }
        _ => None,
    };
    drop(tx);
    let outcomes = Outcome::ALL.iter().map(|what| (what.as_str().to_owned(), what.label().to_owned()));
    let workers = workers(&people).into_iter().map(|one| (one.id.to_string(), one.name.clone()));
    let main = ShowMain {
        subject: row.subject(db)?,
        asked: row.asked(db)?,
        answer: row.answer(db)?,
        rule: rule::title(&row.due_rule),
        late: row.late(ctx.now()),
        told: told(&row),
        workers: workers.collect(),
        outcomes: outcomes.collect(),
        may_work: actor.may(COOPERATE),
        may_take: actor.may(TAKE) && row.dated().handed_over && row.dated().runs(),
        may_documents: actor.may(::documents::READ),
        hands_over: case.is_some_and(|case| {
            case.facts().permits(Act::Transfer) && do_act::may(actor, &case, Act::Transfer).is_ok()
        }),
        row,
        form,
    };
    Ok(Page::new(format!("{}：{}", main.row.direction.label(), main.row.kind.label()), &main)?
        .crumb("法律援助", "/aid")
        .crumb("协作与移送", "/aid/cooperation")
        .narrow()
        .answering(&main.form))
}

/// What happened, in the order in which it did.
fn told(row: &CooperationRow) -> Vec<Told> {
    let came = if row.direction == Direction::In { "收到" } else { "发出" };
    let at = |at: Moment| at.chinese();
    let mut all = vec![Told {
        title: format!("{came}，{} 登记", row.noted_at.day().chinese()),
        at: row.came_on.chinese(),
        who: row.noted_name.clone(),
        words: String::new(),
    }];
    let mut add = |title: &str, at: String, who: &str, words: &str| {
        let (title, who, words) = (title.to_owned(), who.to_owned(), words.to_owned());
        all.push(Told { title, at, who, words });
    };
    if let Some(since) = row.assigned_at {
        add("分派", at(since), &row.worker_name, "");
    }
    if let (Some(outcome), Some(on)) = (row.outcome, row.answered_on) {
        let whose = if row.direction == Direction::In { "答复对方" } else { "收到答复" };
        add(&format!("{whose}：{}", outcome.label()), on.chinese(), &row.answered_name, "");
    }
    if let Some(closed) = row.closed_at {
        add("归档", at(closed), &row.closed_name, "");
    }
    if let Some(withdrawn) = row.withdrawn_at {
        add("撤回", at(withdrawn), &row.withdrawn_name, &row.withdraw_reason);
    }
    all
}

impl ShowMain {
    fn incoming(&self) -> bool {
        self.row.direction == Direction::In
    }

    /// What the button for the answer says.
    fn answer_label(&self) -> &'static str {
        if self.incoming() { "答复对方" } else { "登记对方的答复" }
    }
}

/// The letter as this person saw it: with the version of the form.
async fn seen(ctx: &Ctx, id: &str, form: &Form) -> Result<CooperationRow> {
    let mut tx = ctx.begin_read().await?;
    let row = find(ctx, &mut tx, id).await?;
    Ok(CooperationRow { version: form.get("version").parse().unwrap_or(0), ..row })
}

/// The page once more, with what was typed and the version that stands now.
async fn again(ctx: &Ctx, error: Error, mut form: Form, seen: &CooperationRow) -> Reply {
    ctx.refused(error, &mut form)?;
    let mut tx = ctx.begin_read().await?;
    let row = find(ctx, &mut tx, &seen.id.to_string()).await?;
    drop(tx);
    form.set("version", &row.version.to_string());
    Ok(show_one(ctx, form, row).await?.into_response())
}

fn page(row: &CooperationRow) -> String {
    format!("/aid/cooperation/{}", row.id)
}

/// `POST /aid/cooperation/{id}/assign`
pub(crate) async fn assign(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let row = seen(&ctx, &id, &form).await?;
    match try_assign(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &page(&row), "已分派。").await,
        Err(error) => again(&ctx, error, form, &row).await,
    }
}

async fn try_assign(ctx: &Ctx, row: &CooperationRow, form: &mut Form) -> Result<Tx> {
    let worker = form.parse("worker", |text| text.parse::<i64>().map_err(|_| "请重新选择由谁办"));
    form.check()?;
    let worker = worker.ok_or(CooperationRefusal::NoWorker)?;
    let mut tx = ctx.begin_write().await?;
    assign_cooperation(&mut tx, ctx.actor()?, row, worker, ctx.now()).await?;
    Ok(tx)
}

/// `POST /aid/cooperation/{id}/answer`
pub(crate) async fn answer(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let row = seen(&ctx, &id, &form).await?;
    match try_answer(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &page(&row), "已登记答复。").await,
        Err(error) => again(&ctx, error, form, &row).await,
    }
}

async fn try_answer(ctx: &Ctx, row: &CooperationRow, form: &mut Form) -> Result<Tx> {
    let outcome = Outcome::from_text(form.get("outcome"));
    if outcome.is_none() {
        form.error("outcome", "请选择结果");
    }
    form.need("answered_on", "请填写答复日期");
    let on = form.parse("answered_on", Day::parse).unwrap_or(ctx.today());
    form.need("answer", "请写明办理的结果；退回的写明为什么");
    let words = form.text("answer", 2000);
    form.check()?;
    let outcome = outcome.ok_or(CooperationRefusal::NoAnswer)?;
    let mut tx = ctx.begin_write().await?;
    let answer = Answer { outcome, words: &words, on };
    answer_cooperation(&mut tx, ctx.actor()?, row, &answer, ctx.now()).await?;
    Ok(tx)
}

/// `POST /aid/cooperation/{id}/close`
pub(crate) async fn close(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let row = seen(&ctx, &id, &form).await?;
    match try_close(&ctx, &row).await {
        Ok(tx) => ctx.see_other(tx, &page(&row), "已归档。").await,
        Err(error) => again(&ctx, error, form, &row).await,
    }
}

async fn try_close(ctx: &Ctx, row: &CooperationRow) -> Result<Tx> {
    let mut tx = ctx.begin_write().await?;
    close_cooperation(&mut tx, ctx.actor()?, row, ctx.now()).await?;
    Ok(tx)
}

/// `POST /aid/cooperation/{id}/withdraw`
pub(crate) async fn withdraw(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let row = seen(&ctx, &id, &form).await?;
    match try_withdraw(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &page(&row), "已撤回，记录还看得到。").await,
        Err(error) => again(&ctx, error, form, &row).await,
    }
}

async fn try_withdraw(ctx: &Ctx, row: &CooperationRow, form: &mut Form) -> Result<Tx> {
    let reason = form.text("reason", 200);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    withdraw_cooperation(&mut tx, ctx.actor()?, row, &reason, ctx.now()).await?;
    Ok(tx)
}
