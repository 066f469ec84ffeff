//! The call-backs for staff: who waits longest stands first.

use crate::{
    callback::StateKind,
    store::{self, Entry},
};
use askama::Template;
use axum::response::Response;
use kernel::Moment;
use places::Town;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/callbacks.html")]
struct CallbacksMain {
    listing: Listing,
    towns: Vec<Town>,
    entries: Vec<Entry>,
    pager: Pager,
    now: Moment,
}

/// `GET /callbacks`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    let (entries, total) = store::callbacks(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let (entries, pager) =
        listing.page(entries, total, |entry| (entry.created_at.micros().to_string(), entry.id.raw()));
    Page::new("回电", &CallbacksMain { listing, towns, entries, pager, now: ctx.now() })
}

/// `GET /callbacks.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let entries = store::callbacks_all(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let columns = [
        ("登记时间", 18.0),
        ("镇（街道）", 16.0),
        ("称呼", 12.0),
        ("电话", 16.0),
        ("事项", 16.0),
        ("方便时间", 10.0),
        ("状态", 10.0),
    ];
    let mut columns: Vec<SheetColumn> =
        columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect();
    columns.push(SheetColumn::sum("拨打（次）", 10.0));
    let row = |entry: Entry| -> Vec<Cell> {
        vec![
            entry.created_at.local().into(),
            entry.town_name.as_str().into(),
            entry.name.as_str().into(),
            entry.masked().into(),
            entry.topic.map_or("", crate::Topic::label).into(),
            entry.convenient.label().into(),
            entry.state.kind().label().into(),
            entry.attempts.into(),
        ]
    };
    let sheet = Sheet {
        name: "回电".to_owned(),
        title: format!("{}回电登记", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条，电话已遮盖", ctx.now().chinese(), entries.len()),
        columns,
        rows: entries.into_iter().map(row).collect(),
    };
    Ok(workbook("回电登记.xlsx", &[sheet])?)
}

impl CallbacksMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/callbacks.xlsx", &[])
    }

    fn waited(&self, entry: &Entry) -> String {
        let minutes = entry.created_at.seconds_until(self.now) / 60;
        match minutes {
            ..60 => format!("{} 分钟", minutes.max(0)),
            60..1440 => format!("{} 小时", minutes / 60),
            _ => format!("{} 天", minutes / 1440),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use calamine::Reader as _;
    use testkit::{actor, on_sqlite};
    use web::{Actor, Role};

    #[test]
    fn staff_see_masked_numbers_of_their_own_towns() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let town = world.towns[1].to_string();
            for (phone, town) in [("13800000001", ""), ("13800000002", town.as_str())] {
                assert_eq!(
                    server
                        .post("/callback", &[("phone", phone), ("town", town), ("name", "张阿姨")])
                        .await
                        .status,
                    303
                );
            }
            let manager = server.log_in(actor(Role::Manager));
            let all = manager.get("/callbacks").await;
            insta::assert_snapshot!("callbacks", all.main());
            assert!(
                all.text().contains("138****0001")
                    && all.text().contains("138****0002")
                    && !all.text().contains("13800000001")
            );
            let officer =
                server.log_in(Actor { towns: vec![world.towns[1].raw()], ..actor(Role::TownOfficer) });
            let own = officer.get("/callbacks").await.text();
            assert!(own.contains("138****0002") && !own.contains("138****0001"));
            let file = officer.get("/callbacks.xlsx").await.bytes;
            let mut book = calamine::Xlsx::new(std::io::Cursor::new(file))?;
            let sheet = book.worksheet_range("回电")?;
            assert_eq!(sheet.get_value((3, 4)).map(ToString::to_string).as_deref(), Some("138****0002"));
            assert_eq!(sheet.get_value((4, 0)).map(ToString::to_string).as_deref(), Some("合计"));
            assert_eq!(server.log_in(actor(Role::Leader)).get("/callbacks").await.status, 403);
            assert!(manager.get("/callbacks?state=called").await.text().contains("没有符合条件"));
            Ok(())
        });
    }
}
