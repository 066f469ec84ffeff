//! The rows behind a column: cases, consultations, stations or complaints, with what each adds, and their sum.

use super::{address, form, open, period_of};
use crate::{
    Book, Column, Form,
    column::About,
    counted::{Case, Consultation},
    store::{self, ConsultationFact},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Fault, Id, Moment, Period, Refusal, Result};
use std::collections::BTreeMap;
use web::{Cell, Ctx, EXPORT_CAP, Listing, Page, Reply, Sheet, SheetColumn, download, exported, xlsx};

/// So many rows stand on a page.
const SIZE: usize = 100;

#[derive(Template)]
#[template(path = "pages/rows.html")]
struct RowsMain {
    form: &'static Form,
    column: &'static Column,
    period: Period,
    heads: [&'static str; 4],
    lines: Vec<Line>,
    from: usize,
    total: usize,
    /// What the column counts, and what the rows come to.
    counted: String,
    typed: Option<String>,
    back: String,
    export: String,
    previous: Option<String>,
    next: Option<String>,
}

/// A row with its name, its page, and what it adds.
struct Line {
    name: String,
    href: Option<String>,
    first: String,
    second: String,
    adds: i64,
}

/// What an address asks for.
struct Asked {
    form: &'static Form,
    column: &'static Column,
    book: Book,
}

impl Asked {
    async fn of(ctx: &Ctx, tx: &mut Tx, key: &str, listing: &Listing) -> Result<Self> {
        let form = form(key)?;
        let number = listing.get("column").and_then(|text| text.parse().ok());
        let column = number.and_then(|number| form.column(number)).filter(|column| column.count().is_some());
        let column =
            column.ok_or_else(|| Refusal::not_found("这张表没有这一栏，或者这一栏没有可以打开的记录。"))?;
        let period = period_of(listing, form, ctx.today())?;
        Ok(Self { form, column, book: open(ctx, tx, period).await? })
    }

    fn about(&self) -> About {
        self.column.count().map_or(About::Case, |count| count.set.about())
    }

    fn heads(&self) -> [&'static str; 4] {
        let adds = if self.column.is_money() { "元" } else { "数" };
        match self.about() {
            About::Case => ["案件", "镇（街道）", "事项、日期", adds],
            About::Consultation => ["咨询记录", "方式、日期", "事项", adds],
            About::Station => ["工作站", "镇（街道）", "工作人员", adds],
            About::Complaint => ["投诉", "所在案件", "提交时间", adds],
        }
    }

    /// Every row; consultations are read one by one, at most so many.
    async fn lines(&self, tx: &mut Tx, today: kernel::Day) -> Result<Vec<Line>> {
        Ok(match self.about() {
            About::Case => {
                let matters = terms(tx, "aid_matter", today).await?;
                self.book
                    .cases_of(self.column)
                    .into_iter()
                    .map(|(case, adds)| case_line(case, adds, &matters))
                    .collect()
            }
            About::Consultation => {
                let topics = terms(tx, "consult_topic", today).await?;
                self.facts(tx).await?.iter().map(|fact| consultation_line(fact, &topics)).collect()
            }
            About::Station => {
                let meant =
                    self.book.stations.iter().filter(|station| {
                        self.column.count().is_some_and(|count| count.takes_station(station))
                    });
                meant
                    .map(|station| Line {
                        name: station.name.clone(),
                        href: Some(format!("/manage/stations/{}", number(station.id))),
                        first: station.town_name.clone(),
                        second: format!("{} 人", station.staff),
                        adds: 1,
                    })
                    .collect()
            }
            About::Complaint => {
                let all = self.book.complaints.iter();
                all.map(|complaint| Line {
                    name: number(complaint.id),
                    href: Some(format!("/aid/{}", complaint.case_id)),
                    first: complaint.case_id.to_string(),
                    second: complaint.written_at.local(),
                    adds: 1,
                })
                .collect()
            }
        })
    }

