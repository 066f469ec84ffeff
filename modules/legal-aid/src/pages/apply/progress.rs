//! The case as the citizen sees it: what happened, what happens next and by when, what they can say about it. Whoever
//! comes back types the code and the last four of the number.

use super::{COMING_BACK, TRIES, admitted, where_to, within};
use crate::act::Act;
use crate::{
    actions::citizen::{CODE, come_back},
    case::{Decision, Stage},
    clock::{Clock, clocks, next_due},
    engagement::EngagementState,
    letter::LetterKind,
    rule::{OBJECT, Rules},
    store::{
        self, Entry, engagements,
        events::{self, Event},
        letters, rules, tickets,
    },
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Calendar, LookupCode, Moment, Result};
use web::{Ctx, Form, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/apply/progress.html")]
struct ProgressMain {
    number: String,
    code: String,
    stage: Stage,
    points: Vec<Point>,
    next: Next,
    /// What is planned, as day and place.
    diary: Vec<(&'static str, String, String, String)>,
    letters: Vec<Told>,
    wishes: Vec<LetterKind>,
    hotline: String,
}

/// Something that happened.
pub(crate) struct Point {
    at: String,
    title: &'static str,
    text: String,
}

/// What happens next, and by when.
pub(crate) struct Next {
    title: &'static str,
    text: String,
    by: String,
}

struct Told {
    title: &'static str,
    at: String,
    words: String,
    answer: String,
    answered: String,
    waits: bool,
    by: String,
}

#[derive(Template)]
#[template(path = "pages/apply/back.html")]
struct BackMain {
    form: Form,
    /// Whether a code can be sent to the telephone instead.
    sms: bool,
    hotline: String,
}

/// `GET /apply/progress`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = tickets::of_browser(&mut tx, &ctx.browser(), true, ctx.now()).await?;
    let entry = match row.as_ref().and_then(|row| row.case_id) {
        Some(case) => store::entry(&mut tx, &Reach::Region, case).await?,
        None => None,
    };
    let (Some(row), Some(entry)) = (row, entry) else {
        drop(tx);
        return door(&ctx, ctx.form(&[])).await;
    };
    let now = ctx.now();
    let db = &ctx.app.db;
    let (events, facts) = (events::of(&mut tx, entry.id).await?, entry.facts());
    let mut told = Vec::new();
    for letter in letters::of_case(&mut tx, entry.id).await? {
        told.push(Told {
            title: letter.kind.wish(),
            at: letter.written_at.chinese(),
            words: letter.words(db)?,
            answer: letter.answer(db)?,
            answered: letter.answered_at.map_or(String::new(), Moment::chinese),
            waits: letter.waits(),
            by: letter.due_at.map_or(String::new(), |at| at.day().chinese()),
        });
    }
    let rules = rules::load(&mut tx).await?;
    let mut diary = Vec::new();
    for row in engagements::of_case(&mut tx, entry.id).await? {
        if row.state == EngagementState::Planned && !entry.stage.is_over() {
            diary.push((row.kind.label(), row.said(), row.place(db)?, row.who.clone()));
        }
    }
    let reason = match entry.stage {
        Stage::Refused => parties::term_name(&mut tx, "refuse", &entry.refuse_reason, now.day()).await?,
        Stage::Ended => parties::term_name(&mut tx, "terminate", &entry.end_reason, now.day()).await?,
        _ => None,
    };
    let main = ProgressMain {
        number: entry.official_number.clone().unwrap_or_else(|| entry.id.to_string()),
        code: row.answers(db)?.get(CODE).to_owned(),
        points: points(&entry, &events, &reason.unwrap_or_default(), db)?,
        next: next(&entry, &rules, now),
        diary,
        wishes: LetterKind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_theirs())
            .filter(|kind| kind.fits(&facts) && *kind != LetterKind::Rate || rates(*kind, &entry, &told))
            .collect(),
        letters: told,
        stage: entry.stage,
        hotline: ctx.app.settings.hotline.clone(),
    };
    Ok(Page::new("我的法律援助申请", &main)?.crumb("申请法律援助", "/apply").narrow())
}

/// A rating is asked for once.
fn rates(kind: LetterKind, entry: &Entry, told: &[Told]) -> bool {
    kind == LetterKind::Rate
        && kind.fits(&entry.facts())
        && told.iter().all(|letter| letter.title != LetterKind::Rate.wish())
}

