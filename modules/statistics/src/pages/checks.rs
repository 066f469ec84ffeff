//! 数据核对: every check with what it found, how that changes, why it matters; the findings of one; running them now.

use crate::{
    quality::{self, JOB, MOST_KEPT, Trend},
    store::checks::{self, CheckDay, FindingRow},
};
use ::store::{Tx, jobs};
use askama::Template;
use axum::{extract::Path, http::Method, response::Response};
use kernel::{Day, Moment, Refusal, Result};
use std::collections::BTreeMap;
use web::{
    Access, Cell, Check, Ctx, Form, Html, Listing, Page, Pager, Reply, Sheet, SheetColumn, chart,
    chart::thousands,
};

#[derive(Template)]
#[template(path = "pages/checks.html")]
struct ChecksMain {
    form: Form,
    may_run: bool,
    running: Option<Progress>,
    last_run: Option<String>,
    failed: bool,
    groups: [(&'static str, Vec<Line>); 4],
    day: Day,
}

/// How far a run has come.
struct Progress {
    done: usize,
    all: usize,
}

/// One check in the list.
struct Line {
    check: Check,
    trend: Trend,
    line: Html,
}

impl Line {
    fn of(check: Check, rows: &BTreeMap<&str, Vec<CheckDay>>) -> Self {
        let trend = Trend::of(rows.get(check.id).map_or(&[], Vec::as_slice));
        let line = chart::spark(&trend.days.iter().map(|(_, found)| *found).collect::<Vec<_>>(), "处");
        Self { check, trend, line }
    }

    fn state(&self) -> (&'static str, &'static str) {
        state(&self.check, &self.trend)
    }

    fn count(&self) -> String {
        self.trend.now().map_or_else(|| "—".to_owned(), thousands)
    }

    fn change(&self) -> String {
        change(&self.trend)
    }
}

/// The class and the word of a check's state.
fn state(check: &Check, trend: &Trend) -> (&'static str, &'static str) {
    match (trend.now(), &trend.last) {
        (None, None) => ("muted", "还没有核对"),
        (None, Some(_)) => ("bad", "没有做成"),
        (Some(0), _) => ("ok", "正常"),
        (Some(_), _) if check.grave => ("bad", "有误"),
        (Some(_), _) => ("warn", "待办"),
    }
}

fn change(trend: &Trend) -> String {
    match trend.change() {
        None => "—".to_owned(),
        Some(0) => "没有变化".to_owned(),
        Some(more) if more > 0 => format!("▲ 多 {} 处", thousands(more)),
        Some(fewer) => format!("▼ 少 {} 处", thousands(-fewer)),
    }
}

/// `GET /checks`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let day = ctx.today();
    let rows = checks::since(&mut tx, day.add_days(-quality::TREND_DAYS)).await?;
    let run = jobs::runs(&mut tx).await?.into_iter().find(|run| run.job == JOB);
    let all = web::checks(&ctx.app.modules);
    let running = run.as_ref().filter(|run| run.finished_at.is_none() || asked(run.taken_at)).map(|run| {
        let since = if asked(run.taken_at) { Moment::from_micros(i64::MAX) } else { run.taken_at };
        let done = rows.iter().filter(|row| row.day == day && row.ran_at >= since).count();
        Progress { done: done.min(all.len()), all: all.len() }
    });
    let mut by_check: BTreeMap<&str, Vec<CheckDay>> = BTreeMap::new();
    for row in &rows {
        by_check.entry(&row.check_key).or_default().push(row.clone());
    }
    let mut groups =
        [("有误", Vec::new()), ("待办", Vec::new()), ("正常", Vec::new()), ("还没有核对", Vec::new())];
    for check in all {
        let line = Line::of(check, &by_check);
        let group = match (line.trend.now(), &line.trend.last) {
            (None, None) => 3,
            (Some(0), _) => 2,
            (Some(_), _) if !line.check.grave => 1,
            _ => 0,
        };
        groups[group].1.push(line);
    }
    let last_run = rows.iter().map(|row| row.ran_at).max().map(Moment::chinese);
    let failed = run.is_some_and(|run| run.failed);
    let may_run = ctx.actor()?.may(crate::CHECKS_RUN);
    let main = ChecksMain { form: ctx.form(&[]), may_run, running, last_run, failed, groups, day };
    Page::new("数据核对", &main)
}

/// Whether somebody asked for a run that has not begun.
fn asked(taken_at: Moment) -> bool {
    taken_at.micros() == 0
}

/// `POST /checks`: the clockwork runs them within a minute; nobody waits for the page.
pub(crate) async fn run(ctx: Ctx) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let taken = jobs::hasten(&mut tx, JOB).await?;
    let done = if taken {
        "已安排，一分钟内开始核对。"
    } else {
        "正在核对，请稍候刷新查看。"
    };
    ctx.see_other(tx, "/checks", done).await
}

