//! One call-back: take it, see the number, call, say what came of it.

use crate::{
    REVEAL,
    actions::{record_outcome::record_outcome, take_callback::take_callback},
    callback::{Outcome, StateKind},
    store::{self, Attempt, Entry},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Refusal, Result};
use parties::{Whole, WholeValue};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/record.html")]
struct RecordMain {
    e: Entry,
    attempts: Vec<Attempt>,
    mine: bool,
    form: Form,
    outcomes: Vec<(String, String)>,
    reveal: Html,
}

async fn find(ctx: &Ctx, id: &str) -> Result<Entry> {
    let missing = || Refusal::not_found("没有这条回电登记。请回到列表重新选择。");
    let id = id.parse().map_err(|_| missing())?;
    let mut tx = ctx.begin_read().await?;
    Ok(store::callback(&mut tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /callbacks/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let e = find(&ctx, &id).await?;
    let form = ctx.form(&[]);
    page(&ctx, e, form).await
}

async fn page(ctx: &Ctx, e: Entry, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let main = RecordMain {
        attempts: store::attempts(&mut tx, e.id).await?,
        mine: e.state.kind() == StateKind::Waiting && e.taken_by == ctx.actor_id(),
        outcomes: Outcome::ALL
            .iter()
            .map(|outcome| (outcome.as_str().to_owned(), outcome.label().to_owned()))
            .collect(),
        reveal: if ctx.actor()?.may(REVEAL) && e.phone.is_some() {
            parties::reason_form(&form, &format!("/callbacks/{}/reveal", e.id), "完整电话")?
        } else {
            Html::default()
        },
        e,
        form,
    };
    Ok(Page::new("回电办理", &main)?.crumb("回电", "/callbacks").narrow().answering(&main.form))
}

/// `POST /callbacks/{id}/reveal`: the number once, for a reason, without taking the call-back.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let e = find(&ctx, &id).await?;
    let whole = Whole {
        object: "portal_callback",
        id: e.id.raw(),
        title: "回电登记".to_owned(),
        href: format!("/callbacks/{}", e.id),
        values: vec![WholeValue { field: "phone", label: "电话", value: e.number().to_owned() }],
    };
    let tx = ctx.begin_write().await?;
    parties::show_whole(&ctx, tx, form, whole).await
}

/// `POST /callbacks/{id}/take`
pub(crate) async fn take(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let e = find(&ctx, &id).await?;
    match try_take(&ctx, &e, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/callbacks/{}", e.id), "已由您办理，请拨打下面的号码。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, e, form).await?.into_response())
        }
    }
}

async fn try_take(ctx: &Ctx, e: &Entry, form: &mut Form) -> Result<Tx> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    take_callback(&mut tx, ctx.actor()?, e.id, version).await?;
    Ok(tx)
}

/// `POST /callbacks/{id}/outcome`
pub(crate) async fn outcome(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let e = find(&ctx, &id).await?;
    match try_outcome(&ctx, &e, &mut form).await {
        Ok((tx, Outcome::NoAnswer)) => {
            ctx.see_other(tx, "/callbacks", "已记下无人接听，仍在等回电，请稍后再打。").await
        }
        Ok((tx, _)) => ctx.see_other(tx, "/callbacks", "已登记结果，可以办下一条。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, e, form).await?.into_response())
        }
    }
}

