//! From a figure to its rows: two clicks, equal sums, nobody else's towns, files that say the same.

use crate::{
    fact::number,
    testing::{VISITS, a_fact},
    world::{self, day, server},
};
use ::store::{
    tally::{self, Fact},
    testing::spoil_tally,
};
use calamine::{Data, Reader as _, Xlsx};
use kernel::Moment;
use testkit::{Answer, actor, on_both, on_sqlite};
use web::{Actor, Role};

fn officer(towns: &[i64]) -> Actor {
    Actor { towns: towns.to_vec(), ..actor(Role::TownOfficer) }
}

/// The texts of every cell of a sheet.
fn cells(answer: &Answer, sheet: usize) -> Vec<Vec<String>> {
    let mut book = Xlsx::new(std::io::Cursor::new(answer.bytes.clone())).expect("a workbook");
    let range = book.worksheet_range_at(sheet).expect("a sheet").expect("that can be read");
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

#[test]
fn a_figure_opens_down_to_its_rows_in_two_clicks() {
    on_sqlite(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server(db).log_in(actor(Role::Manager));
        let bulletin = manager.get("/statistics/2022Q1").await;
        assert_eq!(bulletin.status, 200);
        insta::assert_snapshot!("overview", world::steady(&bulletin.main()));
        assert!(bulletin.text().contains(r#"href="/statistics/2022Q1/advisers.visits""#));
        let figure = manager.get("/statistics/2022Q1/advisers.visits").await;
        insta::assert_snapshot!("figure", figure.main());
        let town = format!("/statistics/2022Q1/advisers.visits/rows?town={}", number(quarter.towns[1]));
        assert!(figure.text().contains(&format!(r#"href="{town}""#)), "{}", figure.text());
        let rows = manager.get(&town).await;
        assert_eq!(rows.status, 200);
        insta::assert_snapshot!("rows", rows.main());
        let text = rows.text();
        assert!(
            text.contains("= 本表全部 3 行数量之和") && text.contains("冲正") && !text.contains("不一致"),
            "{text}"
        );
        assert!(text.contains("薛微澜（江苏澄岚律师事务所）"), "who served");
        let all = manager.get("/statistics/2022Q1/advisers.visits/rows").await.text();
        assert!(all.contains("盗窃") && all.contains("上门/现场"), "codes are told by name");
        Ok(())
    });
}

#[test]
fn every_page_of_rows_comes_once() {
    on_both(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let mut tx = db.begin_write().await?;
        for source_id in 1..=45 {
            let fact = Fact {
                source_id,
                ..a_fact(VISITS, quarter.units[1], day("2022-04-02").add_days(source_id / 20))
            };
            tally::record(&mut tx, &fact, Moment::from_micros(1)).await?;
        }
        tx.commit().await?;
        let manager = server(db).log_in(actor(Role::Manager));
        let mut uri = "/statistics/2022Q2/advisers.visits/rows?col=number&col=quantity".to_owned();
        let mut seen = Vec::new();
        let mut back = String::new();
        for _ in 0..5 {
            let text = manager.get(&uri).await.text();
            assert!(text.contains("= 本表全部 45 行数量之和"));
            seen.extend(
                text.split(r#"data-label="编号""#)
                    .skip(1)
                    .filter_map(|rest| rest.split(['>', '<']).nth(3).map(str::to_owned)),
            );
            let link = |rel: &str| {
                Some(
                    text.split_once(&format!(r#"rel="{rel}" href=""#))?
                        .1
                        .split_once('"')?
                        .0
                        .replace("&amp;", "&"),
                )
            };
            back = link("prev").unwrap_or(back);
            let Some(next) = link("next") else { break };
            uri = next;
        }
        assert_eq!(seen.len(), 45);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 45, "none twice");
        assert!(
            back.contains("col=number") && back.contains("col=quantity"),
            "the columns stay chosen: {back}"
        );
        assert_eq!(manager.get(&back).await.text().matches(r#"data-label="编号""#).count(), 20);
        Ok(())
    });
}

#[test]
fn an_officer_sees_own_towns_only() {
    on_both(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let officer = server(db).log_in(officer(&quarter.towns[..1]));
        let bulletin = officer.get("/statistics/2022Q1").await.text();
        assert!(
            bulletin.contains("一季度，洛阳镇村（社区）法律顾问提供上门服务2次")
                && !bulletin.contains("全区"),
            "{bulletin}"
        );
        let figure = officer.get("/statistics/2022Q1/advisers.consultations").await.text();
        assert!(
            figure.contains("洛阳镇") && !figure.contains("湖塘镇") && !figure.contains("区本级"),
            "{figure}"
        );
        assert!(!figure.contains("不一致"));
        let rows = officer.get("/statistics/2022Q1/advisers.visits/rows").await.text();
        assert!(
            rows.contains("= 本表全部 2 行数量之和")
                && !rows.contains("鸣凰社区")
                && !rows.contains("湖塘镇"),
            "{rows}"
        );
        let (other, unit) = (number(quarter.towns[1]), number(quarter.units[2]));
        for uri in [
            format!("/statistics/2022Q1/advisers.visits?town={other}"),
            format!("/statistics/2022Q1/advisers.visits/rows?town={other}"),
            format!("/statistics/2022Q1/advisers.visits/rows?unit={unit}"),
            format!("/statistics/2022Q1/advisers.visits/rows.xlsx?unit={unit}"),
            "/statistics/2022Q1/advisers.visits/rows?town=district".to_owned(),
            format!("/statistics/ledgers/new?figure=advisers.visits&unit={unit}"),
        ] {
            assert_eq!(officer.get(&uri).await.status, 404, "{uri}");
        }
        let file = cells(&officer.get("/statistics/2022Q1/advisers.visits/rows.xlsx").await, 0);
        assert!(!file.iter().flatten().any(|cell| cell.contains("湖塘镇")));
        let matrix = cells(&officer.get("/statistics/2022Q1.xlsx").await, 1);
        assert!(!matrix.iter().flatten().any(|cell| cell.contains("湖塘镇")));
        Ok(())
    });
}

#[test]
fn parts_can_be_followed_everywhere() {
    on_sqlite(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server(db).log_in(actor(Role::Manager));
        let town = number(quarter.towns[0]);
        let inside = manager.get(&format!("/statistics/2022Q1/advisers.visits?town={town}")).await.text();
        assert!(
            inside.contains("阳湖村") && !inside.contains("鸣凰社区") && inside.contains("洛阳镇上门服务"),
            "{inside}"
        );
        let district = manager.get("/statistics/2022Q1/advisers.consultations").await.text();
        assert!(district.contains("区本级") && district.contains("rows?town=district"), "{district}");
        let ledger = manager.get("/statistics/ledgers/new?figure=advisers.consultations&town=district").await;
        assert_eq!(ledger.status, 422);
        let rows = manager.get("/statistics/2022Q1/advisers.consultations/rows?town=district").await.text();
        assert!(rows.contains("= 本表全部 1 行数量之和") && rows.contains("区本级"), "{rows}");
        let stock = manager.get("/statistics/2022Q1/stations.total/rows").await.text();
        assert!(
            stock.contains("截至2022年5月6日")
                && stock.contains("= 本表全部 3 行数量之和")
                && stock.contains("/manage/stations/"),
            "{stock}"
        );
        let distinct = manager.get("/statistics/2022Q1/villages.visited/rows").await.text();
        assert!(distinct.contains("个不同的村（社区）") && !distinct.contains("不一致"), "{distinct}");
        let year = manager.get("/statistics/2022-03/advisers.visits/rows?span=year").await.text();
        assert!(
            year.contains("2022年1月1日至2022年3月31日") && year.contains("= 本表全部 5 行数量之和"),
            "{year}"
        );
        let parts = manager.get("/statistics/2022-03/advisers.visits?span=year").await.text();
        assert!(
            parts.contains("每月上门服务")
                && parts.contains("rows?span=year&amp;town=") | parts.contains("rows?span=year&#38;town="),
            "{parts}"
        );
        for uri in [
            "/statistics/2022Q1/nothing",
            "/statistics/2022Q1/advisers.visits?town=nonsense",
            "/statistics/2022Q1/advisers.visits/rows?unit=320412-99999",
        ] {
            assert_eq!(manager.get(uri).await.status, 404, "{uri}");
        }
        Ok(())
    });
}

#[test]
fn a_spoiled_sum_shows_on_the_pages() {
    on_sqlite(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let mut tx = db.begin_write().await?;
        spoil_tally(&mut tx, VISITS.key, quarter.units[2], 1).await?;
        tx.commit().await?;
        let manager = server(db).log_in(actor(Role::Manager));
        let figure = manager.get("/statistics/2022Q1/advisers.visits").await.text();
        assert!(figure.contains("分项之和与合计不一致"), "{figure}");
        let town = number(quarter.towns[1]);
        let rows = manager.get(&format!("/statistics/2022Q1/advisers.visits/rows?town={town}")).await.text();
        assert!(rows.contains("明细与统计数不一致"), "{rows}");
        Ok(())
    });
}

#[test]
fn the_files_say_what_the_pages_say() {
    on_sqlite(&world::migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let manager = server(db).log_in(actor(Role::Manager));
        let book = manager.get("/statistics/2022Q1.xlsx").await;
        let figures = cells(&book, 0);
        assert!(
            figures.iter().any(|row| row[1] == "上门服务" && row[2] == "4" && row[6] == "+100.0%"),
            "{figures:?}"
        );
        let matrix = cells(&book, 1);
        let column = matrix[2].iter().position(|head| head == "电话和微信群咨询（次）").expect("a column");
        let values: Vec<&str> = matrix[3..].iter().map(|row| row[column].as_str()).collect();
        assert_eq!(values, ["2", "3", "1", "6"], "洛阳镇, 湖塘镇, 区本级, 合计");
        let parts = manager.get("/statistics/2022Q1/advisers.visits.xlsx").await;
        assert_eq!(cells(&parts, 0).last().expect("rows")[2], "4");
        let units = cells(&parts, 1);
        assert!(units.iter().any(|row| row[1] == "湖塘镇" && row[3] == "2"), "{units:?}");
        let rows = cells(
            &manager
                .get("/statistics/2022Q1/advisers.visits/rows.xlsx?title=甲&col=day&col=quantity&col=measure")
                .await,
            0,
        );
        assert_eq!(rows[0][0], "甲");
        assert_eq!(rows[2], ["序号", "日期", "类别", "数量"]);
        assert_eq!(rows.len(), 3 + 5 + 1, "head, five rows, sum");
        assert_eq!(rows[3][1], "2022-01-10", "the order of days");
        assert!(rows.iter().any(|row| row[2] == "上门服务（冲正）" && row[3] == "-5"), "{rows:?}");
        assert_eq!(rows.last().map(|row| row[3].as_str()), Some("4"));
        let everything = cells(&manager.get("/statistics/2022Q1/advisers.visits/rows.xlsx").await, 0);
        assert_eq!(everything[2].len(), 17, "every column with ids");
        Ok(())
    });
}

#[test]
fn periods_that_make_no_sense_are_refused() {
    on_sqlite(&world::migrations(), |db| async move {
        let server = server(db);
        let manager = server.log_in(actor(Role::Manager));
        assert_eq!(manager.get("/statistics").await.location(), "/statistics/2022Q1");
        assert_eq!(
            manager.get("/statistics?year=2021&part=M3&scheme=ministry&as_of=").await.location(),
            "/statistics/2021-03?scheme=ministry"
        );
        let early = manager.get("/statistics/2022Q3").await;
        assert_eq!(early.status, 422);
        assert!(early.text().contains("该期间尚未开始"));
        assert_eq!(manager.get("/statistics/nonsense").await.status, 422);
        assert_eq!(manager.get("/statistics/2022Q1?scheme=nonsense").await.status, 422);
        assert!(manager.get("/statistics/2022Q2").await.text().contains("未结束"));
        let comparison = manager.get("/statistics/2022Q1").await.text();
        assert!(
            comparison.contains("/statistics/2021Q4/stations.total?as_of=2021-12-31"),
            "the stock at that day: {comparison}"
        );
        for role in [Role::AuditAdmin, Role::Adviser, Role::SystemAdmin] {
            assert_eq!(server.log_in(actor(role)).get("/statistics/2022Q1").await.status, 403);
        }
        Ok(())
    });
}

#[test]
fn a_file_has_a_limit_and_says_so() {
    assert_eq!(super::few_enough(100_000), Ok(()));
    let refusal = super::few_enough(100_001).expect_err("too many");
    assert_eq!(
        refusal.message,
        "共 100,001 行，超过一次可导出的 100,000 行。请选择较短的统计期，或者分镇（街道）导出。"
    );
}
