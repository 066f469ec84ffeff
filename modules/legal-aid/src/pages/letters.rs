//! What applicants wrote, for officers: those that wait first, and the answer.

use crate::{
    actions::citizen::{CitizenRefusal, answer_letter, note_letter},
    letter::{Letter, LetterKind, RATINGS},
    store::{
        Entry,
        letters::{self, LetterRow},
        rules,
    },
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Moment, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/letters.html")]
struct ListMain {
    listing: Listing,
    rows: Vec<LetterRow>,
    pager: Pager,
    now: Moment,
}

/// `GET /aid/letters`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = letters::list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.place().to_string(), row.id.raw()));
    let main = ListMain { listing, rows, pager, now: ctx.now() };
    Ok(Page::new("申请人来信", &main)?.crumb("法律援助", "/aid"))
}

/// `GET /aid/letters.xlsx`: who wrote what kind of letter when, and whether it was answered; not the words, which were
/// said in confidence.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = letters::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let now = ctx.now();
    let columns = [
        ("编号", 16.0),
        ("案件编号", 16.0),
        ("申请人", 14.0),
        ("内容", 16.0),
        ("镇（街道）", 16.0),
        ("收到", 18.0),
        ("最晚答复", 12.0),
        ("状态", 10.0),
        ("答复时间", 18.0),
        ("答复人", 14.0),
    ];
    let sheet = Sheet {
        name: "申请人来信".to_owned(),
        title: format!("{}法律援助申请人来信清单", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 封", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(|row| cells(row, now)).collect(),
    };
    Ok(workbook("法律援助申请人来信清单.xlsx", &[sheet])?)
}

fn cells(row: &LetterRow, now: Moment) -> Vec<Cell> {
    let state = match row {
        row if late(row, now) => "逾期",
        row if row.waits() => "等答复",
        row if row.rating.is_some() => "已评价",
        _ => "已答复",
    };
    vec![
        row.id.to_string().into(),
        row.case_id.to_string().into(),
        row.applicant.as_str().into(),
        row.kind.label().into(),
        row.town_name.as_str().into(),
        row.written_at.local().into(),
        row.due_at.map_or(String::new(), |due| due.day().to_string()).into(),
        state.into(),
        row.answered_at.map_or(String::new(), Moment::local).into(),
        row.answered_name.as_str().into(),
    ]
}

/// Whether a letter waits longer than it may.
fn late(row: &LetterRow, now: Moment) -> bool {
    row.waits() && row.due_at.is_some_and(|due| due < now)
}

impl ListMain {
    fn export_href(&self) -> String {
        self.listing.link_to("/aid/letters.xlsx", &[])
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.get(name) == Some(value)
    }

    fn late(&self, row: &LetterRow) -> bool {
        late(row, self.now)
    }
}

#[derive(Template)]
#[template(path = "pages/letter.html")]
struct LetterMain {
    form: Form,
    row: LetterRow,
    words: String,
    answer: String,
    rule: String,
    may_answer: bool,
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<LetterRow> {
    let missing = || Refusal::not_found("没有这封来信，或者不是您能看的。");
    let id: Id<Letter> = id.parse().map_err(|_| missing())?;
    Ok(letters::letter(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /aid/letters/{id}`: opening it is noted, as with the case.
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    ctx.note_read("legal_aid_letter", row.id.raw(), &["words"], "").await?;
    let form = ctx.form(&[]);
    page(&ctx, form, row).await
}

async fn page(ctx: &Ctx, form: Form, row: LetterRow) -> Reply<Page> {
    let db = &ctx.app.db;
    let mut tx = ctx.begin_read().await?;
    let rules = rules::load(&mut tx).await?;
    drop(tx);
    let rule = rules.on(&row.due_rule, row.written_at.day());
    let main = LetterMain {
        may_answer: row.kind.may_answer(ctx.actor()?),
        words: row.words(db)?,
        answer: row.answer(db)?,
        rule: rule.map_or(String::new(), |rule| format!("{}（{}）", rule.title, rule.citation)),
        row,
        form,
    };
    Ok(Page::new("申请人来信", &main)?
        .crumb("法律援助", "/aid")
        .crumb("申请人来信", "/aid/letters")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/letters/{id}`
pub(crate) async fn answer(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_answer(&ctx, &row, &mut form).await {
        Ok(tx) => {
            ctx.see_other(
                tx,
                &format!("/aid/{}", row.case_id),
                "已答复，申请人在“我的法律援助申请”里看得到。",
            )
            .await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form, row).await?.into_response())
        }
    }
}

async fn try_answer(ctx: &Ctx, row: &LetterRow, form: &mut Form) -> Result<Tx> {
    let words = form.text("words", 2000);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    answer_letter(&mut tx, ctx.actor()?, row, &words, ctx.now()).await?;
    Ok(tx)
}

#[derive(Template)]
#[template(path = "pages/letter_note.html")]
struct NoteMain {
    form: Form,
    entry: Entry,
    applicant: String,
    kinds: Vec<(String, String)>,
}

/// `GET /aid/{id}/letters/new`: what did not come by the phone's page.
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = super::find(&ctx, &mut tx, &id).await?;
    drop(tx);
    let form = ctx.form(&[("on", &ctx.today().to_string())]);
    show_note(&ctx, form, entry).await
}

async fn show_note(ctx: &Ctx, form: Form, entry: Entry) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let facts = entry.facts();
    let kinds = LetterKind::ALL.iter().filter(|kind| kind.is_noted() && kind.fits(&facts));
    let kinds = kinds.map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect();
    let href = format!("/aid/{}", entry.id);
    let main = NoteMain { form, entry, applicant, kinds };
    Ok(Page::new("登记来信来访", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/letters/new`
pub(crate) async fn note(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = super::find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_note(&ctx, &entry, &mut form).await {
        Ok((tx, letter)) => {
            ctx.see_other(tx, &format!("/aid/letters/{letter}"), "已登记，期限开始计算。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_note(&ctx, form, entry).await?.into_response())
        }
    }
}

async fn try_note(ctx: &Ctx, seen: &Entry, form: &mut Form) -> Result<(Tx, Id<Letter>)> {
    let kind = LetterKind::from_text(form.get("kind"));
    if kind.is_none() {
        form.error("kind", "请选择是什么");
    }
    form.need("on", "请填写收到日期");
    let on = form.parse("on", Day::parse);
    let words = form.text("words", 2000);
    form.check()?;
    let kind = kind.ok_or(CitizenRefusal::NotNow)?;
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?;
    let entry = entry.ok_or_else(|| Refusal::not_found("没有这个案件。"))?;
    let on = on.unwrap_or(ctx.today());
    let id = note_letter(&mut tx, actor, &entry, kind, &words, on, ctx.now()).await?;
    Ok((tx, id))
}

impl LetterMain {
    fn answer_label(&self) -> &'static str {
        if self.row.kind.is_theirs() { "写给申请人的话" } else { "怎么答复的" }
    }

    fn rated(rating: &i64) -> &'static str {
        RATINGS.iter().find(|(value, _)| *value == rating.to_string()).map_or("", |(_, label)| label)
    }
}