    /// The facts of the consultations that the column means.
    async fn facts(&self, tx: &mut Tx) -> Result<Vec<ConsultationFact>, Fault> {
        const BATCH: i64 = 5_000;
        let Some(count) = self.column.count() else { return Ok(Vec::new()) };
        let meant = |row: &&Consultation| count.takes_consultation(row);
        let kinds: Vec<(&str, &str)> = self
            .book
            .consultations
            .iter()
            .filter(meant)
            .map(|row| (row.measure.as_str(), row.matter.as_str()))
            .collect();
        let (mut found, mut after) = (Vec::new(), (self.book.period.first(), 0));
        loop {
            let some = store::consultation_facts(tx, self.book.period, after, BATCH).await?;
            let Some(last) = some.last() else { break };
            after = (last.day, last.id);
            found.extend(some.into_iter().filter(|fact| kinds.contains(&(&fact.measure, &fact.matter))));
        }
        Ok(found)
    }
}

async fn terms(tx: &mut Tx, list: &str, day: kernel::Day) -> Result<BTreeMap<String, String>, Fault> {
    Ok(store::terms(tx, list, day).await?.into_iter().collect())
}

fn number(raw: i64) -> String {
    Id::<()>::from_raw(raw).map_or_else(|| raw.to_string(), |id| id.to_string())
}

fn case_line(case: &Case, adds: i64, matters: &BTreeMap<String, String>) -> Line {
    let matter = matters.get(&case.matter).unwrap_or(&case.matter);
    Line {
        name: case.number.clone(),
        href: Some(format!("/aid/{}", case.id)),
        first: case.town_name.clone(),
        second: format!("{matter}，{}", case.day),
        adds,
    }
}

const CALL_BACK: &str = "回电";

fn consultation_line(fact: &ConsultationFact, topics: &BTreeMap<String, String>) -> Line {
    let way = match fact.measure.as_str() {
        "callbacks.done" => CALL_BACK,
        "advisers.consultations.wechat" => "微信群咨询",
        _ => "电话咨询",
    };
    let topic = topics.get(&fact.matter).cloned().unwrap_or_else(|| "没有注明".to_owned());
    Line {
        name: number(fact.source_id),
        // Call-backs are open to those who call, not to everybody who sees the forms.
        href: (way != CALL_BACK).then(|| format!("/services/{}", number(fact.source_id))),
        first: format!("{way}，{}", fact.day),
        second: topic,
        adds: fact.quantity,
    }
}

/// `GET /returns/{form}/rows`
pub(crate) async fn show(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let asked = Asked::of(&ctx, &mut tx, &key, &listing).await?;
    let lines = asked.lines(&mut tx, ctx.today()).await?;
    let total = lines.len();
    let from = listing.get("from").and_then(|text| text.parse().ok()).unwrap_or(0usize).min(total);
    let lines: Vec<Line> = lines.into_iter().skip(from).take(SIZE).collect();
    let column = asked.column.number.to_string();
    let at = |from: usize| {
        let from = from.to_string();
        address(asked.form, asked.book.period, "/rows", &[("column", column.as_str()), ("from", &from)])
    };
    let cell = asked.book.cell(asked.column.place());
    let main = RowsMain {
        form: asked.form,
        column: asked.column,
        period: asked.book.period,
        heads: asked.heads(),
        counted: crate::shown(asked.column, cell.counted.unwrap_or(0)),
        typed: cell.typed.map(|typed| crate::shown(asked.column, typed)),
        back: address(asked.form, asked.book.period, "", &[]),
        export: address(asked.form, asked.book.period, "/rows.xlsx", &[("column", &column)]),
        previous: (from > 0).then(|| at(from.saturating_sub(SIZE))),
        next: (from + lines.len() < total).then(|| at(from + SIZE)),
        from,
        total,
        lines,
    };
    let title = format!("{}第{}栏的记录", asked.form.title, asked.column.number);
    Ok(Page::new(title, &main)?.crumb("司法部报表", "/returns").crumb(asked.form.title, &main.back))
}

/// `GET /returns/{form}/rows.xlsx`
pub(crate) async fn export(ctx: Ctx, Path(key): Path<String>) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let asked = Asked::of(&ctx, &mut tx, &key, &listing).await?;
    let mut lines = asked.lines(&mut tx, ctx.today()).await?;
    lines.truncate(usize::try_from(EXPORT_CAP + 1).unwrap_or(usize::MAX));
    let lines = exported(lines)?;
    let [name, first, second, adds] = asked.heads();
    let (form, column, period) = (asked.form, asked.column, asked.book.period);
    let sheet = Sheet {
        name: format!("{}第{}栏", form.key, column.number),
        title: format!("{}第{}栏：{}", form.title, column.number, column.title()),
        subtitle: format!(
            "{}（{}）　截至 {}",
            period.label(),
            period.span_label(),
            Moment::chinese(ctx.now())
        ),
        columns: vec![
            SheetColumn::text(name, 26.0),
            SheetColumn::text(first, 22.0),
            SheetColumn::text(second, 48.0),
            SheetColumn::sum(adds, 12.0),
        ],
        rows: lines
            .into_iter()
            .map(|line| {
                vec![line.name.into(), line.first.into(), line.second.into(), Cell::Number(line.adds)]
            })
            .collect(),
    };
    let name = format!("{}{}第{}栏.xlsx", form.title, period.label(), column.number);
    Ok(download(super::XLSX, &name, xlsx(&[sheet])?))
}
