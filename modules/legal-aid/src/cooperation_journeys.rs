//! Letters of cooperation and jurisdiction, through the pages on both engines: one that came, one that hands a case over,
//! one that we sent; who may, what is refused, what is counted, who is reminded.

use crate::{
    actions::cooperation::remind_all,
    journeys::{Site, start},
    store::cooperations,
    testing::migrations,
};
use ::store::tally;
use identity::testing::an_account_with;
use kernel::{Moment, Result};
use std::collections::BTreeSet;
use testkit::{Server, on_both};
use web::{Listing, Role};

fn letter(town: &str) -> Vec<(&str, &str)> {
    vec![
        ("kind", "hardship"),
        ("institution", "南京市法律援助中心"),
        ("area", "江苏省南京市"),
        ("letter_number", "宁援协〔2022〕12号"),
        ("came_on", "2022-03-01"),
        ("wished", ""),
        ("subject", "周某测"),
        ("town", town),
        ("asked", "核查当事人的低保情况"),
    ]
}

async fn standing(site: &Site) -> Result<BTreeSet<(i64, String)>> {
    let mut tx = site.db.begin_read().await?;
    let all = outreach::testing::notices(&mut tx).await?;
    Ok(all
        .into_iter()
        .filter(|(.., gone)| gone.is_none())
        .map(|(account, _, key, _)| (account, key))
        .collect())
}

async fn made(who: &Server, page: &str, fields: &[(&str, &str)]) -> String {
    let answer = who.post(page, fields).await;
    assert_eq!(answer.status, 303, "{}", answer.main());
    answer.location().to_owned()
}