/// What happened, in plain words. Opinions of officers are not told, what they told the applicant is.
fn points(entry: &Entry, events: &[Event], reason: &str, db: &::store::Db) -> Result<Vec<Point>> {
    let mut points = vec![Point {
        at: entry.received_at.chinese(),
        title: "收到您的申请",
        text: entry.station_name.clone().unwrap_or_default(),
    }];
    for event in events {
        let Some(act) = Act::from_text(&event.act) else { continue };
        let (title, text) = match act {
            Act::Forward => ("工作站已经转到法律援助中心", String::new()),
            Act::AskSupplement => ("请您补充材料", event.words(db)?),
            Act::Supplement => ("材料补齐了", String::new()),
            Act::Decide if event.decision == Some(Decision::Grant) => ("决定给您法律援助", String::new()),
            Act::Decide if reason.is_empty() => ("决定不予法律援助", String::new()),
            Act::Decide => ("决定不予法律援助", format!("理由：{reason}")),
            Act::Reopen => ("原来的决定撤销了，重新审查", String::new()),
            Act::Resume => ("终止的决定撤销了，接着办理", String::new()),
            Act::Advance => ("情况紧急，先给您援助，手续随后补办", String::new()),
            Act::Accept => (
                "律师接手了",
                entry.lawyer_name.as_ref().map_or(String::new(), |name| format!("承办律师：{name}")),
            ),
            Act::Replace => ("正在为您更换律师", String::new()),
            Act::Meet => ("律师和您见了面", String::new()),
            Act::Progress => ("律师通报进展", event.words(db)?),
            Act::PassFile => ("案件办结", String::new()),
            Act::Archive => ("案卷已经归档", String::new()),
            Act::Withdraw => ("您撤回了申请", String::new()),
            Act::DeemWithdrawn => ("材料一直没有补齐，视为撤回；随时可以重新申请", String::new()),
            Act::Transfer => ("已经移送到应当受理的法律援助机构", event.words(db)?),
            Act::Terminate => ("法律援助终止", format!("理由：{reason}")),
            _ => continue,
        };
        points.push(Point { at: event.at.chinese(), title, text });
    }
    Ok(points)
}

fn next(entry: &Entry, rules: &Rules, now: Moment) -> Next {
    let facts = entry.facts();
    let running = clocks(&facts, rules, &Calendar::published(), now);
    let open: Vec<_> = running.into_iter().filter(Clock::is_open).collect();
    // While the applicant is asked, it is their time that runs; else what is due next.
    let due = match entry.stage {
        Stage::Supplementing => open.iter().find(|clock| clock.rule.id == crate::rule::SUPPLEMENT),
        Stage::Handling | Stage::FileReview | Stage::Pricing | Stage::Paying | Stage::Archiving => None,
        _ => next_due(&open),
    };
    let mut by = due.map_or(String::new(), |clock| clock.due.strict.day().chinese());
    let (title, text) = match entry.stage {
        Stage::AtStation => ("工作站把材料转到法律援助中心", ""),
        Stage::Reviewing | Stage::Approving => {
            ("法律援助中心审查，决定给不给援助", "有事会按您选的方式联系您。")
        }
        Stage::Supplementing => ("等您补充材料", "补齐以后接着审查。交到法律援助中心或者就近的工作站都行。"),
        Stage::Assigning => ("给您指派律师", ""),
        Stage::Offered => ("律师核对有没有利害冲突，确认接手", ""),
        Stage::Handling if facts.met_on.is_none() => ("律师约您见面", "见面时请带上全部材料原件。"),
        Stage::Handling => ("律师正在办理", "有进展律师会告诉您；很久没有消息的，请点下面的“我还有话要说”。"),
        Stage::FileReview | Stage::Pricing | Stage::Paying | Stage::Archiving => {
            ("案件已经办结，正在整理案卷", "请您评一评这次服务。")
        }
        Stage::Archived => ("已经办结", "以后再遇到事，可以重新申请。"),
        Stage::Refused => {
            let since = facts.decided.map_or(entry.received_at, |(at, _)| at);
            by = rules
                .on(OBJECT, since.day())
                .and_then(|rule| Calendar::published().due(since, rule.term).ok())
                .map_or(String::new(), |due| due.strict.day().chinese());
            ("不同意这个决定的，可以提出异议", "点下面的“我不同意这个决定”，五日内答复。")
        }
        Stage::Ended => ("这件申请已经结束", "还有困难的，可以重新申请，或者打电话问。"),
    };
    Next { title, text: text.to_owned(), by }
}

async fn door(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let sms = super::code::is_ready(ctx, &mut tx).await?;
    let main = BackMain { form, sms, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new("接着填、查进展", &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

/// `POST /apply/progress`
pub(crate) async fn open(ctx: Ctx, mut form: Form) -> Reply {
    match try_open(&ctx, &mut form).await {
        Ok((tx, to)) => ctx.see_other(tx, &to, "").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(door(&ctx, form).await?.into_response())
        }
    }
}

async fn try_open(ctx: &Ctx, form: &mut Form) -> Result<(Tx, String)> {
    within(&COMING_BACK, ctx)?;
    form.need("code", "请填写查询码或者续填码");
    let code = form.parse("code", LookupCode::parse);
    let tail = kernel::to_half_width(&form.text("tail", 8)).trim().to_owned();
    form.check()?;
    let Some(code) = code else { return Err(crate::actions::citizen::CitizenRefusal::NotFound.into()) };
    admitted(&TRIES, ctx, &code.compact())?;
    let mut tx = ctx.begin_write().await?;
    let row = come_back(&mut tx, &ctx.browser(), code, &tail, ctx.now()).await?;
    let to = match row.case_id {
        Some(_) => "/apply/progress".to_owned(),
        None => where_to(&row.answers(tx.db())?),
    };
    Ok((tx, to))
}
