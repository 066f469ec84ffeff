//! The whole way of a seal through the pages: sealed, late entries, taken back by two persons, sealed again, published;
//! and what must survive it all.

use crate::{
    fact::number,
    seal_check,
    sealed::digest,
    testing::{VISITS, a_fact},
    world::{self, Quarter, day, migrations, steady},
};
use ::store::{
    Db,
    tally::{self, Fact},
};
use kernel::{FixedClock, Moment};
use places::{EventKind, NewEvent, Successor, UnitKind};
use std::sync::Arc;
use testkit::{Answer, Server, actor, on_both, on_sqlite};
use web::{Actor, Role};

fn server_at(db: Db, moment: &str) -> Server {
    let clock = Arc::new(FixedClock(Moment::parse(moment).expect("a moment")));
    Server::new(db, clock, vec![crate::testing::figures_module(), places::module(), crate::module()])
}

fn leader() -> Actor {
    Actor { id: 8, name: "局长".to_owned(), ..actor(Role::Leader) }
}

/// Seals a period through the pages, whatever is still open; returns the address of the seal.
async fn seal(manager: &Server, period: &str) -> String {
    let uri = format!("/statistics/{period}/seal");
    let page = manager.get(&uri).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let done = manager.post(&uri, &[("seen", &seen(&page)), ("aware", "1")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    done.location().to_owned()
}

/// The id at the end of an address.
fn id_in(address: &str) -> &str {
    address.rsplit('/').next().expect("an id")
}

/// How many facts the page said.
fn seen(page: &Answer) -> String {
    let text = page.text();
    let rest = text.split(r#"name="seen" value=""#).nth(1).expect("the form");
    rest.split('"').next().expect("a number").to_owned()
}

async fn late_visit(db: &Db, place: i64, on: &str, source_id: i64) -> kernel::Result<()> {
    let mut tx = db.begin_write().await?;
    let fact = Fact { source_id, ..a_fact(VISITS, place, day(on)) };
    tally::record(&mut tx, &fact, Moment::parse("2022-05-06T10:00")?).await?;
    Ok(tx.commit().await?)
}

#[test]
fn a_quarter_is_sealed_in_two_clicks_and_shows_late_entries_as_adjustments() {
    on_sqlite(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let server = server_at(db.clone(), "2022-05-06T09:00");
        let manager = server.log_in(actor(Role::Manager));
        let overview = manager.get("/statistics/2022Q1").await.text();
        assert!(overview.contains(r#"href="/statistics/2022Q1/seal">定稿</a>"#), "{overview}");
        insta::assert_snapshot!("seal_confirm", steady(&manager.get("/statistics/2022Q1/seal").await.main()));

        let unaware = manager.post("/statistics/2022Q1/seal", &[("seen", "0")]).await;
        assert_eq!(unaware.status, 422, "open questions are to be seen first");
        let stale = manager.post("/statistics/2022Q1/seal", &[("seen", "1"), ("aware", "1")]).await;
        assert_eq!(stale.status, 409, "other facts than were seen");
        let record = seal(&manager, "2022Q1").await;
        let again = manager.get("/statistics/2022Q1/seal").await;
        assert_eq!(again.status, 409, "{}", again.text());

        let overview = manager.get("/statistics/2022Q1").await.text();
        assert!(overview.contains("已定稿 · 2022年5月6日 · 测试员"), "{overview}");
        assert!(!overview.contains("现值 ") && !overview.contains(">定稿</a>"));
        let page = manager.get(&record).await;
        assert!(page.text().contains("2022Q1-C-1"), "{}", page.text());
        insta::assert_snapshot!("seal_record", steady(&page.main()).replace(id_in(&record), "…"));

        late_visit(&db, quarter.units[1], "2022-03-30", 9001).await?;
        let overview = manager.get("/statistics/2022Q1").await.text();
        assert!(overview.contains("现值 5（定稿后补报 +1）"), "{overview}");
        assert!(overview.contains("<b>4</b>"), "the sealed figure stays");
        let live = manager.get("/statistics/2022Q1?live=1").await.text();
        assert!(live.contains("<b>5</b>") && live.contains("看定稿数"), "{live}");
        let figure = manager.get("/statistics/2022Q1/advisers.visits").await.text();
        assert!(figure.contains("定稿后补报 +1") && figure.contains("<b>4</b>"), "{figure}");
        let rows = manager.get("/statistics/2022Q1/advisers.visits/rows").await.text();
        assert!(rows.contains("定稿数 <b class=\"num\">4</b>"), "{rows}");

        let next = manager.get("/statistics/2022Q2").await.text();
        assert!(next.contains("上期补报和调整") && next.contains("2022年第一季度"), "{next}");
        assert!(next.contains("未结束"), "{next}");
        let late = manager.get("/statistics/2022Q1/advisers.visits/late?in=pending").await;
        assert_eq!(late.status, 200, "{}", late.text());
        assert!(late.text().contains("共 1 条，合计 <b class=\"num\">+1</b> 次"), "{}", late.text());
        let overview = steady(&manager.get("/statistics/2022Q1").await.main());
        insta::assert_snapshot!("seal_overview", overview.replace(id_in(&record), "…"));

        let officer = Actor { towns: vec![quarter.towns[0]], ..actor(Role::TownOfficer) };
        let officer = server.log_in(officer);
        let own = officer.get("/statistics/2022Q1").await.text();
        assert!(own.contains("<b>2</b>") && own.contains("现值 3（定稿后补报 +1）"), "{own}");
        assert_eq!(officer.get("/statistics/2022Q1/seal").await.status, 403);
        assert_eq!(officer.post("/statistics/2022Q1/seal", &[]).await.status, 403);
        Ok(())
    });
}

#[test]
fn a_reported_adjustment_stays_with_its_seal() {
    on_sqlite(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-10-08T09:00").log_in(actor(Role::Manager));
        seal(&manager, "2022Q1").await;
        late_visit(&db, quarter.units[1], "2022-03-30", 9001).await?;
        let record = seal(&manager, "2022Q2").await;
        let second = manager.get("/statistics/2022Q2").await.text();
        assert!(second.contains("上期补报和调整"), "{second}");
        let id = id_in(&record);
        let reported = manager.get(&format!("/statistics/2022Q1/advisers.visits/late?in={id}")).await.text();
        assert!(reported.contains("已随2022年第二季度的定稿（2022Q2-C-1）作为调整数报告"), "{reported}");
        let third = manager.get("/statistics/2022Q3").await.text();
        assert!(!third.contains("上期补报和调整"), "reported once");
        let json: serde_json::Value =
            serde_json::from_slice(&manager.get("/api/v1/figures?period=2022Q2").await.bytes)?;
        assert_eq!(json["adjustments"][0]["value"], 1);
        assert_eq!(json["sealed"]["number"], "2022Q2-C-1");
        Ok(())
    });
}

#[test]
fn a_seal_is_taken_back_by_two_persons_and_stays_in_the_history() {
    on_both(&migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let server = server_at(db.clone(), "2022-05-06T09:00");
        let manager = server.log_in(actor(Role::Manager));
        let leader = server.log_in(leader());
        let record = seal(&manager, "2022Q1").await;
        let (ask, decide) = (format!("{record}/unseal"), format!("{record}/unseal/decide"));
        assert_eq!(manager.post(&ask, &[("reason", "")]).await.status, 422);
        assert_eq!(leader.post(&ask, &[("reason", "漏报")]).await.status, 403, "who seals asks");
        assert_eq!(manager.post(&ask, &[("reason", "漏报 12 次")]).await.status, 303);
        assert_eq!(manager.post(&ask, &[("reason", "再来一次")]).await.status, 409);
        let alone = manager.post(&decide, &[("decision", "approve")]).await;
        assert_eq!(alone.status, 403, "nobody grants an own request: {}", alone.text());
        assert_eq!(leader.post(&decide, &[("decision", "reject")]).await.status, 422, "a reason, please");
        assert_eq!(
            leader.post(&decide, &[("decision", "reject"), ("remark", "下期补报即可")]).await.status,
            303
        );
        assert_eq!(manager.post(&ask, &[("reason", "确实要改")]).await.status, 303);
        assert_eq!(leader.post(&decide, &[("decision", "approve")]).await.status, 303);
        assert_eq!(leader.post(&decide, &[("decision", "approve")]).await.status, 409, "once");
        let overview = manager.get("/statistics/2022Q1").await.text();
        assert!(!overview.contains("已定稿 ·") && overview.contains(">定稿</a>"), "{overview}");
        let again = seal(&manager, "2022Q1").await;
        assert_ne!(again, record);
        let old = manager.get(&record).await.text();
        assert!(old.contains("这份定稿已经解除") && old.contains("2022Q1-C-2"), "{old}");
        assert!(old.contains("下期补报即可"), "{old}");
        let mut tx = db.begin_read().await?;
        assert!((seal_check::CHECK.run)(&mut tx, day("2022-05-06")).await?.is_empty());
        Ok(())
    });
}

#[test]
fn a_published_bulletin_is_read_by_everybody_until_it_is_withdrawn() {
    on_both(&migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let server = server_at(db.clone(), "2022-05-06T09:00");
        let manager = server.log_in(actor(Role::Manager));
        let record = seal(&manager, "2022Q1").await;
        let id = id_in(&record).to_owned();
        let address = format!("/bulletins/{id}");
        assert_eq!(server.get(&address).await.status, 404, "not shown yet");
        assert_eq!(server.get(&format!("{address}/file.json")).await.status, 404);
        assert_eq!(manager.post(&format!("{record}/publish"), &[]).await.status, 303);
        assert!(server.get("/bulletins").await.text().contains(&address));
        let page = server.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(page.headers["cache-control"], "private, max-age=300");
        insta::assert_snapshot!("bulletin", steady(&page.main()).replace(&id, "…"));
        let file = server.get(&format!("{address}/file.json")).await;
        assert_eq!(file.headers["cache-control"], "public, max-age=300");
        assert!(
            page.text().contains(&digest(&file.bytes)),
            "whoever computes the digest finds it on the page"
        );
        assert!(!page.text().contains("测试员"), "no person is named");
        assert!(!file.text().contains("测试员"));
        assert_eq!(server.get(&format!("{address}/file.facts")).await.status, 404);
        assert_eq!(manager.post(&format!("{record}/withdraw"), &[]).await.status, 303);
        assert_eq!(server.get(&address).await.status, 404);
        assert_eq!(manager.post(&format!("{record}/withdraw"), &[]).await.status, 409);
        Ok(())
    });
}

#[test]
fn what_was_sealed_survives_purging_renaming_and_merging_byte_for_byte() {
    on_both(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-05-06T09:00").log_in(actor(Role::Manager));
        let record = seal(&manager, "2022Q1").await;
        let mut before = Vec::new();
        for name in ["file.json", "file.html", "file.xlsx"] {
            before.push(manager.get(&format!("{record}/{name}")).await.bytes);
        }
        merge(&db, &quarter).await?;
        let mut tx = db.begin_write().await?;
        // Everything that may ever be purged, and more: persons, lawyers, even the facts themselves.
        for table in
            ["tally_fact", "tally_place", "tally_total", "parties_person_entry", "parties_term_entry"]
        {
            ::store::testing::empty(&mut tx, table).await?;
        }
        ::store::testing::spoil(&mut tx, "counsel_lawyer_entry", "name = '已匿名'", "1 = 1").await?;
        tx.commit().await?;
        for (name, before) in ["file.json", "file.html", "file.xlsx"].iter().zip(before) {
            assert_eq!(manager.get(&format!("{record}/{name}")).await.bytes, before, "{name}");
        }
        let mut tx = db.begin_read().await?;
        let found = (seal_check::CHECK.run)(&mut tx, day("2022-05-06")).await?;
        assert!(!found.is_empty(), "missing rows are noticed");
        Ok(())
    });
}

