//! One station for staff: what is known, its life, other hours on single days, its numbers outside.

use crate::{
    WRITE,
    actions::{
        change_state::Move,
        note_outside::note_outside,
        open_station::OBJECT,
        set_exception::{add_exception, remove_exception},
    },
    hours::day_spans,
    schedule::Exception,
    station::Station,
    store::{self, Entry, ExceptionEntry, OutletRow, StepRow},
};
use ::store::{
    Tx,
    outside::{self, OutsideNumber, OutsideState},
};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/detail.html")]
struct DetailMain {
    entry: Entry,
    town_name: String,
    steps: Vec<StepRow>,
    exceptions: Vec<(Id<ExceptionEntry>, Exception)>,
    outside: Vec<OutsideNumber>,
    outlets: Vec<OutletRow>,
    form: Form,
    may_write: bool,
    moves: &'static [Move],
    states: Vec<(String, String)>,
}

/// `GET /manage/stations/{id}`
pub(crate) async fn detail(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let entry = super::edit::find(&ctx, &id).await?;
    let form = ctx.form(&[]);
    show(&ctx, entry, form).await
}

async fn show(ctx: &Ctx, entry: Entry, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let town = places::town(&mut tx, entry.details.town).await?;
    let title = entry.details.name.clone();
    let main = DetailMain {
        town_name: town.map_or(String::new(), |town| town.name),
        steps: store::steps(&mut tx, entry.id).await?,
        exceptions: store::exceptions_of(&mut tx, entry.id, ctx.today()).await?,
        outside: outside::of(&mut tx, OBJECT, entry.id.raw()).await?,
        outlets: store::outlets_of(&mut tx, entry.id).await?,
        form,
        may_write: ctx.actor()?.may(WRITE),
        moves: Move::possible(entry.state.kind()),
        states: OutsideState::ALL
            .iter()
            .map(|state| (state.as_str().to_owned(), state.label().to_owned()))
            .collect(),
        entry,
    };
    Ok(Page::new(title, &main)?.crumb("工作站", "/manage/stations").answering(&main.form))
}

impl DetailMain {
    fn facilities(&self) -> String {
        let all = self.entry.details.facilities.all();
        all.iter().filter(|(_, _, has)| *has).map(|(_, label, _)| *label).collect::<Vec<_>>().join("、")
    }

    fn position(&self) -> String {
        let exact =
            if self.entry.details.position_kind == places::Position::Schematic { "（示意）" } else { "" };
        self.entry.details.position.map_or("未标注".to_owned(), |(lat, lon)| format!("{lat},{lon}{exact}"))
    }

    fn day_words(day: &Day) -> String {
        format!("{}（{}）", day.chinese(), day.weekday_label())
    }
}

/// `POST /manage/stations/{id}/exceptions`
pub(crate) async fn add(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let done = "已保存临时安排，群众现在就能看到。";
    let entry = super::edit::find(&ctx, &id).await?;
    answer(&ctx, entry, form, done, try_add).await
}

async fn try_add(ctx: &Ctx, station: Id<Station>, form: &mut Form) -> Result<Tx> {
    let day = form.parse("day", Day::parse);
    if day.is_none() && form.get("day").is_empty() {
        form.error("day", "请填写日期");
    }
    let spans = form.parse("hours", day_spans).unwrap_or_default();
    let reason = form.text("exception_reason", 60);
    form.check()?;
    let Some(day) = day else { return Err(Refusal::invalid("请填写日期").into()) };
    let mut tx = ctx.begin_write().await?;
    add_exception(&mut tx, ctx.actor_id(), station, day, &spans, &reason, ctx.today()).await?;
    Ok(tx)
}

/// `POST /manage/stations/{id}/exceptions/remove`
pub(crate) async fn remove(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let entry = super::edit::find(&ctx, &id).await?;
    answer(&ctx, entry, form, "已取消临时安排，恢复平时的开放时间。", try_remove).await
}

