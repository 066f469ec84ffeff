//! The book of the duty lawyers (值班律师工作台账).

use crate::{
    HELP,
    actions::helps::{HelpRefusal, note_help, void_help},
    help::{Help, HelpPlace, KINDS},
    store::{
        helps::{self, HelpRow, NewHelp},
        turns::{self, TurnRow},
    },
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reach, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/helps.html")]
struct ListMain {
    listing: Listing,
    rows: Vec<HelpRow>,
    pager: Pager,
    may_note: bool,
}

/// `GET /aid/help`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let actor = ctx.actor()?;
    let (rows, total) = helps::list(&mut tx, &actor.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.helped_on.to_string(), row.id.raw()));
    let main = ListMain { listing, rows, pager, may_note: actor.may(HELP) };
    Ok(Page::new("值班律师法律帮助", &main)?.crumb("法律援助", "/aid"))
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid/help.xlsx", &[])
    }
}

/// `GET /aid/help.xlsx`: without names, which are for those who open a row.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = helps::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let columns = [
        ("编号", 18.0),
        ("日期", 12.0),
        ("值班地点", 14.0),
        ("机关", 26.0),
        ("镇（街道）", 16.0),
        ("涉嫌罪名", 20.0),
        ("帮助内容", 40.0),
        ("值班律师", 12.0),
        ("登记人", 12.0),
        ("作废原因", 20.0),
    ];
    let sheet = Sheet {
        name: "值班律师法律帮助".to_owned(),
        title: format!("{}值班律师法律帮助工作台账", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.iter().map(cells).collect(),
    };
    Ok(workbook("值班律师法律帮助工作台账.xlsx", &[sheet])?)
}

fn cells(row: &HelpRow) -> Vec<Cell> {
    vec![
        row.id.to_string().into(),
        row.helped_on.to_string().into(),
        row.place.label().into(),
        row.organ.as_str().into(),
        row.town_name.as_str().into(),
        row.charge.as_str().into(),
        row.kind_words().into(),
        row.lawyer_name.as_str().into(),
        row.noted_name.as_str().into(),
        row.void_reason.as_str().into(),
    ]
}

#[derive(Template)]
#[template(path = "pages/help_note.html")]
struct NoteMain {
    form: Form,
    places: Vec<(String, String)>,
    towns: Vec<(String, String)>,
    lawyers: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    /// Who is on duty that day, each with the address that fills the form in.
    duty: Vec<(String, String)>,
}

/// The lawyer who looks, if one does: only the own help is noted.
fn own(ctx: &Ctx) -> Result<Option<i64>> {
    Ok(match ctx.actor()?.reach() {
        Reach::Lawyer(own) => Some(own),
        _ => None,
    })
}

/// `GET /aid/help/new`: with what the rota says of the day and the place, today and the detention centre if the address
/// names none.
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let own = own(&ctx)?;
    let day = listing.get("day").and_then(|text| Day::parse(text).ok()).unwrap_or(ctx.today());
    let mut tx = ctx.begin_read().await?;
    let mut duty = turns::on_day(&mut tx, day).await?;
    drop(tx);
    duty.retain(|turn| turn.place.help().is_some() && own.is_none_or(|own| own == turn.lawyer_id.raw()));
    let asked = listing.get("place").and_then(HelpPlace::from_text);
    // A lawyer on duty notes what was done there.
    let sits = duty.first().filter(|_| own.is_some()).and_then(|turn| turn.place.help());
    let place = asked.or(sits).unwrap_or(HelpPlace::Detention);
    let day = day.to_string();
    let only = only_one(&duty, place);
    let lawyer = only.map_or(String::new(), |turn| turn.lawyer_id.to_string());
    let organ = only.map_or("", |turn| turn.organ.as_str());
    let known = [
        ("helped_on", day.as_str()),
        ("place", place.as_str()),
        ("organ", organ),
        ("lawyer", lawyer.as_str()),
    ];
    let form = ctx.form(&known);
    show_note(&ctx, form, &duty).await
}

/// The turn at a place of that kind, if nobody else sits at one.
fn only_one(duty: &[TurnRow], place: HelpPlace) -> Option<&TurnRow> {
    let mut here = duty.iter().filter(|turn| turn.place.help() == Some(place));
    let one = here.next()?;
    here.all(|other| other.lawyer_id == one.lawyer_id && other.post_id == one.post_id).then_some(one)
}