/// 谈家头村 and 阳湖村 become 谈湖村 on 1 May 2022.
async fn merge(db: &Db, quarter: &Quarter) -> kernel::Result<()> {
    let id = |raw: i64| kernel::Id::from_raw(raw).expect("an id");
    let mut tx = db.begin_write().await?;
    let event = NewEvent {
        kind: EventKind::Merge,
        day: day("2022-05-01"),
        town: kernel::Id::from_raw(quarter.towns[0]).expect("a town"),
        document: "武政发〔2022〕1号".to_owned(),
        note: String::new(),
        interval_marked: false,
        before: vec![id(quarter.units[0]), id(quarter.units[1])],
        after: vec![Successor {
            name: "谈湖村民委员会".to_owned(),
            short_name: "谈湖村".to_owned(),
            kind: UnitKind::Village,
            codes: Vec::new(),
            share: None,
        }],
        choices: Vec::new(),
    };
    places::record_event(&mut tx, Some(7), &event, &[], Moment::parse("2022-05-06T08:30")?).await?;
    tx.commit().await?;
    Ok(())
}

#[test]
fn history_shows_under_the_old_names_or_the_present_ones() {
    on_sqlite(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        merge(&db, &quarter).await?;
        let manager = server_at(db.clone(), "2022-05-06T09:00").log_in(actor(Role::Manager));
        let town = number(quarter.towns[0]);
        let inside = |names: &str| format!("/statistics/2022Q1/advisers.visits?town={town}{names}");
        let then = manager.get(&inside("")).await.text();
        assert!(then.contains("谈家头村") && then.contains("阳湖村") && !then.contains("谈湖村"), "{then}");
        let now = manager.get(&inside("&names=now")).await.text();
        assert!(now.contains("谈湖村") && !now.contains("谈家头村"), "{now}");
        for text in [&then, &now] {
            assert!(!text.contains("分项之和与合计不一致"), "{text}");
            assert!(text.contains("<b>2</b> 次"), "the whole is the same: {text}");
        }
        let rows = format!("/statistics/2022Q1/advisers.visits/rows?town={town}&names=now");
        assert!(manager.get(&rows).await.text().contains("本表全部 2 行"), "both villages' rows");
        seal(&manager, "2022Q1").await;
        let now = manager.get(&inside("&names=now")).await.text();
        assert!(now.contains("谈湖村") && now.contains("已定稿"), "{now}");
        let then = manager.get(&inside("")).await.text();
        assert!(then.contains("谈家头村") && !then.contains("谈湖村"), "{then}");
        Ok(())
    });
}

