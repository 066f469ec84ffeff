//! Outreach points: the staff's list, adding one, ending one.

use crate::{
    NewOutlet, Outlet, WRITE, WeeklyHours,
    actions::{add_outlet::add_outlet, end_outlet::end_outlet},
    store::outlets::{self, OutletLine},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Day, Id, Phone, Refusal, Result};
use places::Position;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/outlets.html")]
struct OutletsMain {
    form: Form,
    lines: Vec<OutletLine>,
    towns: Vec<(String, String)>,
    stations: Vec<(String, String)>,
    may_write: bool,
}

/// `GET /manage/stations/outlets`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[("started_on", &ctx.today().to_string())]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
    let stations =
        crate::public_stations(&mut tx).await?.into_iter().map(|s| (s.id.to_string(), s.name)).collect();
    let lines = outlets::list(&mut tx, &actor.reach()).await?;
    let main = OutletsMain { lines, towns, stations, may_write: actor.may(WRITE), form };
    Ok(Page::new("流动服务点", &main)?.crumb("工作站", "/manage/stations").answering(&main.form))
}

/// `POST /manage/stations/outlets`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/manage/stations/outlets", "已新建流动服务点。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let name = form.need("name", "请填写名称");
    let place = form.need("place", "请填写具体地点，方便群众找到");
    form.need("hours", "请填写时间");
    form.need("town", "请选择所属镇（街道）");
    form.need("started_on", "请填写开始日期");
    let town = form.id("town", "请选择所属镇（街道）");
    let station = form.id("station", "请从名单中选择工作站");
    let hours = form.parse("hours", WeeklyHours::parse);
    let started_on = form.parse("started_on", Day::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    form.check()?;
    let (Some(town), Some(hours), Some(started_on)) = (town, hours, started_on) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let note = form.get("note").to_owned();
    let outlet = NewOutlet {
        town,
        station,
        name,
        started_on,
        hours,
        position: None,
        position_kind: Position::None,
        place,
        phone,
        note,
    };
    let mut tx = ctx.begin_write().await?;
    add_outlet(&mut tx, ctx.actor_id(), &outlet).await?;
    Ok(tx)
}

/// `POST /manage/stations/outlets/end`
pub(crate) async fn end(ctx: Ctx, mut form: Form) -> Reply {
    let id: Option<Id<Outlet>> = form.id("id", "请刷新页面后重试");
    form.check()?;
    let id = id.ok_or_else(|| Refusal::invalid("请刷新页面后重试"))?;
    let mut tx = ctx.begin_write().await?;
    end_outlet(&mut tx, ctx.actor_id(), id, ctx.today()).await?;
    ctx.see_other(tx, "/manage/stations/outlets", "已停办，群众页面不再显示。").await
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::{Actor, Role};

    #[test]
    fn an_outreach_point_is_added_shown_to_its_town_and_ended() {
        on_both(&[places::MIGRATIONS, crate::MIGRATIONS].concat(), |db| async move {
            places::testing::two_towns(&db).await?;
            let mut tx = db.begin_read().await?;
            let towns = places::towns(&mut tx).await?;
            drop(tx);
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let manager = server.log_in(actor(Role::Manager));
            let town = towns[0].id.to_string();
            let mut fields = vec![
                ("name", "集市服务点"),
                ("town", town.as_str()),
                ("hours", "星期八"),
                ("place", "集市东门"),
                ("started_on", "2022-05-01"),
            ];
            let wrong = manager.post("/manage/stations/outlets", &fields).await;
            assert!(wrong.status == 422 && wrong.text().contains("value=\"星期八\""), "{}", wrong.text());
            fields[2].1 = "3 08:00-10:30";
            assert_eq!(manager.post("/manage/stations/outlets", &fields).await.status, 303);
            assert_eq!(
                manager.post("/manage/stations/outlets", &fields).await.status,
                422,
                "the name is taken"
            );
            let page = manager.get("/manage/stations/outlets").await.text();
            assert!(page.contains("集市服务点") && page.contains("8:00–10:30"), "{page}");
            let other = Actor { towns: vec![towns[1].id.raw()], ..actor(Role::TownOfficer) };
            assert!(
                !server.log_in(other).get("/manage/stations/outlets").await.text().contains("集市服务点")
            );
            let id = page
                .split("name=\"id\" value=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_default();
            assert_eq!(manager.post("/manage/stations/outlets/end", &[("id", id)]).await.status, 303);
            assert_eq!(
                manager.post("/manage/stations/outlets/end", &[("id", id)]).await.status,
                409,
                "only once"
            );
            assert!(manager.get("/manage/stations/outlets").await.text().contains("已停办"));
            Ok(())
        });
    }
}