#[test]
fn a_letter_that_came_is_charged_answered_counted_and_filed() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let worker = an_account_with(&site.db, "worker", &[Role::Clerk], &[], None).await?.raw();
        let head = an_account_with(&site.db, "head", &[Role::Manager], &[], None).await?.raw();
        let (clerk, leader) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Leader, 9));
        let town = site.world.towns[0].to_string();
        for (at, wrong) in [
            (0, "dance"),
            (1, ""),
            (4, "2022-03-02"),
            (4, "2020-03-01"),
            (5, "2022-02-28"),
            (5, "2024-03-01"),
            (7, ""),
            (8, " "),
        ] {
            let mut fields = letter(&town);
            fields[at].1 = wrong;
            let answer = clerk.post("/aid/cooperation/new", &fields).await;
            assert_eq!(answer.status, 422, "{at} {wrong:?}");
            assert!(answer.text().contains("周某测"), "kept");
        }
        assert_eq!(leader.post("/aid/cooperation/new", &letter(&town)).await.status, 403);
        let page = made(&clerk, "/aid/cooperation/new", &letter(&town)).await;
        let shown = clerk.get(&page).await.text();
        for part in ["待分派", "2022-03-16", "办理协作事项并答复", "周某测", "核查当事人的低保情况"]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let read: i64 = {
            let mut tx = site.db.begin_read().await?;
            tx.scalar(
                "select count(*) from audit_row where object = 'legal_aid_cooperation' and action = 'personal.read'",
                ::store::params![],
            )
            .await?
        };
        assert_eq!(read, 1, "opening it is noted");
        let list =
            leader.get("/aid/cooperation?q=%E5%8D%97%E4%BA%AC&direction=in&kind=hardship").await.text();
        assert!(
            list.contains("南京市法律援助中心") && list.contains("周**") && !list.contains("周某测"),
            "{list}"
        );
        assert!(leader.get("/aid/cooperation?q=nobody").await.text().contains("没有符合条件的函"));
        assert_eq!(leader.get("/aid/cooperation.xlsx?state=all").await.status, 200);
        for role in [Role::TownOfficer, Role::Adviser] {
            assert_eq!(site.as_role(role, 40).get("/aid/cooperation").await.status, 403);
        }

        // Ahead, on the day and after, to whoever works on it; late ones to the head, too.
        let who = worker.to_string();
        let assign = format!("{page}/assign");
        assert_eq!(clerk.post(&assign, &[("version", "1"), ("worker", "1")]).await.status, 422, "nobody");
        assert_eq!(clerk.post(&assign, &[("version", "0"), ("worker", &who)]).await.status, 409, "stale");
        assert_eq!(clerk.post(&assign, &[("version", "1"), ("worker", &who)]).await.status, 303);
        assert!(clerk.get(&page).await.text().contains("办理中"));
        for (now, expected) in [
            ("2022-03-12T09:00", vec![]),
            ("2022-03-13T09:00", vec![(worker, "ahead")]),
            ("2022-03-16T09:00", vec![(worker, "today")]),
            ("2022-03-18T09:00", vec![(worker, "late-2"), (head, "late-2")]),
        ] {
            site.clock.set(Moment::parse(now)?);
            remind_all(&site.server.app).await?;
            let key = |at: &str| format!("LA-COOPERATE-15D|2022-03-16|{at}");
            let expected: BTreeSet<_> = expected.into_iter().map(|(who, at)| (who, key(at))).collect();
            assert_eq!(standing(&site).await?, expected, "{now}");
        }
        assert!(clerk.get("/aid/cooperation?late=1").await.text().contains("逾期"));
        let overview = site.as_role(Role::Manager, 8).get("/aid/overview").await.text();
        assert!(overview.contains("协作来函等答复，逾期 1"), "{overview}");

        // Answered once; counted on the day of the answer; the reminders go.
        let answer = format!("{page}/answer");
        let mut said = vec![
            ("version", "2"),
            ("outcome", "part"),
            ("answered_on", "2022-03-17"),
            ("answer", "低保已核，其余无法核"),
        ];
        for (at, wrong) in [(1, "maybe"), (2, "2022-02-28"), (2, "2022-03-19"), (3, "")] {
            let mut fields = said.clone();
            fields[at].1 = wrong;
            assert_eq!(clerk.post(&answer, &fields).await.status, 422, "{wrong:?}");
        }
        assert_eq!(clerk.post(&format!("{page}/close"), &[("version", "2")]).await.status, 409, "not yet");
        assert_eq!(clerk.post(&answer, &said).await.status, 303);
        said[0].1 = "3";
        assert_eq!(clerk.post(&answer, &said).await.status, 409, "once");
        assert_eq!(standing(&site).await?, BTreeSet::new());
        assert_eq!(site.figure("legal_aid.cooperation").await?, 1);
        assert!(clerk.get("/aid/cooperation?state=answered").await.text().contains("已答复"));
        assert_eq!(clerk.post(&format!("{page}/close"), &[("version", "2")]).await.status, 409, "stale");
        assert_eq!(clerk.post(&format!("{page}/close"), &[("version", "3")]).await.status, 303);
        let withdraw = [("version", "4"), ("reason", "登记重复")];
        assert_eq!(clerk.post(&format!("{page}/withdraw"), &withdraw).await.status, 409, "it is filed");
        assert!(!clerk.get("/aid/cooperation").await.text().contains("南京市法律援助中心"), "filed");
        let shown = clerk.get(&page).await.text();
        for part in ["分派", "答复对方：办了一部分", "归档", "低保已核，其余无法核"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }

        // Sent back is not counted; what was answered by mistake is taken back with its count.
        let second = made(&clerk, "/aid/cooperation/new", &letter(&town)).await;
        said[0].1 = "1";
        said[1].1 = "returned";
        assert_eq!(clerk.post(&format!("{second}/answer"), &said).await.status, 303);
        assert_eq!(site.figure("legal_aid.cooperation").await?, 1);
        let third = made(&clerk, "/aid/cooperation/new", &letter(&town)).await;
        said[1].1 = "done";
        assert_eq!(clerk.post(&format!("{third}/answer"), &said).await.status, 303);
        assert_eq!(site.figure("legal_aid.cooperation").await?, 2);
        let withdraw = format!("{third}/withdraw");
        assert_eq!(clerk.post(&withdraw, &[("version", "2"), ("reason", "")]).await.status, 422, "why");
        assert_eq!(clerk.post(&withdraw, &[("version", "1"), ("reason", "重复")]).await.status, 409, "stale");
        assert_eq!(clerk.post(&withdraw, &[("version", "2"), ("reason", "重复")]).await.status, 303);
        assert_eq!(site.figure("legal_aid.cooperation").await?, 1);
        for state in ["returned", "withdrawn", "closed", "waiting", "assigned", "taken", "all"] {
            let shown = clerk.get(&format!("/aid/cooperation?state={state}")).await.text();
            let found = shown.matches("data-label=\"对方机构\"").count();
            let expected = match state {
                "waiting" | "assigned" | "taken" => 0,
                "all" => 3,
                _ => 1,
            };
            assert_eq!(found, expected, "{state}: {shown}");
        }
        let mut tx = site.db.begin_read().await?;
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    });
}