#[derive(Template)]
#[template(path = "pages/check.html")]
struct CheckMain {
    check: Check,
    state: (&'static str, &'static str),
    count: String,
    change: String,
    clean: Option<Day>,
    dirty: Option<Day>,
    columns: Option<Html>,
    rows: Vec<Shown>,
    pager: Pager,
    /// How many are listed, when there are more.
    listed: Option<usize>,
    ran: bool,
}

struct Shown {
    row: FindingRow,
    href: Option<String>,
}

/// `GET /checks/{key}`
pub(crate) async fn show(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    let check = named(&ctx, &key)?;
    let mut tx = ctx.begin_read().await?;
    let listing = Listing::of(&ctx.uri);
    let trend = trend(&mut tx, &ctx, &check).await?;
    let (clean, dirty) = checks::clean_and_dirty(&mut tx, check.id).await?;
    let count = trend.now().unwrap_or(0);
    let rows = checks::findings_page(&mut tx, check.id, &listing).await?;
    let (rows, pager) = listing.page(rows, count, |row| (String::new(), row.nth));
    let rows = rows
        .into_iter()
        .map(|row| Shown { href: row.href.clone().filter(|href| may_open(&ctx, href)), row })
        .collect();
    let points: Vec<(String, i64)> = trend
        .days
        .iter()
        .rev()
        .take(7)
        .rev()
        .map(|(day, n)| (format!("{}.{}", day.month(), day.day()), *n))
        .collect();
    let columns = (points.len() > 1).then(|| chart::columns("最近几次的处数", &points, "处"));
    let main = CheckMain {
        state: state(&check, &trend),
        change: change(&trend),
        ran: trend.last.is_some(),
        listed: usize::try_from(count).ok().filter(|count| *count > MOST_KEPT).map(|_| MOST_KEPT),
        check,
        count: thousands(count),
        clean,
        dirty,
        columns,
        rows,
        pager,
    };
    Ok(Page::new(format!("数据核对：{}", main.check.title), &main)?.crumb("数据核对", "/checks"))
}

/// `GET /checks/{key}/findings.xlsx`
pub(crate) async fn export(ctx: Ctx, Path(key): Path<String>) -> Reply<Response> {
    let check = named(&ctx, &key)?;
    let mut tx = ctx.begin_read().await?;
    let trend = trend(&mut tx, &ctx, &check).await?;
    let rows = checks::findings(&mut tx, check.id).await?;
    let day = trend.last.as_ref().map_or_else(|| "还没有核对".to_owned(), |row| row.day.to_string());
    let address = |href: Option<String>| href.map_or(Cell::Empty, |href| Cell::from(ctx.staff_url(&href)));
    let title = format!("数据核对：{}", check.title);
    let sheet = Sheet {
        name: "发现".to_owned(),
        title: title.clone(),
        subtitle: format!(
            "核对日：{day}　共 {} 处　办法：{}",
            thousands(trend.now().unwrap_or(0)),
            check.mend
        ),
        columns: vec![SheetColumn::text("发现", 60.0), SheetColumn::text("在哪里改", 48.0)],
        rows: rows.into_iter().map(|row| vec![Cell::from(row.what), address(row.href)]).collect(),
    };
    Ok(super::view::workbook(&title, &[sheet])?)
}

fn named(ctx: &Ctx, key: &str) -> Result<Check> {
    let check = web::checks(&ctx.app.modules).into_iter().find(|check| check.id == key);
    Ok(check.ok_or_else(|| Refusal::not_found("没有这项核对。请返回“数据核对”查看。"))?)
}

async fn trend(tx: &mut Tx, ctx: &Ctx, check: &Check) -> Result<Trend> {
    let mut rows = checks::since(tx, ctx.today().add_days(-quality::TREND_DAYS)).await?;
    rows.retain(|row| row.check_key == check.id);
    Ok(Trend::of(&rows))
}

/// Whether this person may open the page that a finding points at: whoever keeps the system sees no business pages.
fn may_open(ctx: &Ctx, href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let fits = |pattern: &str| {
        let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(part), Some(text)) if part == text || part.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let mut pages = ctx.app.modules.iter().flat_map(|module| module.routes.specs());
    let page = pages.find(|spec| spec.method == Method::GET && fits(spec.path));
    page.is_some_and(|spec| match spec.access {
        Access::Anyone | Access::LoggedIn => true,
        Access::Holding(permission) => ctx.actor.as_ref().is_some_and(|actor| actor.may(permission)),
    })
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
