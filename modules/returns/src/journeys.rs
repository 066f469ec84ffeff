//! The forms, asked through their pages on both engines: a case that lacks something, numbers that open, what is typed, the
//! workbook, who may.

use ::store::{
    Db, params,
    tally::{self, Fact, Measure},
};
use calamine::{Data, Reader as _, Xlsx};
use kernel::{CountUnit, Day, Id, Moment, Result, TestClock};
use legal_aid::{
    Act, Application, Case, Decision, Origin, Saying, do_act, take_application,
    testing::{World, a_subsidy, an_application, world},
};
use std::sync::Arc;
use testkit::{Answer, Server, actor, on_both};
use web::{Actor, Role};

const QUARTER: &str = "period=2022Q1&scheme=calendar";

struct Site {
    db: Db,
    server: Server,
    world: World,
}

fn moment(day: &str) -> Moment {
    Moment::parse(&format!("{day}T09:00")).expect("a moment")
}

impl Site {
    async fn open(db: Db) -> Result<Self> {
        let world = world(&db).await?;
        let modules = vec![
            imports::module(),
            places::module(),
            parties::module(),
            counsel::module(),
            stations::module(),
            advisers::module(),
            legal_aid::module(),
            crate::module(),
        ];
        let clock = Arc::new(TestClock::new(moment("2022-05-06")));
        let server = Server::new(db.clone(), clock, modules);
        Ok(Self { db, server, world })
    }

    fn as_role(&self, role: Role, id: i64) -> Server {
        self.server.log_in(Actor { id, session: format!("{}-{id}", role.key()), ..actor(role) })
    }