#[test]
fn a_case_that_is_handed_over_to_us_is_taken_with_what_the_letter_says() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let town = site.world.towns[0].to_string();
        let mut fields = letter(&town);
        fields[0].1 = "transfer";
        fields[6].1 = "陈阿大";
        let page = made(&clerk, "/aid/cooperation/new", &fields).await;
        let id = page.trim_start_matches("/aid/cooperation/");
        site.clock.set(Moment::parse("2022-03-02T09:00")?);
        let shown = clerk.get(&page).await.text();
        assert!(shown.contains("登记移送来的案件") && shown.contains("action=\"/aid/find\""), "{shown}");
        let carried = [
            ("cooperation", id),
            ("name", "陈阿大"),
            ("story", "核查当事人的低保情况"),
            ("received_on", "2022-03-01"),
            ("town", town.as_str()),
        ];
        let hits = clerk.post("/aid/find", &carried).await.text();
        let value = format!("name=\"cooperation\" value=\"{id}\"");
        assert_eq!(hits.matches(&value).count(), 3, "on every way on: {hits}");
        let applicant = site.world.applicant.to_string();
        let blank = [
            ("searched", "1"),
            ("applicant", applicant.as_str()),
            ("cooperation", id),
            ("story", "核查当事人的低保情况"),
            ("received_on", "2022-03-01"),
        ];
        let form = clerk.post("/aid/blank", &blank).await.text();
        assert!(form.contains(&value) && form.contains("核查当事人的低保情况"), "{form}");
        assert!(form.contains("value=\"2022-03-01\""), "its time runs from the day of the letter: {form}");
        let mut take = blank.to_vec();
        take.extend([("matter", "M31-5"), ("hardship", "statement"), ("people", "1")]);
        // A town's officer does not get at the centre's letters by guessing a number.
        let officer = site.server.log_in(web::Actor {
            id: 41,
            session: "officer".to_owned(),
            towns: vec![site.world.towns[0].raw()],
            ..testkit::actor(Role::TownOfficer)
        });
        assert_eq!(officer.post("/aid/new", &take).await.status, 409);
        let case = made(&clerk, "/aid/new", &take).await;
        assert_eq!(clerk.post("/aid/new", &take).await.status, 409, "one letter, one case");
        let shown = clerk.get(&page).await.text();
        assert!(shown.contains("已登记案件") && shown.contains(&format!("href=\"{case}\"")), "{shown}");
        assert!(!shown.contains("action=\"/aid/find\""));
        let case_page = clerk.get(&case).await.text();
        assert!(case_page.contains("来函：移送案件") && case_page.contains(&page), "{case_page}");
        assert!(case_page.contains("2022-03-08"), "seven days from the letter: {case_page}");
        assert!(clerk.get("/aid/cooperation?state=taken").await.text().contains("已登记案件"));
        assert!(clerk.get("/aid/cooperation?late=1").await.text().contains("没有符合条件的函"));
        site.clock.set(Moment::parse("2022-03-09T09:00")?);
        let said =
            [("version", "2"), ("outcome", "done"), ("answered_on", "2022-03-02"), ("answer", "已登记")];
        assert_eq!(clerk.post(&format!("{page}/answer"), &said).await.status, 303);
        assert_eq!(site.figure("legal_aid.cooperation").await?, 0, "counted as a case");
        assert_eq!(site.figure("legal_aid.applications").await?, 1);
        Ok(())
    });
}

