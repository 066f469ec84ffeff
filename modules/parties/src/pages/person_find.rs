//! Looking for a person before entering one: by ID number, telephone or name. The search travels in the body of a
//! form, never in an address, and only from its results can a new person be entered.

use crate::{
    WRITE,
    pages::persons::{Line, line},
    store::persons::{self, Likeness, Sought},
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Phone, ResidentId, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/person_find.html")]
struct FindMain {
    form: Form,
    found: Option<Hits>,
}

struct Hits {
    lines: Vec<(Line, &'static str, &'static str)>,
    beyond: i64,
    known_number: bool,
    may_write: bool,
    carry: Html,
}

/// `GET /persons/find`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    show(ctx.form(&[]), None)
}

fn show(form: Form, found: Option<Hits>) -> Reply<Page> {
    let main = FindMain { form, found };
    Ok(Page::new("查找人员", &main)?.crumb("人员", "/persons").answering(&main.form))
}

/// `POST /persons/find`
pub(crate) async fn answer(ctx: Ctx, mut form: Form) -> Reply {
    match look(&ctx, &mut form).await {
        Ok(hits) => Ok(show(form, Some(hits))?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form, None)?.into_response())
        }
    }
}

async fn look(ctx: &Ctx, form: &mut Form) -> Result<Hits> {
    let id_number = form.parse("id_number", ResidentId::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let name = kernel::squeeze(&kernel::to_half_width(&form.text("name", 50)));
    if [form.get("id_number"), form.get("phone"), form.get("name")].iter().all(|text| text.is_empty()) {
        form.error("name", "请至少填写一项：身份证号、电话或姓名");
    }
    form.check()?;
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let known_number = match &id_number {
        Some(number) => persons::with_id_number(&mut tx, number.expose()).await?.is_some(),
        None => false,
    };
    let found = persons::find(&mut tx, &actor.reach(), &Sought { id_number, phone, name }).await?;
    let mut lines = Vec::new();
    for (row, likeness) in found.people {
        let (badge, why) = match likeness {
            Likeness::IdNumber => ("ok", "身份证号相同"),
            Likeness::Phone => ("info", "电话相同"),
            Likeness::Name => ("muted", "姓名相近"),
        };
        lines.push((line(&ctx.app.db, row, &groups)?, badge, why));
    }
    let carry = form.carry(&["searched", "idempotency_key"]);
    Ok(Hits { lines, beyond: found.beyond, known_number, may_write: actor.may(WRITE), carry })
}
