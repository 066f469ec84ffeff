//! Entering a firm, and correcting what is known of it.

use crate::{
    NewFirm,
    actions::{
        change_firm::{FirmChanged, change_firm},
        open_firm::open_firm,
    },
    firm::{Firm, FirmKind, FirmState},
    pages::lawyers::id_of,
    store::changes::{self, FirmEdit},
};
use ::store::{Db, Tx};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Phone, Refusal, Result, Uscc};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/firm_edit.html")]
struct EditMain {
    form: Form,
    heading: &'static str,
    action: String,
    new: bool,
    kinds: Vec<(String, String)>,
    states: Vec<(String, String)>,
}

const MISSING: &str = "没有这家机构。";

/// `GET /firms/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    show(ctx.form(&[("kind", FirmKind::LawFirm.as_str())]), None)
}

fn show(form: Form, id: Option<Id<Firm>>) -> Reply<Page> {
    let main = EditMain {
        form,
        heading: if id.is_some() { "修改律所" } else { "新建律所" },
        action: id.map_or("/firms/new".to_owned(), |id| format!("/firms/{id}/edit")),
        new: id.is_none(),
        kinds: FirmKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect(),
        states: FirmState::ALL.iter().map(|s| (s.as_str().to_owned(), s.label().to_owned())).collect(),
    };
    Ok(Page::new(main.heading, &main)?.crumb("律所", "/firms").narrow().answering(&main.form))
}

/// `POST /firms/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/firms", "已新建律所。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form, None)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let new = read(form)?;
    let mut tx = ctx.begin_write().await?;
    open_firm(&mut tx, ctx.actor_id(), &new).await?;
    Ok(tx)
}

fn read(form: &mut Form) -> Result<NewFirm> {
    form.need("name", "请填写名称");
    let name = kernel::squeeze(&form.text("name", 80));
    let kind = form.parse("kind", |text| FirmKind::from_text(text).ok_or("请选择类别"));
    form.need("kind", "请选择类别");
    let uscc = form.parse("uscc", Uscc::parse);
    let address = form.text("address", 120);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let position = form.parse("position", |text| {
        let text = kernel::to_half_width(text);
        let advice = "请按“纬度,经度”填写，例如 31.71581,119.94458";
        let (lat, lon) = text.split_once(',').ok_or(advice)?;
        match (lat.trim().parse::<f64>(), lon.trim().parse::<f64>()) {
            (Ok(lat), Ok(lon)) if (18.0..=54.0).contains(&lat) && (73.0..=136.0).contains(&lon) => {
                Ok((lat, lon))
            }
            _ => Err(advice),
        }
    });
    form.check()?;
    let Some(kind) = kind else { return Err(Refusal::invalid("请选择类别").into()) };
    Ok(NewFirm { name, kind, uscc, address, phone, lat: position.map(|p| p.0), lon: position.map(|p| p.1) })
}

fn phone_text(db: &Db, firm: &FirmEdit) -> Result<String> {
    Ok(crate::firm_phone(db, &firm.phone_sealed)?.map_or(String::new(), |phone| phone.as_str().to_owned()))
}

fn position_text(firm: &FirmEdit) -> String {
    firm.lat.zip(firm.lon).map_or(String::new(), |(lat, lon)| format!("{lat},{lon}"))
}