async fn try_outcome(ctx: &Ctx, e: &Entry, form: &mut Form) -> Result<(Tx, Outcome)> {
    let outcome = form.parse("outcome", |text| Outcome::from_text(text).ok_or("请选择回电结果"));
    if outcome.is_none() && form.get("outcome").is_empty() {
        form.error("outcome", "请选择回电结果");
    }
    let note = form.text("note", 200);
    form.check()?;
    let Some(outcome) = outcome else { return Err(Refusal::invalid("请选择回电结果").into()) };
    let mut tx = ctx.begin_write().await?;
    record_outcome(&mut tx, ctx.actor()?, e.id, outcome, &note, ctx.now()).await?;
    Ok((tx, outcome))
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use testkit::{Server, actor, on_sqlite};
    use web::{Actor, Role};

    /// The address of the first call-back in the list.
    async fn first(server: &Server) -> String {
        let list = server.get("/callbacks").await.main();
        let at = list.find(r#"href="/callbacks/"#).expect("a row") + 6;
        list[at..].split('"').next().expect("an address").to_owned()
    }

    #[test]
    fn the_number_shows_to_who_takes_it_and_to_nobody_else() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            server
                .post("/callback", &[("phone", "13800000000"), ("keep_quiet", "1"), ("name", "张阿姨")])
                .await;
            let clerk = server.log_in(actor(Role::Clerk));
            let uri = first(&clerk).await;
            let before = clerk.get(&uri).await;
            assert!(!before.text().contains("13800000000") && before.text().contains("138****0000"));
            assert!(before.text().contains("不要说明来电单位"), "told before the call");
            let early = clerk.post(&format!("{uri}/outcome"), &[("outcome", "reached")]).await;
            assert_eq!(early.status, 409);
            assert_eq!(clerk.post(&format!("{uri}/take"), &[("version", "1")]).await.status, 303);
            let taken = clerk.get(&uri).await;
            insta::assert_snapshot!("record", taken.main());
            assert!(taken.text().contains("tel:13800000000"));
            let manager =
                server.log_in(Actor { id: 8, name: "李主管".to_owned(), ..actor(Role::Manager) });
            let other = manager.get(&uri).await.text();
            assert!(!other.contains("13800000000") && other.contains("测试员正在办理"));
            let reveal = format!("{uri}/reveal");
            assert_eq!(manager.post(&reveal, &[]).await.status, 422);
            let shown = manager.post(&reveal, &[("reason", "contact")]).await;
            assert!(shown.status == 200 && shown.text().contains("13800000000"), "for a reason");
            let officer = server.log_in(actor(Role::TownOfficer));
            assert_eq!(officer.post(&reveal, &[("reason", "contact")]).await.status, 403);
            assert_eq!(manager.post(&format!("{uri}/take"), &[("version", "1")]).await.status, 409, "stale");
            Ok(())
        });
    }

    #[test]
    fn outcomes_settle_it_and_another_towns_officer_cannot() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let town = world.towns[0].to_string();
            server.post("/callback", &[("phone", "0519-86001234"), ("town", &town)]).await;
            let own = server.log_in(Actor { towns: vec![world.towns[0].raw()], ..actor(Role::TownOfficer) });
            let uri = first(&own).await;
            own.post(&format!("{uri}/take"), &[("version", "1")]).await;
            assert_eq!(own.post(&format!("{uri}/outcome"), &[("outcome", "")]).await.status, 422);
            let mute = own.post(&format!("{uri}/outcome"), &[("outcome", "dropped"), ("note", "")]).await;
            assert_eq!(mute.status, 422);
            assert!(mute.text().contains("请写明原因"));
            assert_eq!(own.post(&format!("{uri}/outcome"), &[("outcome", "no_answer")]).await.status, 303);
            assert!(own.get("/callbacks").await.text().contains("待回电"), "it still waits");
            assert!(!own.get(&uri).await.text().contains("0519-86001234"), "taken anew for every attempt");
            own.post(&format!("{uri}/take"), &[("version", "3")]).await;
            let done = own
                .post(&format!("{uri}/outcome"), &[("outcome", "reached"), ("note", "已约周一来站")])
                .await;
            assert_eq!(done.status, 303, "{}", done.main());
            let record = own.get(&uri).await.text();
            assert!(
                record.contains("已约周一来站") && record.contains("无人接听") && record.contains("已回电")
            );
            let other = Actor {
                towns: vec![world.towns[1].raw()],
                session: "other".to_owned(),
                ..actor(Role::TownOfficer)
            };
            let other = server.log_in(other);
            assert_eq!(other.get(&uri).await.status, 404);
            assert_eq!(other.post(&format!("{uri}/take"), &[("version", "4")]).await.status, 404);
            assert_eq!(other.post(&format!("{uri}/outcome"), &[("outcome", "reached")]).await.status, 404);
            Ok(())
        });
    }
}