    /// An application about wages, granted, handled, closed with 20,000 yuan, all of it wages, and paid.
    async fn closed(&self) -> Result<Id<Case>> {
        let mut tx = self.db.begin_write().await?;
        let clerk = actor(Role::Clerk);
        let manager = Actor { id: 8, ..actor(Role::Manager) };
        let lawyer = Actor { id: 30, subject: Some(self.world.lawyers[0].raw()), ..actor(Role::Adviser) };
        let new = an_application(&self.world);
        let new = Application { said: legal_aid::Said { people: 3, ..new.said }, ..new };
        let at = moment("2022-02-07");
        let id = take_application(&mut tx, Some(&clerk), Origin::Application, &new, at, at).await?;
        let grant = || Saying { decision: Some(Decision::Grant), ..Saying::default() };
        let offer = Saying { lawyer: self.world.lawyers.first().copied(), ..Saying::default() };
        let file = Saying { code: "8".to_owned(), amount: Some(20_000), wages: 20_000, ..Saying::default() };
        let price = Saying { subsidy: Some(a_subsidy(1_200)), ..Saying::default() };
        for (day, who, act, saying) in [
            ("2022-02-08", &clerk, Act::Propose, grant()),
            ("2022-02-09", &manager, Act::Decide, grant()),
            ("2022-02-10", &clerk, Act::Offer, offer),
            ("2022-02-11", &lawyer, Act::Accept, Saying::default()),
            ("2022-02-14", &lawyer, Act::Meet, Saying::default()),
            ("2022-03-10", &lawyer, Act::File, file),
            ("2022-03-15", &clerk, Act::PassFile, Saying::default()),
            ("2022-03-18", &manager, Act::Price, price),
            ("2022-03-20", &clerk, Act::Pay, Saying::default()),
        ] {
            let at = moment(day);
            let saying =
                Saying { words: "测试".to_owned(), on: Some(at.day()), no_conflict: true, ..saying };
            let entry = legal_aid::case(&mut tx, id).await?.expect("the case");
            do_act(&mut tx, who, &entry, act, &saying, at).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// A minor whose defence was notified; nobody said how far the proceedings are.
    async fn notified(&self) -> Result<Id<Case>> {
        let mut tx = self.db.begin_write().await?;
        let new = an_application(&self.world);
        let said = legal_aid::Said { matter: "M25-1".to_owned(), groups: Vec::new(), ..new.said };
        let new = Application { said, ..new };
        let at = moment("2022-03-01");
        let id = take_application(&mut tx, Some(&actor(Role::Clerk)), Origin::Notice, &new, at, at).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Consultations by telephone and in WeChat.
    async fn consulted(&self) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        for (measure, matter, quantity) in [
            ("advisers.consultations.phone", "Q32", 5),
            ("advisers.consultations.phone", "L-FRD", 2),
            ("advisers.consultations.wechat", "L-OTH", 4),
            ("callbacks.done", "Q39", 1),
        ] {
            let day = Day::new(2022, 3, 3).expect("a day");
            let unit = self.world.units[0];
            let fact = Fact {
                matter: matter.to_owned(),
                ..Fact::new(
                    Measure::new(measure, CountUnit::Time),
                    quantity,
                    day,
                    unit,
                    "advisers_service",
                    unit,
                )
            };
            tally::record(&mut tx, &fact, moment("2022-03-03")).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// The texts of every cell of a sheet, and its merged blocks.
fn sheet(answer: &Answer, name: &str) -> (Vec<Vec<String>>, usize) {
    let mut book = Xlsx::new(std::io::Cursor::new(answer.bytes.clone())).expect("a workbook");
    let merged = book.merge_cells_by_sheet_name(name).expect("merged blocks").len();
    let range = book.worksheet_range(name).expect("a sheet");
    let rows = range.rows().map(|row| {
        row.iter().map(|cell| if *cell == Data::Empty { String::new() } else { cell.to_string() }).collect()
    });
    (rows.collect(), merged)
}

fn migrations() -> Vec<::store::Migration> {
    [legal_aid::testing::migrations(), crate::MIGRATIONS.to_vec()].concat()
}

#[test]
fn a_case_that_lacks_something_breaks_a_check_until_somebody_says_it() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let (id, manager) = (site.notified().await?, site.as_role(Role::Manager, 8));
        let page = format!("/returns/F05?{QUARTER}");
        let before = manager.get(&page).await.text();
        assert!(before.contains("1 件案件缺少统计要素") && before.contains("不通过"), "{before}");
        let particulars = format!("/aid/{id}/particulars");
        assert!(before.contains(&particulars) && manager.get("/returns").await.status == 200);
        let form = manager.get(&particulars).await.text();
        assert!(
            form.contains("报表还缺：刑事诉讼阶段") && form.contains("不选的，按案件情况：刑事辩护"),
            "{form}"
        );
        let made_up = manager.post(&particulars, &[("version", "1"), ("phase", "second-coming")]).await;
        assert!(made_up.status == 422 && made_up.text().contains("请从列表里选择"), "{}", made_up.main());
        let stale = manager.post(&particulars, &[("version", "99"), ("phase", "prosecution")]).await;
        assert!(stale.status == 409 && stale.text().contains("selected>审查起诉"), "what was chosen stays");
        let said = [("version", "1"), ("phase", "prosecution"), ("sent_by", "procuratorate")];
        assert_eq!(manager.post(&particulars, &said).await.status, 303);
        let after = manager.get(&page).await.text();
        assert!(!after.contains("缺少统计要素") && !after.contains(r#"badge bad"#), "{after}");
        let rows = manager.get(&format!("/returns/F05/rows?column=4&{QUARTER}")).await.text();
        assert!(rows.contains(&format!("/aid/{id}")) && rows.contains("通知辩护：未成年人"), "{rows}");
        let told = manager.get(&format!("/aid/{id}")).await.text();
        assert!(told.contains("填写统计要素"), "the case tells who said it: {told}");
        Ok(())
    });
}

#[test]
fn every_number_opens_down_to_its_rows() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.closed().await?;
        site.consulted().await?;
        stations::testing::four_stations(&site.db).await.ok();
        let leader = site.as_role(Role::Leader, 9);
        let month = leader.get("/returns/M1?period=2022-03&scheme=calendar").await.text();
        assert!(
            month.contains("挽回经济损失") && month.contains("<b>2</b>"),
            "20,000 yuan are 2 万元: {month}"
        );
        let rows = leader.get(&format!("/returns/F06/rows?column=46&{QUARTER}")).await.text();
        assert!(rows.contains(&format!("/aid/{id}")) && rows.contains("20000"), "{rows}");
        let people = leader.get(&format!("/returns/F09?{QUARTER}")).await.text();
        assert!(people.contains("<b>3</b>"), "three people in one case: {people}");
        let q1 = leader.get(&format!("/returns/Q1?{QUARTER}")).await.text();
        assert!(
            q1.contains("未采集") && q1.contains("（部分）"),
            "who came to the window is not known: {q1}"
        );
        let civil = leader.get(&format!("/returns/Q1/rows?column=28&{QUARTER}")).await.text();
        assert!(civil.contains("系统计数 <b class=\"num\">9</b>") && civil.contains("共 2 条"), "{civil}");
        let paged = leader.get(&format!("/returns/Q1/rows?column=28&from=1&{QUARTER}")).await.text();
        assert!(paged.contains("第 2 至 2 条") && paged.contains("上一页"), "{paged}");
        let paid = leader.get(&format!("/returns/F04/rows.xlsx?column=12&{QUARTER}")).await;
        assert_eq!(paid.status, 200);
        let f12 = leader.get("/returns/F12?period=2022Q2&scheme=calendar").await.text();
        assert!(f12.contains("依托基层司法所"), "{f12}");
        assert_eq!(leader.get(&format!("/returns/F12/rows?column=1&{QUARTER}")).await.status, 200);
        assert_eq!(leader.get(&format!("/returns/F13/rows?column=1&{QUARTER}")).await.status, 200);
        for (uri, status) in [
            (format!("/returns/F99?{QUARTER}"), 404),
            (format!("/returns/F06/rows?column=99&{QUARTER}"), 404),
            (format!("/returns/F01/rows?column=1&{QUARTER}"), 404),
            ("/returns/F06?period=2023Q1".to_owned(), 422),
            ("/returns/F06?period=never".to_owned(), 422),
        ] {
            assert_eq!(leader.get(&uri).await.status, status, "{uri}");
        }
        let officer = site.as_role(Role::TownOfficer, 5);
        assert_eq!(officer.get("/returns").await.status, 403, "they cover the whole district");
        assert_eq!(
            leader.get(&format!("/returns/F01/typed?{QUARTER}")).await.status,
            403,
            "who looks types nothing"
        );
        Ok(())
    });
}

#[test]
fn what_nobody_records_is_typed_by_who_knows_it() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let (one, two) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        let page = format!("/returns/F03?{QUARTER}");
        assert!(one.get(&page).await.text().contains("未采集"));
        let form = one.get(&format!("/returns/F03/typed?{QUARTER}")).await.text();
        assert!(
            form.contains("财政拨款（万元）—总计") && form.contains(r#"name="seen" value="0""#),
            "{form}"
        );
        let fields = [("period", "2022Q1"), ("scheme", "calendar"), ("seen", "0")];
        let with = |more: &[(&'static str, &'static str)]| [&fields[..], more].concat();
        let bad = one.post("/returns/F03/typed", &with(&[("n-1", "很多")])).await;
        assert!(bad.status == 422 && bad.text().contains("很多"), "what was typed stays: {}", bad.main());
        assert_eq!(one.post("/returns/F03/typed", &with(&[])).await.status, 422, "nothing changed");
        let typed = with(&[("n-1", "120.5"), ("n-2", "120.5"), ("n-10", "0"), ("n-11", "0")]);
        assert_eq!(one.post("/returns/F03/typed", &typed).await.status, 303);
        let shown = one.get(&page).await.text();
        assert!(shown.contains("120.5 ＝ 120.5") && shown.contains("人工填报：测试员"), "{shown}");
        let late = two.post("/returns/F03/typed", &with(&[("n-1", "99")])).await;
        assert!(
            late.status == 409 && late.text().contains(r#"value="99""#),
            "somebody was quicker: {}",
            late.main()
        );
        // Taken back: an empty field is 未采集 again, and both rows stay.
        let seen = late.text();
        let seen = seen
            .split(r#"name="seen" value=""#)
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a mark");
        let back = [
            ("period", "2022Q1"),
            ("scheme", "calendar"),
            ("seen", seen),
            ("n-2", "120.5"),
            ("n-10", "0"),
            ("n-11", "0"),
        ];
        assert_eq!(two.post("/returns/F03/typed", &back).await.status, 303);
        let mut tx = site.db.begin_read().await?;
        let kept: i64 =
            tx.scalar("select count(*) from returns_typed_entry where form = $1", params!["F03"]).await?;
        assert_eq!(kept, 5);
        let trail: i64 =
            tx.scalar("select count(*) from audit_row where action = $1", params!["returns.type"]).await?;
        assert_eq!(trail, 2);
        let other = one.get("/returns/F03?period=2022Q1&scheme=ministry").await.text();
        assert!(!other.contains("120.5"), "another scheme, another period: {other}");
        Ok(())
    });
}

#[test]
fn the_workbook_is_laid_out_as_the_ministry_does() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        site.closed().await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let file = clerk.get(&format!("/returns/F06/form.xlsx?{QUARTER}")).await;
        assert_eq!(file.status, 200);
        let (rows, merged) = sheet(&file, "F06");
        assert_eq!(rows[0][0], "法律援助统计报表六　民事");
        let at = |text: &str| rows.iter().flatten().filter(|cell| *cell == text).count();
        assert_eq!(at("已结案件承办情况"), 1, "one head over its columns");
        assert!(merged > 30, "{merged} blocks");
        let numbers = rows.iter().position(|row| row[0] == "栏次").expect("the numbers of the columns");
        let values = &rows[numbers + 1];
        assert_eq!(
            (values[9].as_str(), values[33].as_str(), values[46].as_str()),
            ("1", "1", "2"),
            "{values:?}"
        );
        let (checks, _) = sheet(&file, "校验");
        assert_eq!(checks.len(), 1 + crate::checks().iter().filter(|check| check.form == "F06").count());
        assert!(checks.iter().skip(1).all(|row| row[5] == "通过"), "{checks:?}");
        let (words, _) = sheet(&file, "逐栏说明");
        assert_eq!(words.len(), 1 + 47);
        let list = clerk.get("/returns?year=2022&part=Q1&scheme=calendar").await;
        insta::assert_snapshot!("list", list.main());
        Ok(())
    });
}
