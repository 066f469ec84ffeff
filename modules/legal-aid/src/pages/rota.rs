//! The rota of a month: who sits where on which day. A lawyer sees the month of the places, and names for the own turns
//! only.

use crate::{
    ROTA,
    actions::rota::gaps_of,
    rota::{Half, Post, TurnState},
    store::turns::{self, Month, PostRow, Sat, TurnRow},
};
use ::store::Tx;
use askama::Template;
use axum::response::Response;
use counsel::Lawyer;
use kernel::{Calendar, Day, DayKind, Id, Result};
use web::{Cell, Ctx, Listing, Page, Reach, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/rota.html")]
struct RotaMain {
    listing: Listing,
    month: Day,
    posts: Vec<PostRow>,
    /// The columns: the places that are shown.
    columns: Vec<String>,
    /// From today on; of a month that is over, all.
    ahead: Vec<Line>,
    /// What is over in this month.
    earlier: Vec<Line>,
    /// How often each sits in this month, and in the year.
    counts: Vec<(String, i64, i64)>,
    /// Lawyers to choose from.
    lawyers: Vec<(String, String)>,
    may_plan: bool,
    own: bool,
    gaps: usize,
}

/// A day with what is at each place.
struct Line {
    day: Day,
    /// 节假日 or 调休上班, with the holiday's name.
    note: String,
    today: bool,
    spots: Vec<Spot>,
}

/// A place on a day.
struct Spot {
    /// What it is called where the table is a list: the kind, which is short.
    label: &'static str,
    /// The name, where several of that kind are shown.
    organ: String,
    sits: Vec<Sits>,
}

/// Somebody sits there.
struct Sits {
    half: Half,
    name: String,
    href: Option<String>,
    own: bool,
    state: TurnState,
    gap: bool,
}

/// The month an address asks for: 2022-05; else that of the day.
pub(super) fn month_of(text: Option<&str>, today: Day) -> Day {
    let asked = text.and_then(|text| Day::parse(&format!("{text}-01")).ok());
    asked.unwrap_or(today).first_of_month()
}

/// A month as addresses and fields have it: 2022-05.
pub(super) fn month_text(month: Day) -> String {
    month.to_string().chars().take(7).collect()
}

fn wanted(listing: &Listing, today: Day) -> Month {
    Month {
        first: month_of(listing.get("month"), today),
        post: listing.get("post").and_then(|id| id.parse::<Id<Post>>().ok()),
        lawyer: listing.get("lawyer").and_then(|id| id.parse::<Id<Lawyer>>().ok()),
        all: listing.get("all").is_some(),
    }
}

/// Whose turns are named: everybody's, or one lawyer's.
fn whose(reach: &Reach) -> Option<i64> {
    match reach {
        Reach::Lawyer(own) => Some(*own),
        _ => None,
    }
}

/// `GET /aid/rota`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let own = whose(&actor.reach());
    let today = ctx.today();
    let mut month = wanted(&listing, today);
    if own.is_some() {
        month.lawyer = month.lawyer.filter(|lawyer| Some(lawyer.raw()) == own);
        month.all = false;
    }
    let mut tx = ctx.begin_read().await?;
    let posts = turns::posts(&mut tx).await?;
    let rows = turns::of_month(&mut tx, &Reach::Region, month).await?;
    let shown: Vec<PostRow> = posts
        .iter()
        .filter(|post| month.post.is_none_or(|id| id == post.id))
        .filter(|post| post.is_active() || rows.iter().any(|row| row.post_id == post.id))
        .cloned()
        .collect();
    let (counts, lawyers) = match own {
        Some(_) => (Vec::new(), Vec::new()),
        None => counted(&mut tx, month.first).await?,
    };
    let lines = lines(&shown, &rows, month, today, own)?;
    let gaps = lines
        .iter()
        .flat_map(|line| line.spots.iter().flat_map(|spot| &spot.sits))
        .filter(|sits| sits.gap)
        .count();
    let over = month.first.last_of_month() < today;
    let (earlier, ahead) = lines.into_iter().partition(|line| !over && line.day < today);
    let main = RotaMain {
        month: month.first,
        columns: shown.iter().map(|post| post.organ.clone()).collect(),
        ahead,
        earlier,
        counts,
        lawyers,
        posts,
        may_plan: actor.may(ROTA),
        own: own.is_some(),
        gaps,
        listing,
    };
    Ok(Page::new("值班排班", &main)?.crumb("法律援助", "/aid").landscape())
}