async fn find(ctx: &Ctx, id: &str) -> Result<FirmEdit> {
    let id = id_of(id, MISSING)?;
    let mut tx = ctx.begin_read().await?;
    Ok(changes::firm_edit(&mut tx, id).await?.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /firms/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let firm = find(&ctx, &id).await?;
    let form = ctx.form(&[
        ("name", &firm.name),
        ("kind", firm.kind.as_str()),
        ("uscc", firm.uscc.as_deref().unwrap_or_default()),
        ("address", &firm.address),
        ("phone", &phone_text(&ctx.app.db, &firm)?),
        ("position", &position_text(&firm)),
        ("state", firm.state.as_str()),
        ("version", &firm.version.to_string()),
    ]);
    show(form, Some(firm.id))
}

/// `POST /firms/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let firm = find(&ctx, &id).await?;
    match try_save(&ctx, firm.id, &mut form).await {
        Ok((tx, FirmChanged::Saved)) => {
            ctx.see_other(tx, &format!("/firms/{}", firm.id), "已保存修改。").await
        }
        Ok((_, FirmChanged::Stale(now))) => Ok(merge(&ctx, &form, &now)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form, Some(firm.id))?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, id: Id<Firm>, form: &mut Form) -> Result<(Tx, FirmChanged)> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let state = form
        .parse("state", |text| FirmState::from_text(text).ok_or("请选择状态"))
        .unwrap_or(FirmState::Active);
    let new = read(form)?;
    let mut tx = ctx.begin_write().await?;
    let outcome = change_firm(&mut tx, ctx.actor_id(), id, version, &new, state).await?;
    Ok((tx, outcome))
}

fn merge(ctx: &Ctx, form: &Form, now: &FirmEdit) -> Reply<Page> {
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let field =
        |label, name: &str, theirs: String| MergeField { label, yours: form.get(name).to_owned(), theirs };
    let merge = Merge {
        title: &now.name,
        fields: vec![
            field("名称", "name", now.name.clone()),
            MergeField {
                label: "类别",
                yours: FirmKind::from_text(form.get("kind")).map_or("", FirmKind::label).to_owned(),
                theirs: now.kind.label().to_owned(),
            },
            field("统一社会信用代码", "uscc", now.uscc.clone().unwrap_or_default()),
            field("地址", "address", now.address.clone()),
            field("电话", "phone", phone_text(&ctx.app.db, now)?),
            field("位置", "position", position_text(now)),
            MergeField {
                label: "状态",
                yours: FirmState::from_text(form.get("state")).map_or("", FirmState::label).to_owned(),
                theirs: now.state.label().to_owned(),
            },
        ],
        action: &format!("/firms/{}/edit", now.id),
        href: "/firms",
        hidden,
    };
    merge.page()
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn firms_are_entered_changed_and_closed() {
        on_both(&migrations(), |db| async move {
            let (firms, lawyers) = two_firms(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let new = [
                ("name", "常州苇溪律师事务所"),
                ("kind", "law_firm"),
                ("uscc", "31320412mddem0012y"),
                ("phone", "86003003"),
                ("position", "31.7，119.9"),
            ];
            assert_eq!(server.post("/firms/new", &new).await.status, 303);
            assert_eq!(server.post("/firms/new", &new).await.status, 422, "name and code are taken");
            let twin = [("name", "另一家"), new[1], new[2]];
            assert!(server.post("/firms/new", &twin).await.text().contains("另一家机构名下"));
            let list = server.get("/firms").await;
            insta::assert_snapshot!("firms", list.main());
            assert!(server.get("/firms?q=wx&kind=law_firm&state=active").await.text().contains("苇溪"));

            let uri = format!("/firms/{}/edit", firms[1]);
            assert!(server.get(&uri).await.text().contains("江苏砚衡律师事务所"));
            let closed = |version| {
                [
                    ("name", "江苏砚衡律师事务所"),
                    ("kind", "law_firm"),
                    ("state", "closed"),
                    ("version", version),
                ]
            };
            assert!(server.post(&uri, &closed("1")).await.text().contains("还有在册律师"));
            assert_eq!(
                server
                    .post(&format!("/lawyers/{}/leave", lawyers[2]), &[("left_on", "2022-05-06")])
                    .await
                    .status,
                303
            );
            assert_eq!(server.post(&uri, &closed("1")).await.status, 303);
            assert_eq!(server.post(&uri, &closed("1")).await.status, 409, "stale");
            assert_eq!(
                server.post(&format!("/lawyers/{}/resume", lawyers[2]), &[]).await.status,
                409,
                "the firm is closed"
            );
            Ok(())
        });
    }
}