#[test]
fn a_letter_of_ours_belongs_to_its_case_and_is_answered_by_them() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let case = site.applied().await?;
        let new = format!("/aid/{case}/cooperation/new");
        let asked = clerk.get(&new).await.text();
        assert!(asked.contains("陈阿大") && !asked.contains("name=\"town\""), "{asked}");
        let town = site.world.towns[0].to_string();
        let mut fields = letter(&town);
        fields[5].1 = "2022-03-10";
        let page = made(&clerk, &new, &fields).await;
        let shown = clerk.get(&page).await.text();
        assert!(shown.contains("等回复") && !shown.contains("待分派"), "{shown}");
        // The letter itself is made from what was noted.
        let documents = format!("/documents/of/legal_aid_case/{case}");
        assert!(shown.contains(&format!("href=\"{documents}\"")), "{shown}");
        let document = clerk.post(&documents, &[("kind", "aid-07")]).await;
        assert_eq!(document.status, 303, "{}", document.main());
        let word = clerk.get(&format!("{}/draft.docx", document.location())).await;
        let text = docx::Template::read(&word.bytes).expect("a document of Word").text();
        for told in ["南京市法律援助中心", "陈阿大", "核查当事人的低保情况", "2022年3月10日前"]
        {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(shown.contains("函上写明的日期") && shown.contains("2022-03-10"), "{shown}");
        assert!(shown.contains(&format!("/documents/of/legal_aid_case/{case}")), "{shown}");
        let case_page = clerk.get(&format!("/aid/{case}")).await.text();
        assert!(case_page.contains("去函：核查经济困难状况") && case_page.contains(&page), "{case_page}");
        // A case that we hand over ends by its act; the letter says so as long as it does not.
        fields[0].1 = "transfer";
        let over = made(&clerk, &new, &fields).await;
        assert!(clerk.get(&over).await.text().contains("案件还没有办移送"));
        assert_eq!(site.act(&clerk, case, "transfer", &[("words", "由南京办理")]).await?, 303);
        assert!(!clerk.get(&over).await.text().contains("案件还没有办移送"));
        let mut tx = site.db.begin_read().await?;
        let now = start().plus_seconds(20 * 86_400);
        assert_eq!(cooperations::waiting(&mut tx, now).await?, (0, 2, 2));
        let listing = Listing::of("/aid/cooperation?direction=out");
        let (rows, total) = cooperations::list(&mut tx, &web::Reach::Region, &listing, now).await?;
        assert_eq!((rows.len(), total), (2, 2));
        let next = Listing::of(&format!("/aid/cooperation?after=2022-03-01~{}", rows[0].id.raw()));
        let (rest, _) = cooperations::list(&mut tx, &web::Reach::Region, &next, now).await?;
        assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[1].id]);
        let back = Listing::of(&format!("/aid/cooperation?before=2022-03-01~{}", rows[1].id.raw()));
        let (rest, _) = cooperations::list(&mut tx, &web::Reach::Region, &back, now).await?;
        assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[0].id]);
        drop(tx);
        site.clock.set(Moment::parse("2022-03-05T09:00")?);
        let said =
            [("version", "1"), ("outcome", "done"), ("answered_on", "2022-03-04"), ("answer", "已核查")];
        assert_eq!(clerk.post(&format!("{page}/answer"), &said).await.status, 303);
        assert!(clerk.get(&page).await.text().contains("收到答复：已办妥"));
        assert_eq!(site.figure("legal_aid.cooperation").await?, 0, "theirs, not ours");
        // What is held about the applicant names it.
        let mut tx = site.db.begin_read().await?;
        let person = parties::person(&mut tx, site.world.applicant).await?.expect("the applicant");
        let held = (crate::personal::HELD.collect)(&mut tx, &person).await?;
        let told =
            held.iter().flat_map(|held| &held.values).any(|value| value.value.contains("答复：已核查"));
        assert!(told, "{held:?}");
        Ok(())
    });
}