#[test]
fn a_past_moment_shows_what_was_known_then() {
    on_sqlite(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-05-08T09:00").log_in(actor(Role::Manager));
        let now = manager.get("/statistics/2022Q1").await.text();
        assert!(now.contains("<b>4</b>"), "{now}");
        late_visit(&db, quarter.units[1], "2022-03-30", 9001).await?;
        let after = manager.get("/statistics/2022Q1").await.text();
        assert!(after.contains("<b>5</b>"), "{after}");
        let then = manager.get("/statistics/2022Q1?as_of_moment=2022-05-06T09:59").await.text();
        assert!(then.contains("<b>4</b>") && then.contains("按 2022-05-06 09:59 的数据"), "{then}");
        assert!(then.contains("as_of_moment=2022-05-06T09%3A59"), "links keep the moment: {then}");
        let rows = "/statistics/2022Q1/advisers.visits/rows?as_of_moment=2022-05-06T09:59";
        let rows = manager.get(rows).await.text();
        assert!(!rows.contains("明细与统计数不一致"), "{rows}");
        let future = manager.get("/statistics/2022Q1?as_of_moment=2022-05-08T09:01").await;
        assert_eq!(future.status, 422);
        Ok(())
    });
}

#[test]
fn a_running_period_is_not_sealed_and_spoiled_sums_are_noticed() {
    on_both(&migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-03-31T23:59").log_in(actor(Role::Manager));
        assert_eq!(manager.get("/statistics/2022Q1/seal").await.status, 422, "the last day is not over");
        let manager = server_at(db.clone(), "2022-04-01T00:00").log_in(actor(Role::Manager));
        let mut tx = db.begin_write().await?;
        ::store::testing::spoil_tally(&mut tx, VISITS.key, quarter.units[2], 1).await?;
        tx.commit().await?;
        let page = manager.get("/statistics/2022Q1/seal").await;
        assert_eq!(page.status, 409, "{}", page.text());
        assert!(page.text().contains("汇总数与明细不一致"));
        let mut tx = db.begin_write().await?;
        tally::rebuild(&mut tx).await?;
        tx.commit().await?;
        let record = seal(&manager, "2022Q1").await;
        let mut tx = db.begin_write().await?;
        assert!((seal_check::CHECK.run)(&mut tx, day("2022-04-01")).await?.is_empty());
        let which = format!("measure = '{}' and day = '2022-03-25'", VISITS.key);
        ::store::testing::spoil(&mut tx, "tally_fact", "matter = 'Q99'", &which).await?;
        tx.commit().await?;
        let mut tx = db.begin_write().await?;
        let found = (seal_check::CHECK.run)(&mut tx, day("2022-04-01")).await?;
        // The visits are behind two figures, but they are one run of rows.
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].href.as_deref(), Some(record.as_str()));
        tx.execute(
            "update statistics_sealed_file_entry set sha256 = $2 where region_id = $1 and form = 'html'",
            ::store::params![tx.region()?, "0"],
        )
        .await?;
        let found = (seal_check::CHECK.run)(&mut tx, day("2022-04-01")).await?;
        assert!(found[0].what.contains("html"), "{found:?}");
        Ok(())
    });
}

