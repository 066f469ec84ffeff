//! The work list: what ends first on top, the green channel before everything; search, filters, paging, export.

use super::{matter_name, matters};
use crate::{
    ASSIGN, CAMPAIGN, TAKE,
    case::Stage,
    rule,
    store::{self, CaseRow},
};
use askama::Template;
use axum::response::Response;
use kernel::Moment;
use places::Town;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    listing: Listing,
    towns: Vec<Town>,
    matters: Vec<(String, String)>,
    rows: Vec<Line>,
    pager: Pager,
    may_take: bool,
    may_assign: bool,
    may_campaign: bool,
}

struct Line {
    row: CaseRow,
    matter: String,
    due: Option<Due>,
    /// Whether this person can assign it from here.
    assign: bool,
}

/// The end of the clock that ends first, as people read it.
struct Due {
    day: String,
    title: &'static str,
    badge: &'static str,
    word: String,
}

fn due(row: &CaseRow, now: Moment) -> Option<Due> {
    let end = row.due()?;
    let title = rule::title(&row.due_rule);
    let days = now.day().days_until(end.day());
    let (badge, word) = match days {
        _ if now > end => ("bad", format!("逾期 {} 天", (-days).max(1))),
        0 => ("warn", "今天到期".to_owned()),
        1 => ("warn", "明天到期".to_owned()),
        _ => ("info", format!("还有 {days} 天")),
    };
    Some(Due { day: end.day().to_string(), title, badge, word })
}

/// `GET /aid`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    let matters = matters(&ctx, &mut tx).await?;
    let (rows, total) = store::work_list::list(&mut tx, &actor.reach(), &listing, ctx.now()).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.urgency.to_string(), row.id.raw()));
    let now = ctx.now();
    let rows = rows.into_iter().map(|row| Line {
        matter: matter_name(&matters, &row.matter),
        due: due(&row, now),
        assign: row.stage == Stage::Assigning && actor.may(ASSIGN),
        row,
    });
    let main = ListMain {
        rows: rows.collect(),
        listing,
        towns,
        matters,
        pager,
        may_take: actor.may(TAKE),
        may_assign: actor.may(ASSIGN),
        may_campaign: actor.may(CAMPAIGN),
    };
    Page::new("法律援助", &main)
}

/// `GET /aid.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let matters = matters(&ctx, &mut tx).await?;
    let rows = store::work_list::whole_list(&mut tx, &ctx.actor()?.reach(), &listing, ctx.now()).await?;
    let now = ctx.now();
    let columns = [
        ("编号", 16.0),
        ("案号", 24.0),
        ("申请人", 14.0),
        ("镇（街道）", 16.0),
        ("事项", 34.0),
        ("办理阶段", 14.0),
        ("绿色通道", 9.0),
        ("收到日期", 12.0),
        ("承办人", 12.0),
        ("最近到期", 12.0),
        ("到期事项", 20.0),
        ("是否逾期", 12.0),
    ];
    let sheet = Sheet {
        name: "法律援助案件".to_owned(),
        title: format!("{}法律援助案件清单", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 件", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(|row| cells(row, &matters, now)).collect(),
    };
    Ok(workbook("法律援助案件清单.xlsx", &[sheet])?)
}

fn cells(row: &CaseRow, matters: &[(String, String)], now: Moment) -> Vec<Cell> {
    let due = due(row, now);
    let told = |of: &dyn Fn(&Due) -> String| due.as_ref().map_or(String::new(), of);
    vec![
        row.id.to_string().into(),
        row.official_number.clone().unwrap_or_default().into(),
        row.applicant.as_str().into(),
        row.town_name.as_str().into(),
        matter_name(matters, &row.matter).into(),
        row.stage.label().into(),
        if row.green { "是" } else { "" }.into(),
        row.received_at.day().to_string().into(),
        row.lawyer_name.clone().unwrap_or_default().into(),
        told(&|due| due.day.clone()).into(),
        told(&|due| due.title.to_owned()).into(),
        told(&|due| due.word.clone()).into(),
    ]
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid.xlsx", &[])
    }
}
