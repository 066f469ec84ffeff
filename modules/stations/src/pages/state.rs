//! Opening, pausing, reopening, closing a station: one page that says what will happen and asks why.

use crate::{
    actions::change_state::{Move, change_state},
    store::Entry,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/state.html")]
struct StateMain {
    entry: Entry,
    go: Move,
    form: Form,
}

impl StateMain {
    fn consequence(&self) -> &'static str {
        match self.go {
            Move::Open => "启用后群众马上能查到，并计入工作站总数和今年新建数。",
            Move::Pause => "暂停期间群众仍能查到这个站，会看到原因和附近的其他站；仍计入总数。",
            Move::Reopen => "恢复后按平时的开放时间显示。",
            Move::Close => "撤销后不能恢复：不再出现在“找站点”里，从总数中减去。以后重新设站要另外新建。",
        }
    }

    fn needs_reason(&self) -> bool {
        matches!(self.go, Move::Pause | Move::Close)
    }
}

/// `GET /manage/stations/{id}/state?do=pause`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let entry = super::edit::find(&ctx, &id).await?;
    let go = Listing::of(&ctx.uri).get("do").and_then(Move::from_text);
    let go = go.filter(|go| Move::possible(entry.state.kind()).contains(go)).ok_or_else(stale)?;
    let form = ctx.form(&[("on", &ctx.today().to_string())]);
    show(entry, go, form)
}

fn stale() -> Refusal {
    Refusal::conflict("这个工作站现在不能这样办理，状态可能刚被改过。请回到工作站页面看最新状态。")
}

fn show(entry: Entry, go: Move, form: Form) -> Reply<Page> {
    let (title, back) = (format!("{}工作站", go.label()), format!("/manage/stations/{}", entry.id));
    let name = entry.details.name.clone();
    let main = StateMain { entry, go, form };
    Ok(Page::new(title, &main)?
        .crumb("工作站", "/manage/stations")
        .crumb(name, back)
        .narrow()
        .answering(&main.form))
}

/// `POST /manage/stations/{id}/state`
pub(crate) async fn change(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let entry = super::edit::find(&ctx, &id).await?;
    let go = Move::from_text(form.get("do")).ok_or_else(stale)?;
    match try_change(&ctx, &entry, go, &mut form).await {
        Ok(tx) => {
            let done = format!("已{}。", go.label());
            ctx.see_other(tx, &format!("/manage/stations/{}", entry.id), &done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(entry, go, form)?.into_response())
        }
    }
}

async fn try_change(ctx: &Ctx, entry: &Entry, go: Move, form: &mut Form) -> Result<Tx> {
    let on = form.parse("on", Day::parse);
    if on.is_none() && form.get("on").is_empty() {
        form.error("on", "请填写日期");
    }
    let reason = form.text("reason", 100);
    form.check()?;
    let Some(on) = on else { return Err(Refusal::invalid("请填写日期").into()) };
    let mut tx = ctx.begin_write().await?;
    change_state(&mut tx, ctx.actor_id(), entry.id, go, on, &reason, ctx.now()).await?;
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::Role;

    #[test]
    fn a_pause_asks_for_its_reason_and_a_closed_station_stays_closed() {
        on_sqlite(&migrations(), |db| async move {
            let (_, ids) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/manage/stations/{}/state", ids[0]);
            assert!(server.get(&format!("{uri}?do=close")).await.text().contains("撤销后不能恢复"));
            assert_eq!(server.get(&format!("{uri}?do=open")).await.status, 409);
            let mute = server.post(&uri, &[("do", "pause"), ("on", "2022-05-06"), ("reason", "")]).await;
            assert_eq!(mute.status, 422);
            assert!(mute.text().contains("请写明原因"));
            assert_eq!(
                server.post(&uri, &[("do", "pause"), ("on", "2022-05-06"), ("reason", "装修")]).await.status,
                303
            );
            assert_eq!(server.post(&uri, &[("do", "reopen"), ("on", "2022-05-06")]).await.status, 303);
            assert_eq!(
                server
                    .post(&uri, &[("do", "close"), ("on", "2022-05-06"), ("reason", "并入司法所")])
                    .await
                    .status,
                303
            );
            assert_eq!(server.post(&uri, &[("do", "reopen"), ("on", "2022-05-06")]).await.status, 409);
            let detail = server.get(&format!("/manage/stations/{}", ids[0])).await.text();
            assert!(detail.contains("并入司法所") && !detail.contains(">修改<"));
            let public = server.get(&format!("/stations/{}", ids[0])).await.text();
            assert!(public.contains("这个站点已撤销") && public.contains("湖塘镇法律援助工作站"));
            assert!(!server.get("/stations").await.text().contains("洛阳镇法律援助工作站"));
            Ok(())
        });
    }
}
