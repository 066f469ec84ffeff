//! A form: as the ministry lays it out, column by column with its definition, its checks, and the cases it cannot place.

use super::{Chooser, address, form, open, period_of};
use crate::{
    Book, Column, Form, TYPE, Verdict,
    form::{Head, heads},
    print::{self, value},
};
use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Period, Scheme};
use web::{Ctx, Listing, Page, Reply, download};

/// At most so many cases that lack something are listed; the number is told.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "pages/show.html")]
struct ShowMain {
    form: &'static Form,
    book: Book,
    district: String,
    heads: Vec<Vec<Head>>,
    columns: Vec<Shown>,
    checks: Vec<Checked>,
    gaps: Vec<(String, String, &'static str)>,
    lacking: usize,
    chooser: Chooser,
    over: bool,
    previous: (String, String),
    next: Option<(String, String)>,
    export: String,
    /// Where one types, if one may.
    typing: Option<String>,
}

struct Shown {
    column: &'static Column,
    value: String,
    known: bool,
    href: Option<String>,
    definition: String,
    /// Who typed it when.
    typed: String,
}

struct Checked {
    words: String,
    formula: String,
    sides: String,
    verdict: Verdict,
    basis: &'static str,
}

/// `GET /returns/{form}`
pub(crate) async fn show(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    let form = form(&key)?;
    let period = period_of(&Listing::of(&ctx.uri), form, ctx.today())?;
    let mut tx = ctx.begin_read().await?;
    let book = open(&ctx, &mut tx, period).await?;
    let columns: Vec<&'static Column> = form.columns().collect();
    let all = if form.is_of_cases() { book.gaps() } else { Vec::new() };
    let page = if ctx.actor()?.may(legal_aid::SPECIFY) { "/particulars" } else { "" };
    let gaps = all
        .iter()
        .take(SHOWN)
        .map(|(case, lacks)| (case.number.clone(), format!("/aid/{}{page}", case.id), *lacks));
    let may_type = ctx.actor()?.may(TYPE) && form.is_typed();
    let neighbour = |period: Period| (period.label(), address(form, period, "", &[]));
    let main = ShowMain {
        form,
        district: ctx.app.settings.district.clone(),
        heads: heads(&columns),
        columns: columns.iter().map(|column| shown(&book, form, column)).collect(),
        checks: book.verdicts(form).into_iter().map(|(check, verdict)| checked(check, verdict)).collect(),
        gaps: gaps.collect(),
        lacking: all.len(),
        chooser: Chooser::new(period, ctx.today()),
        over: book.is_over(ctx.today()),
        previous: neighbour(period.previous()),
        next: Some(period.next()).filter(|next| next.first() <= ctx.today()).map(neighbour),
        export: address(form, period, "/form.xlsx", &[]),
        typing: may_type.then(|| address(form, period, "/typed", &[])),
        book,
    };
    Ok(Page::new(format!("{}（{}）", form.title, period.label()), &main)?
        .crumb("司法部报表", "/returns")
        .landscape())
}

fn shown(book: &Book, form: &Form, column: &'static Column) -> Shown {
    let known = book.cell(column.place()).value().is_some();
    let number = column.number.to_string();
    let opens = known && column.count().is_some();
    let typed = book.typed(column).filter(|typed| typed.value.is_some());
    Shown {
        value: value(book, column),
        known,
        href: opens.then(|| address(form, book.period, "/rows", &[("column", &number)])),
        definition: column.definition(),
        typed: typed.map_or(String::new(), |typed| {
            format!("人工填报：{}，{}", typed.typed_name, typed.typed_at.chinese())
        }),
        column,
    }
}

fn checked(check: &crate::Check, verdict: Verdict) -> Checked {
    let side = |value: i64| if check.is_money() { crate::ten_thousands(value) } else { value.to_string() };
    let sign = check.holds.relation.sign();
    let sides = match verdict {
        Verdict::Holds(left, right) => format!("{} {sign} {}", side(left), side(right)),
        Verdict::Broken(left, right) => format!("{} 应当 {sign} {}", side(left), side(right)),
        Verdict::Open | Verdict::NotNeeded => String::new(),
    };
    Checked { words: check.words(), formula: check.to_string(), sides, verdict, basis: check.basis.label() }
}

/// `GET /returns/{form}/form.xlsx`
pub(crate) async fn export(ctx: Ctx, Path(key): Path<String>) -> Reply<Response> {
    let form = form(&key)?;
    let period = period_of(&Listing::of(&ctx.uri), form, ctx.today())?;
    let mut tx = ctx.begin_read().await?;
    let book = open(&ctx, &mut tx, period).await?;
    let bytes = print::workbook(&book, &[form], &ctx.app.settings.district, ctx.today())?;
    let name = format!("{}{}.xlsx", form.title, period.label());
    Ok(download(super::XLSX, &name, bytes))
}
