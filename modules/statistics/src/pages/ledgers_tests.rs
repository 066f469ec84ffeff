//! A ledger is kept from a page of rows, filled in for a period, and is nobody else's.

use crate::world::{self, server};
use calamine::{Data, Reader as _, Xlsx};
use testkit::{actor, on_sqlite};
use web::{Actor, Role};

#[test]
fn a_ledger_is_kept_filled_in_and_deleted() {
    on_sqlite(&world::migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let server = server(db);
        let manager = server.log_in(actor(Role::Manager));
        assert!(manager.get("/statistics/ledgers").await.text().contains("还没有台账"));
        let blank = manager
            .get("/statistics/ledgers/new?figure=advisers.visits&town=&title=&col=day&col=quantity")
            .await;
        assert_eq!(blank.status, 200);
        insta::assert_snapshot!("ledger", blank.main());
        let fields = |title| {
            [
                ("figure", "advisers.visits"),
                ("title", title),
                ("scheme", ""),
                ("col", "day"),
                ("col", "quantity"),
            ]
        };
        let refused = manager.post("/statistics/ledgers/new", &fields("")).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains("请填写台账名称")
                && refused.text().contains(r#"value="quantity" checked"#),
            "{}",
            refused.text()
        );
        let kept = manager.post("/statistics/ledgers/new", &fields("上门服务台账")).await;
        assert_eq!((kept.status.as_u16(), kept.location()), (303, "/statistics/ledgers"));
        let list = manager.get("/statistics/ledgers").await;
        insta::assert_snapshot!("ledgers", list.main());
        let text = list.text();
        let path = text
            .split_once(r#"action="/statistics/ledgers/"#)
            .and_then(|(_, rest)| rest.split_once('/'))
            .expect("a form")
            .0
            .to_owned();

        let file = manager.get(&format!("/statistics/ledgers/{path}/run.xlsx?year=2022&part=Q1")).await;
        assert_eq!(file.status, 200);
        let mut book = Xlsx::new(std::io::Cursor::new(file.bytes)).expect("a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
        let rows: Vec<Vec<String>> =
            range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
        assert_eq!(rows[0][0], "上门服务台账");
        assert_eq!(rows[2], ["序号", "日期", "数量"]);
        assert_eq!(rows.last().map(|row| (row[0].as_str(), row[2].as_str())), Some(("合计", "4")));
        assert_eq!(
            manager.get(&format!("/statistics/ledgers/{path}/run.xlsx")).await.status,
            422,
            "no period"
        );
        assert_eq!(
            manager.get(&format!("/statistics/ledgers/{path}/run.xlsx?year=2022&part=Q4")).await.status,
            422,
            "not begun"
        );

        let other = server.log_in(Actor { id: 8, session: "other".to_owned(), ..actor(Role::Clerk) });
        assert_eq!(
            other.get(&format!("/statistics/ledgers/{path}/run.xlsx?year=2022&part=Q1")).await.status,
            404
        );
        assert_eq!(other.post(&format!("/statistics/ledgers/{path}/delete"), &[]).await.status, 404);
        assert!(other.get("/statistics/ledgers").await.text().contains("还没有台账"));
        assert_eq!(manager.post(&format!("/statistics/ledgers/{path}/delete"), &[]).await.status, 303);
        assert!(manager.get("/statistics/ledgers").await.text().contains("还没有台账"));
        Ok(())
    });
}