async fn try_remove(ctx: &Ctx, station: Id<Station>, form: &mut Form) -> Result<Tx> {
    let exception = form.id("exception", "这条临时安排已经不在了。");
    form.check()?;
    let Some(exception) = exception else {
        return Err(Refusal::invalid("请选择要取消的临时安排").into());
    };
    let mut tx = ctx.begin_write().await?;
    remove_exception(&mut tx, ctx.actor_id(), station, exception).await?;
    Ok(tx)
}

/// `POST /manage/stations/{id}/outside`
pub(crate) async fn note(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let entry = super::edit::find(&ctx, &id).await?;
    answer(&ctx, entry, form, "已记下外部系统编号。", try_note).await
}

async fn try_note(ctx: &Ctx, station: Id<Station>, form: &mut Form) -> Result<Tx> {
    let system = form.need("system", "请填写外部系统的名称，例如 江苏法网");
    let number = form.text("number", 40);
    let state = form.parse("outside_state", |text| OutsideState::from_text(text).ok_or("请选择录入情况"));
    if state.is_none() && form.get("outside_state").is_empty() {
        form.error("outside_state", "请选择录入情况");
    }
    form.check()?;
    let Some(state) = state else { return Err(Refusal::invalid("请选择录入情况").into()) };
    let mut tx = ctx.begin_write().await?;
    note_outside(&mut tx, ctx.actor_id(), station, &system, &number, state, ctx.today()).await?;
    Ok(tx)
}

/// Does the act and shows the station again: afresh, or with what is wrong.
async fn answer(
    ctx: &Ctx,
    entry: Entry,
    mut form: Form,
    done: &str,
    act: impl AsyncFn(&Ctx, Id<Station>, &mut Form) -> Result<Tx>,
) -> Reply {
    match act(ctx, entry.id, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/manage/stations/{}", entry.id), done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(ctx, entry, form).await?.into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::Role;

    #[test]
    fn a_day_with_other_hours_is_set_shown_to_citizens_and_taken_back() {
        on_sqlite(&migrations(), |db| async move {
            let (_, ids) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let manager = server.log_in(actor(Role::Manager));
            let uri = format!("/manage/stations/{}", ids[0]);
            insta::assert_snapshot!("detail", manager.get(&uri).await.main());
            let add = format!("{uri}/exceptions");
            let today = [("day", "2022年5月6日"), ("hours", ""), ("exception_reason", "全员培训")];
            assert_eq!(manager.post(&add, &today).await.status, 303);
            let public = server.get("/stations").await.text();
            assert!(
                public.find("湖塘镇法律援助工作站") < public.find("洛阳镇法律援助工作站"),
                "closed today"
            );
            let wrong =
                manager.post(&add, &[("day", "5月"), ("hours", "8-9"), ("exception_reason", "x")]).await;
            assert_eq!(wrong.status, 422);
            assert!(wrong.text().contains("看不懂时间") && wrong.text().contains("全员培训"));
            let page = manager.get(&uri).await.text();
            let at = page.find(r#"name="exception" value=""#).expect("a button to take it back") + 24;
            let exception = page[at..].split('"').next().expect("an id").to_owned();
            assert_eq!(
                manager.post(&format!("{add}/remove"), &[("exception", &exception)]).await.status,
                303
            );
            assert_eq!(
                manager.post(&format!("{add}/remove"), &[("exception", &exception)]).await.status,
                404
            );
            let noted = [("system", "江苏法网"), ("number", "FY-12"), ("outside_state", "recorded")];
            assert_eq!(manager.post(&format!("{uri}/outside"), &noted).await.status, 303);
            assert!(manager.get(&uri).await.text().contains("FY-12"));
            assert_eq!(
                manager
                    .post(&format!("{uri}/outside"), &[("system", "江苏法网"), ("outside_state", "")])
                    .await
                    .status,
                422
            );
            let reader = server.log_in(actor(Role::Clerk));
            assert_eq!(reader.post(&add, &today).await.status, 403);
            assert!(!reader.get(&uri).await.main().contains("<form"), "readers change nothing");
            Ok(())
        });
    }
}