#[test]
fn a_doubled_click_seals_once() {
    on_sqlite(&migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-05-06T09:00").log_in(actor(Role::Manager));
        let seen = seen(&manager.get("/statistics/2022Q1/seal").await);
        let form = [("seen", seen.as_str()), ("aware", "1"), ("idempotency_key", "click-0001-0001")];
        let first = manager.post("/statistics/2022Q1/seal", &form).await;
        let second = manager.post("/statistics/2022Q1/seal", &form).await;
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303), "{}", second.text());
        assert_eq!(first.location(), second.location());
        let list = manager.get("/statistics/seals").await.text();
        assert_eq!(list.matches("2022Q1-C-").count(), 2, "the row and its words for the blind: {list}");
        Ok(())
    });
}

#[test]
fn rows_are_exported_with_every_id() {
    on_sqlite(&migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let manager = server_at(db.clone(), "2022-05-06T09:00").log_in(actor(Role::Manager));
        let book = manager.get("/statistics/2022Q1/advisers.visits/rows.xlsx").await;
        let mut book: calamine::Xlsx<_> =
            calamine::Reader::new(std::io::Cursor::new(book.bytes)).expect("a workbook");
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("readable");
        let rows: Vec<Vec<String>> =
            sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let heads = &rows[2];
        for head in [
            "日期",
            "镇（街道）",
            "村（社区）",
            "编号",
            "流水号",
            "来源",
            "录入时间",
            "冲正的流水号",
            "被哪条冲正",
            "计数代码",
        ] {
            assert!(heads.contains(&head.to_owned()), "{head} of {heads:?}");
        }
        let at = |head: &str| heads.iter().position(|other| other == head).expect("a column");
        let reversing: Vec<_> =
            rows.iter().skip(3).filter(|row| !row[at("冲正的流水号")].is_empty()).collect();
        assert_eq!(reversing.len(), 1);
        let reversed = rows.iter().find(|row| row[at("流水号")] == reversing[0][at("冲正的流水号")]);
        assert_eq!(reversed.expect("the row taken back")[at("被哪条冲正")], reversing[0][at("流水号")]);
        Ok(())
    });
}
