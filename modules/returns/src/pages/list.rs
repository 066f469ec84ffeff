//! The list of the forms: their period, what their checks say, and the way to each.

use super::{Chooser, address, chosen, open};
use crate::{FORMS, Form, Verdict, usual_period};
use askama::Template;
use kernel::{Period, Scheme};
use std::collections::BTreeMap;
use web::{Ctx, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    chooser: Option<Chooser>,
    /// What the chooser shows.
    shown: Chooser,
    lines: Vec<Line>,
    broken: usize,
}

struct Line {
    form: &'static Form,
    period: Period,
    href: String,
    export: String,
    holds: usize,
    broken: usize,
    open: usize,
}

/// `GET /returns`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let (today, wanted) = (ctx.today(), chosen(&listing)?);
    let mut tx = ctx.begin_read().await?;
    let mut books = BTreeMap::new();
    let mut lines = Vec::new();
    for form in FORMS {
        let period = wanted.unwrap_or_else(|| usual_period(form, today));
        if let std::collections::btree_map::Entry::Vacant(e) = books.entry(period) {
            e.insert(open(&ctx, &mut tx, period).await?);
        }
        let verdicts = books.get(&period).map(|book| book.verdicts(form)).unwrap_or_default();
        let count =
            |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, verdict)| wanted(verdict)).count();
        lines.push(Line {
            form,
            period,
            href: address(form, period, "", &[]),
            export: address(form, period, "/form.xlsx", &[]),
            holds: count(|verdict| matches!(verdict, Verdict::Holds(..) | Verdict::NotNeeded)),
            broken: count(|verdict| matches!(verdict, Verdict::Broken(..))),
            open: count(|verdict| *verdict == Verdict::Open),
        });
    }
    let shown = wanted.unwrap_or_else(|| usual_period(&FORMS[1], today));
    let main = ListMain {
        chooser: wanted.map(|period| Chooser::new(period, today)),
        shown: Chooser::new(shown, today),
        broken: lines.iter().map(|line| line.broken).sum(),
        lines,
    };
    Page::new("司法部报表", &main)
}
