//! Setting up a village or community, and correcting its name or position.

use crate::{
    NewUnit, Position, Unit, UnitKind,
    actions::{
        change_unit::{Changed, change_unit},
        open_unit::open_unit,
    },
    store::{self, UnitEdit},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/edit.html")]
struct EditMain {
    form: Form,
    heading: &'static str,
    action: String,
    new: bool,
    towns: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
}

/// `GET /places/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[("opened_on", &ctx.today().to_string())]);
    show_new(&ctx, form).await
}

async fn show_new(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let towns = store::towns(&mut tx).await?.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
    let kinds = UnitKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect();
    let main = EditMain {
        heading: "新建村（社区）",
        action: "/places/new".to_owned(),
        new: true,
        towns,
        kinds,
        form,
    };
    Ok(Page::new(main.heading, &main)?.crumb("村（社区）", "/places").narrow().answering(&main.form))
}

/// `POST /places/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, _)) => ctx.see_other(tx, "/places", "已新建村（社区）。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_new(&ctx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Unit>)> {
    let name = form.need("name", "请填写名称");
    let short_name = form.need("short_name", "请填写简称");
    let town = form.id("town", "请选择所属镇（街道）");
    let kind = form.parse("kind", |text| UnitKind::from_text(text).ok_or("请选择类别"));
    let opened_on = form.parse("opened_on", Day::parse);
    let position = position(form);
    let code = form.get("code").to_owned();
    let today = ctx.today();
    if opened_on.is_some_and(|day| day > today) {
        form.error("opened_on", "设立日期不能晚于今天");
    }
    for (name, missing, message) in [
        ("town", town.is_none(), "请选择所属镇（街道）"),
        ("kind", kind.is_none(), "请选择类别"),
        ("opened_on", opened_on.is_none(), "请填写设立日期"),
    ] {
        if missing && form.get(name).is_empty() {
            form.error(name, message);
        }
    }
    form.check()?;
    let (Some(town), Some(kind), Some(opened_on)) = (town, kind, opened_on) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let unit = NewUnit {
        town,
        name,
        short_name,
        kind,
        code: (!code.is_empty()).then(|| ("nbs".to_owned(), code)),
        position,
        position_kind: Position::Surveyed,
        opened_on,
    };
    let mut tx = ctx.begin_write().await?;
    let id = open_unit(&mut tx, ctx.actor_id(), &unit, ctx.now()).await?;
    Ok((tx, id))
}

pub(crate) fn position(form: &mut Form) -> Option<(f64, f64)> {
    form.parse("position", |text| {
        let text = kernel::to_half_width(text);
        let (lat, lon) = text.split_once(',').ok_or("请按“纬度,经度”填写，例如 31.71581,119.94458")?;
        match (lat.trim().parse::<f64>(), lon.trim().parse::<f64>()) {
            (Ok(lat), Ok(lon)) if (18.0..=54.0).contains(&lat) && (73.0..=136.0).contains(&lon) => {
                Ok((lat, lon))
            }
            _ => Err("请按“纬度,经度”填写，例如 31.71581,119.94458"),
        }
    })
}

/// `GET /places/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let unit = find(&mut tx, &id).await?;
    let position = unit.lat.zip(unit.lon).map_or(String::new(), |(lat, lon)| format!("{lat},{lon}"));
    let form = ctx.form(&[
        ("name", &unit.name),
        ("short_name", &unit.short_name),
        ("position", &position),
        ("version", &unit.version.to_string()),
    ]);
    show_edit(&unit, form)
}

async fn find(tx: &mut Tx, id: &str) -> Result<UnitEdit> {
    let id = id.parse().map_err(|_| Refusal::not_found("没有这个村（社区）。"))?;
    Ok(store::edit(tx, id).await?.ok_or_else(|| Refusal::not_found("没有这个村（社区）。"))?)
}

fn show_edit(unit: &UnitEdit, form: Form) -> Reply<Page> {
    let action = format!("/places/{}/edit", unit.id);
    let main = EditMain {
        heading: "修改村（社区）",
        action,
        new: false,
        towns: Vec::new(),
        kinds: Vec::new(),
        form,
    };
    Ok(Page::new(main.heading, &main)?.crumb("村（社区）", "/places").narrow().answering(&main.form))
}

/// `POST /places/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let unit = find(&mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, &unit, &mut form).await {
        Ok((tx, Changed::Saved)) => ctx.see_other(tx, "/places", "已保存修改。").await,
        Ok((_, Changed::Stale(now))) => Ok(merge(&form, &now)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_edit(&unit, form)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, unit: &UnitEdit, form: &mut Form) -> Result<(Tx, Changed)> {
    let name = form.need("name", "请填写名称");
    let short_name = form.need("short_name", "请填写简称");
    let position = position(form);
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    form.check()?;
    let changed = UnitEdit {
        name,
        short_name,
        lat: position.map(|p| p.0),
        lon: position.map(|p| p.1),
        version,
        ..unit.clone()
    };
    let mut tx = ctx.begin_write().await?;
    let outcome = change_unit(&mut tx, ctx.actor_id(), &changed).await?;
    Ok((tx, outcome))
}

fn merge(form: &Form, now: &UnitEdit) -> Reply<Page> {
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let action = format!("/places/{}/edit", now.id);
    let merge = Merge {
        title: &now.short_name,
        fields: vec![
            MergeField { label: "名称", yours: form.get("name").to_owned(), theirs: now.name.clone() },
            MergeField {
                label: "简称",
                yours: form.get("short_name").to_owned(),
                theirs: now.short_name.clone(),
            },
            MergeField {
                label: "位置",
                yours: form.get("position").to_owned(),
                theirs: now.lat.zip(now.lon).map_or(String::new(), |(lat, lon)| format!("{lat},{lon}")),
            },
        ],
        action: &action,
        href: "/places",
        hidden,
    };
    merge.page()
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both, on_sqlite};
    use web::Role;

    #[test]
    fn a_stale_edit_shows_both_versions_and_a_doubled_one_changes_nothing_more() {
        on_both(crate::MIGRATIONS, |db| async move {
            let units = crate::testing::two_towns(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/places/{}/edit", units[0]);
            let fields = |name, key| {
                [
                    ("name", name),
                    ("short_name", "谈家头村"),
                    ("position", ""),
                    ("version", "1"),
                    ("idempotency_key", key),
                ]
            };
            assert_eq!(server.post(&uri, &fields("谈家头村村民委员会（新）", "k1")).await.status, 303);
            assert_eq!(
                server.post(&uri, &fields("谈家头村村民委员会（新）", "k1")).await.location(),
                "/places",
                "the first answer again"
            );
            let stale = server.post(&uri, &fields("另一个名称", "k2")).await;
            assert_eq!(stale.status, 409);
            assert!(stale.text().contains("另一个名称") && stale.text().contains("谈家头村村民委员会（新）"));
            let other = server.post(&uri, &fields("不同的内容", "k1")).await;
            assert_eq!(other.status, 422, "the same key with other content");
            Ok(())
        });
    }

    #[test]
    fn what_was_typed_is_kept_when_something_is_missing() {
        on_sqlite(crate::MIGRATIONS, |db| async move {
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let answer =
                server.post("/places/new", &[("name", "某村村民委员会"), ("opened_on", "2022-02-30")]).await;
            assert_eq!(answer.status, 422);
            let text = answer.text();
            assert!(
                text.contains(r#"value="某村村民委员会""#) && text.contains(r#"value="2022-02-30""#),
                "{text}"
            );
            assert!(text.contains("请填写简称") && text.contains("<title>错误："));
            Ok(())
        });
    }
}