/// How often each sits in the month and in its year, and the lawyers of the month to choose from.
async fn counted(tx: &mut Tx, first: Day) -> Result<(Vec<(String, i64, i64)>, Vec<(String, String)>)> {
    let year = Day::new(first.year(), 1, 1).unwrap_or(first);
    let of_year = turns::sat(tx, year, year.add_months(12).add_days(-1)).await?;
    let of_month: Vec<Sat> = turns::sat(tx, first, first.last_of_month()).await?;
    let all = |sat: &Sat| of_year.iter().find(|year| year.lawyer_id == sat.lawyer_id).map_or(0, |y| y.turns);
    let counts = of_month.iter().map(|sat| (sat.lawyer_name.clone(), sat.turns, all(sat))).collect();
    let lawyers = of_month.iter().map(|sat| (sat.lawyer_id.to_string(), sat.lawyer_name.clone())).collect();
    Ok((counts, lawyers))
}

/// The days of a month on which somebody sits somewhere; where a month was published, also where nobody does.
fn lines(
    posts: &[PostRow],
    rows: &[TurnRow],
    month: Month,
    today: Day,
    own: Option<i64>,
) -> Result<Vec<Line>> {
    let calendar = Calendar::published();
    let gaps_shown = own.is_none() && month.lawyer.is_none() && !rows.is_empty();
    let last = month.first.last_of_month();
    let mut lines = Vec::new();
    for ahead in 0..=month.first.days_until(last) {
        let day = month.first.add_days(ahead);
        let mut spots = Vec::new();
        for post in posts {
            let here = rows.iter().filter(|row| row.post_id == post.id && row.on_day == day);
            let mut there: Vec<Sits> = here.map(|row| sits(row, own)).collect();
            if gaps_shown && day >= today && post.is_active() {
                let standing: Vec<TurnRow> =
                    rows.iter().filter(|row| row.is_planned() && row.on_day == day).cloned().collect();
                let missing = gaps_of(post, day, &standing, &calendar)?;
                there.extend(missing.iter().filter(|slot| slot.on == day).map(|slot| gap(slot.half)));
            }
            let alike = posts.iter().filter(|other| other.place == post.place).count();
            let organ = if alike > 1 { post.organ.clone() } else { String::new() };
            spots.push(Spot { label: post.place.label(), organ, sits: there });
        }
        if spots.iter().all(|spot| spot.sits.is_empty()) {
            continue;
        }
        let note = match calendar.kind(day) {
            Some(DayKind::Holiday) => calendar.holiday_name(day).unwrap_or("节假日").to_owned(),
            Some(DayKind::AdjustedWorking) => DayKind::AdjustedWorking.label().to_owned(),
            _ => String::new(),
        };
        lines.push(Line { day, note, today: day == today, spots });
    }
    Ok(lines)
}

fn sits(row: &TurnRow, own: Option<i64>) -> Sits {
    let mine = own == Some(row.lawyer_id.raw());
    let named = own.is_none() || mine;
    Sits {
        half: row.half,
        name: if named { row.lawyer_name.clone() } else { "其他律师".to_owned() },
        href: named.then(|| format!("/aid/rota/turns/{}", row.id)),
        own: mine,
        state: row.state,
        gap: false,
    }
}

fn gap(half: Half) -> Sits {
    Sits { half, name: "没有人".to_owned(), href: None, own: false, state: TurnState::Planned, gap: true }
}

impl RotaMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid/rota.xlsx", &[])
    }

    fn month_value(&self) -> String {
        month_text(self.month)
    }

    /// The same a month earlier or later.
    fn beside(&self, months: i32) -> String {
        self.listing.link(&[("month", month_text(self.month.add_months(months)).as_str())])
    }

    fn title(&self) -> String {
        format!("{}年{}月", self.month.year(), self.month.month())
    }

    fn parts(&self) -> [(&'static str, &Vec<Line>); 2] {
        [("", &self.ahead), ("本月已过去的", &self.earlier)]
    }
}

/// `GET /aid/rota.xlsx`: a lawyer takes the own turns away.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let month = wanted(&listing, ctx.today());
    let mut tx = ctx.begin_read().await?;
    let rows = turns::of_month(&mut tx, &ctx.actor()?.reach(), month).await?;
    let columns = [
        ("日期", 14.0),
        ("星期", 10.0),
        ("时段", 8.0),
        ("值班点", 14.0),
        ("机关、地点", 30.0),
        ("值班律师", 14.0),
        ("状态", 10.0),
        ("换班、取消的原因", 30.0),
    ];
    let title = format!("{}年{}月", month.first.year(), month.first.month());
    let sheet = Sheet {
        name: title.clone(),
        title: format!("{}{title}法律援助值班表", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 次", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(cells).collect(),
    };
    Ok(workbook(&format!("法律援助值班表{}.xlsx", month_text(month.first)), &[sheet])?)
}

fn cells(row: &TurnRow) -> Vec<Cell> {
    vec![
        row.on_day.to_string().into(),
        row.on_day.weekday_label().into(),
        row.half.label().into(),
        row.place.label().into(),
        row.organ.as_str().into(),
        row.lawyer_name.as_str().into(),
        row.state.label().into(),
        row.reason.as_str().into(),
    ]
}