/// The address that fills the form in for a turn, and what is said about it.
fn duty_link(turn: &TurnRow) -> (String, String) {
    let place = turn.place.help().map_or("", HelpPlace::as_str);
    let label = format!("{}：{}（{}）", turn.organ, turn.lawyer_name, turn.half.label());
    (format!("/aid/help/new?place={place}&day={}", turn.on_day), label)
}

async fn show_note(ctx: &Ctx, form: Form, duty: &[TurnRow]) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let own = own(ctx)?;
    let lawyers = crate::store::handlers::in_practice(&mut tx).await?;
    let lawyers = lawyers.into_iter().filter(|(id, ..)| own.is_none_or(|own| own == id.raw()));
    let towns = places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name));
    let main = NoteMain {
        places: HelpPlace::ALL.iter().map(|at| (at.as_str().to_owned(), at.label().to_owned())).collect(),
        towns: towns.collect(),
        lawyers: lawyers.map(|(id, name, firm)| (id.to_string(), format!("{name}（{firm}）"))).collect(),
        kinds: KINDS.iter().map(|(code, word)| ((*code).to_owned(), (*word).to_owned())).collect(),
        duty: duty.iter().map(duty_link).collect(),
        form,
    };
    Ok(Page::new("登记法律帮助", &main)?
        .crumb("法律援助", "/aid")
        .crumb("值班律师法律帮助", "/aid/help")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/help/new`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &mut form).await {
        Ok((tx, id)) => ctx.see_other(tx, &format!("/aid/help/{id}"), "已登记法律帮助。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_note(&ctx, form, &[]).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Help>)> {
    form.need("helped_on", "请填写日期");
    let helped_on = form.parse("helped_on", Day::parse);
    let place = HelpPlace::from_text(form.get("place"));
    if place.is_none() {
        form.error("place", "请选择值班地点");
    }
    let organ = form.need("organ", "请填写机关名称");
    let name = form.need("name", "请填写被帮助人姓名");
    let charge = form.text("charge", 100);
    form.need("town", "请选择镇（街道）");
    form.need("lawyer", "请选择值班律师");
    let town = form.id("town", "请重新选择镇（街道）");
    let lawyer = form.id("lawyer", "请重新选择值班律师");
    let words = form.text("words", 1000);
    let kinds: Vec<String> = form.all("kinds").into_iter().map(str::to_owned).collect();
    if kinds.is_empty() {
        form.error("kinds", "请至少选一项做了什么");
    }
    form.check()?;
    let new = NewHelp {
        town: town.ok_or(HelpRefusal::NoTown)?,
        place: place.unwrap_or(HelpPlace::Detention),
        organ,
        helped_on: helped_on.unwrap_or(ctx.today()),
        name,
        charge,
        kinds,
        lawyer: lawyer.ok_or(HelpRefusal::NoLawyer)?,
        words,
    };
    let mut tx = ctx.begin_write().await?;
    let id = note_help(&mut tx, ctx.actor()?, &new, ctx.now()).await?;
    Ok((tx, id))
}

#[derive(Template)]
#[template(path = "pages/help.html")]
struct ShowMain {
    form: Form,
    row: HelpRow,
    name: String,
    words: String,
    may_note: bool,
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<HelpRow> {
    let missing = || Refusal::not_found("没有这一条，或者不是您能看的。");
    let id: Id<Help> = id.parse().map_err(|_| missing())?;
    Ok(helps::help(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /aid/help/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    ctx.note_read("legal_aid_help", row.id.raw(), &["name", "words"], "").await?;
    let form = ctx.form(&[("version", &row.version.to_string())]);
    show_one(&ctx, form, row)
}

fn show_one(ctx: &Ctx, form: Form, row: HelpRow) -> Reply<Page> {
    let db = &ctx.app.db;
    let main =
        ShowMain { name: row.name(db)?, words: row.words(db)?, may_note: ctx.actor()?.may(HELP), row, form };
    Ok(Page::new("值班律师法律帮助", &main)?
        .crumb("法律援助", "/aid")
        .crumb("值班律师法律帮助", "/aid/help")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/help/{id}/void`
pub(crate) async fn void(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_void(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/help/{}", row.id), "已作废，不再计数。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &row.version.to_string());
            Ok(show_one(&ctx, form, row)?.into_response())
        }
    }
}

async fn try_void(ctx: &Ctx, row: &HelpRow, form: &mut Form) -> Result<Tx> {
    let reason = form.text("reason", 200);
    form.check()?;
    let seen = HelpRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() };
    let mut tx = ctx.begin_write().await?;
    void_help(&mut tx, ctx.actor()?, &seen, &reason, ctx.now()).await?;
    Ok(tx)
}
