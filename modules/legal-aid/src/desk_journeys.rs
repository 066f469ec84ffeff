//! Journeys beside the way of a case: home visits, hand-overs, campaigns, letters to the bureau, numbers outside, the book
//! of the duty lawyers.

use crate::journeys::{Site, start};
use crate::testing::{an_application, migrations};
use crate::{Act, Origin, Saying, Stage, case, do_act, take_application};
use kernel::Moment;
use testkit::{actor, on_both};
use web::{Actor, Role};

#[test]
fn a_wish_for_a_visit_becomes_a_day_somebody_and_a_figure() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let mut tx = site.db.begin_write().await?;
        let wish = crate::actions::citizen::write_letter(
            &mut tx,
            id,
            crate::LetterKind::Visit,
            "腿脚不便，请上门",
            None,
            start(),
        );
        let letter = wish.await?.to_string();
        tx.commit().await?;
        let diary = clerk.get("/aid/diary").await.text();
        assert!(diary.contains("等安排上门 1 件") && diary.contains(&letter), "{diary}");
        let page = format!("/aid/{id}/diary/new");
        let asked = clerk.get(&format!("{page}?letter={letter}")).await.text();
        assert!(asked.contains("腿脚不便"), "{asked}");
        let fields = [
            ("letter", letter.as_str()),
            ("kind", "visit"),
            ("on", "2022-03-03"),
            ("span", "pm"),
            ("place", "洛阳镇示例路1号"),
            ("who", "王一、李二"),
        ];
        let mut wrong = fields;
        wrong[2] = ("on", "2021-03-03");
        let refused = clerk.post(&page, &wrong).await;
        assert!(refused.status == 422 && refused.text().contains("洛阳镇示例路1号"), "kept");
        wrong[2] = ("on", "三月三");
        assert_eq!(clerk.post(&page, &wrong).await.status, 422);
        assert_eq!(clerk.post(&page, &fields).await.status, 303);
        let answered = clerk.get(&format!("/aid/letters/{letter}")).await.text();
        assert!(answered.contains("2022年3月3日（星期四）下午，王一、李二"), "{answered}");
        let diary = clerk.get("/aid/diary?kind=visit&from=2022-03-03&to=2022-03-03").await.text();
        assert!(diary.contains("王一、李二") && !diary.contains("等安排上门"), "{diary}");
        let one = diary.split("/aid/diary/320412-").nth(1).and_then(|rest| rest.split('"').next());
        let one = format!("/aid/diary/320412-{}", one.expect("a link"));
        assert!(clerk.get(&one).await.text().contains("洛阳镇示例路1号"));
        assert!(clerk.get("/aid/diary?view=map").await.text().contains("map-data"));
        // Before its day it can only be moved or taken back; moved with a stale form it is not.
        let done = [("version", "1"), ("state", "done"), ("words", "收了材料")];
        assert_eq!(clerk.post(&format!("{one}/conclude"), &done).await.status, 409, "not yet");
        let moved =
            [("version", "1"), ("on", "2022-03-04"), ("clock", "9:30"), ("who", "王一"), ("place", "同上")];
        assert_eq!(clerk.post(&format!("{one}/move"), &moved).await.status, 303);
        assert_eq!(clerk.post(&format!("{one}/move"), &moved).await.status, 409, "stale");
        assert!(clerk.get(&one).await.text().contains("2022年3月4日（星期五） 09:30"));
        site.clock.set(Moment::parse("2022-03-05T09:00")?);
        assert!(clerk.get("/aid/diary").await.text().contains("等回填结果"));
        let missed = [("version", "2"), ("state", "missed"), ("words", "")];
        assert_eq!(clerk.post(&format!("{one}/conclude"), &missed).await.status, 422, "why not");
        let done = [("version", "2"), ("state", "done"), ("words", "收了材料")];
        assert_eq!(clerk.post(&format!("{one}/conclude"), &done).await.status, 303);
        assert_eq!(clerk.post(&format!("{one}/conclude"), &done).await.status, 409, "once");
        assert_eq!(site.figure("legal_aid.home_visits").await?, 1);
        let case = clerk.get(&format!("/aid/{id}")).await.text();
        assert!(case.contains("上门服务已完成") && case.contains("收了材料"), "{case}");
        let book = clerk.get("/aid/diary.xlsx?state=all").await;
        assert_eq!(book.status, 200);
        // A lawyer without the case sees nothing of it.
        assert_eq!(site.lawyer(0).get(&one).await.status, 404);
        assert_eq!(site.lawyer(0).get(&page).await.status, 404);
        Ok(())
    });
}

#[test]
fn a_lawyer_who_leaves_hands_all_cases_over_or_none() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let (leaves, stays) = (site.world.lawyers[0], site.world.lawyers[1]);
        let mut tx = site.db.begin_write().await?;
        let (officer, manager) = (actor(Role::Clerk), Actor { id: 8, ..actor(Role::Manager) });
        let mut cases = Vec::new();
        for _ in 0..2 {
            let new = an_application(&site.world);
            let id =
                take_application(&mut tx, Some(&officer), Origin::Notice, &new, start(), start()).await?;
            let entry = case(&mut tx, id).await?.expect("the case");
            let saying = Saying { lawyer: Some(leaves), ..Saying::default() };
            do_act(&mut tx, &manager, &entry, Act::Offer, &saying, start()).await?;
            cases.push(id);
        }
        tx.commit().await?;
        let page = format!("/aid/hand-over?lawyer={leaves}");
        let asked = clerk.get(&page).await.text();
        assert!(asked.contains("2 件案件") && asked.contains(&stays.to_string()), "{asked}");
        let (from, to) = (leaves.to_string(), stays.to_string());
        let fields: Vec<String> = cases.iter().map(|id| format!("to-{id}")).collect();
        let mut pairs = vec![("lawyer", from.as_str()), ("words", "离任"), (fields[0].as_str(), to.as_str())];
        let half = clerk.post(&page, &pairs).await;
        assert!(half.status == 409 && half.text().contains("离任"), "all or none, and the words are kept");
        assert_eq!(site.case(cases[0]).await?.lawyer_id, Some(leaves));
        pairs.push((fields[1].as_str(), from.as_str()));
        assert_eq!(clerk.post(&page, &pairs).await.status, 409, "not to the same");
        pairs[3].1 = &to;
        let mut silent = pairs.clone();
        silent[1].1 = "";
        assert_eq!(clerk.post(&page, &silent).await.status, 422, "why");
        assert_eq!(clerk.post(&page, &pairs).await.status, 303);
        for id in &cases {
            let entry = site.case(*id).await?;
            assert_eq!((entry.lawyer_id, entry.stage), (Some(stays), Stage::Offered));
        }
        assert_eq!(clerk.post(&page, &pairs).await.status, 409, "nothing is left");
        assert_eq!(site.as_role(Role::TownOfficer, 9).get("/aid/hand-over").await.status, 403);
        Ok(())
    });
}

#[test]
fn a_campaign_puts_its_class_first_while_it_runs() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let manager = site.as_role(Role::Manager, 8);
        let mut fields = vec![
            ("title", "冬季欠薪专项"),
            ("person_group", ""),
            ("matter", "M31-5"),
            ("starts_on", "2022-03-01"),
            ("ends_on", "2022-02-01"),
        ];
        let page = "/aid/campaigns";
        let refused = manager.post(page, &fields).await;
        assert!(refused.status == 422 && refused.text().contains("冬季欠薪专项"), "kept");
        fields[4].1 = "2022-03-31";
        fields[2].1 = "";
        assert_eq!(manager.post(page, &fields).await.status, 422, "for everybody is for nobody");
        fields[2].1 = "M31-5";
        assert_eq!(site.as_role(Role::Clerk, 7).post(page, &fields).await.status, 403);
        let before = site.applied().await?;
        assert!(!site.case(before).await?.green);
        assert_eq!(manager.post(page, &fields).await.status, 303);
        let during = site.applied().await?;
        assert!(site.case(during).await?.green && !site.case(before).await?.green);
        let list = manager.get(page).await.text();
        assert!(list.contains("进行中"), "{list}");
        let one = list.split("/aid/campaigns/320412-").nth(1).and_then(|rest| rest.split('"').next());
        let end = format!("/aid/campaigns/320412-{}", one.expect("a form"));
        assert_eq!(manager.post(&end, &[]).await.status, 303);
        assert_eq!(manager.post(&end, &[]).await.status, 409, "it is over");
        let after = site.applied().await?;
        assert!(
            !site.case(after).await?.green && site.case(during).await?.green,
            "what was first stays first"
        );
        Ok(())
    });
}

#[test]
fn what_comes_about_a_refusal_has_its_own_clock_and_is_the_bureaus() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let (clerk, manager) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        let page = format!("/aid/{id}/letters/new");
        let letter = |kind, on| [("kind", kind), ("on", on), ("words", "复议字〔2022〕1号，三月一日收到")];
        assert_eq!(
            clerk.post(&page, &letter("reconsider", "2022-03-01")).await.status,
            409,
            "nothing decided"
        );
        let refuse = [("decision", "refuse"), ("words", "不属于范围"), ("code", "2")];
        assert_eq!(site.act(&clerk, id, "propose", &refuse).await?, 303);
        assert_eq!(site.act(&manager, id, "decide", &refuse).await?, 303);
        let future = clerk.post(&page, &letter("reconsider", "2022-04-01")).await;
        assert!(future.status == 422 && future.text().contains("复议字〔2022〕1号"), "kept");
        let noted = clerk.post(&page, &letter("reconsider", "2022-03-01")).await;
        assert_eq!(noted.status, 303, "{}", noted.main());
        let one = noted.location().to_owned();
        let shown = clerk.get(&one).await.text();
        assert!(
            shown.contains("最晚") && shown.contains("2022-03-11"),
            "ten days of the law of 2017: {shown}"
        );
        assert_eq!(clerk.post(&one, &[("words", "已答复")]).await.status, 403, "the bureau answers");
        assert_eq!(manager.post(&one, &[("words", "已书面答复")]).await.status, 303);
        let complaint = clerk.post(&page, &letter("complain", "2022-03-01")).await.location().to_owned();
        assert!(clerk.get(&complaint).await.text().contains("2022-03-31"), "a value to be confirmed");
        let visitor = site.server.get("/apply/letter/reconsider").await;
        assert_eq!(visitor.status, 404, "applicants do not write it");
        Ok(())
    });
}

#[test]
fn a_case_keeps_its_numbers_in_outside_systems() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let (one, two) = (site.applied().await?, site.applied().await?);
        let clerk = site.as_role(Role::Clerk, 7);
        let (page, other) = (format!("/aid/{one}/outside"), format!("/aid/{two}/outside"));
        let mut fields = [("system", "江苏法网"), ("number", ""), ("outside_state", "recorded")];
        assert_eq!(clerk.post(&page, &fields).await.status, 422, "recorded without a number");
        fields[1].1 = "FY-2022-0001";
        assert_eq!(clerk.post(&page, &fields).await.status, 303);
        assert_eq!(clerk.post(&other, &fields).await.status, 422, "one number, one case");
        let shown = clerk.get(&page).await.text();
        assert!(shown.contains("FY-2022-0001") && shown.contains("已录"), "{shown}");
        Ok(())
    });
}

#[test]
fn help_of_a_duty_lawyer_is_counted_apart_and_can_be_taken_back() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let (town, lawyer) = (site.world.towns[0].to_string(), site.world.lawyers[0].to_string());
        let fields = vec![
            ("helped_on", "2022-03-01"),
            ("place", "detention"),
            ("organ", "区看守所"),
            ("town", town.as_str()),
            ("name", "张某测"),
            ("charge", "盗窃"),
            ("kinds", "consult"),
            ("kinds", "witness"),
            ("lawyer", lawyer.as_str()),
        ];
        let nothing: Vec<_> = fields.iter().copied().filter(|(name, _)| *name != "kinds").collect();
        let refused = clerk.post("/aid/help/new", &nothing).await;
        assert!(refused.status == 422 && refused.text().contains("张某测"), "kept");
        let mut strange = fields.clone();
        strange[6].1 = "nonsense";
        assert_eq!(clerk.post("/aid/help/new", &strange).await.status, 422);
        let other = site.lawyer(1).post("/aid/help/new", &fields).await;
        assert_eq!(other.status, 403, "a lawyer writes down what they did themselves");
        let made = clerk.post("/aid/help/new", &fields).await;
        assert_eq!(made.status, 303, "{}", made.main());
        let one = made.location().to_owned();
        assert!(site.lawyer(0).get(&one).await.text().contains("签署认罪认罚具结书时在场"));
        assert_eq!(site.lawyer(1).get(&one).await.status, 404);
        let list = clerk.get("/aid/help?from=2022-03-01&to=2022-03-01&place=detention").await.text();
        assert!(
            list.contains("区看守所") && !list.contains("张某测"),
            "names are for those who open it: {list}"
        );
        assert_eq!(clerk.get("/aid/help.xlsx").await.status, 200);
        assert_eq!((site.figure("legal_aid.help").await?, site.figure("legal_aid.accepted").await?), (1, 0));
        let void = [("version", "1"), ("reason", "")];
        assert_eq!(clerk.post(&format!("{one}/void"), &void).await.status, 422, "why");
        let void = [("version", "1"), ("reason", "登记重复")];
        assert_eq!(clerk.post(&format!("{one}/void"), &void).await.status, 303);
        assert_eq!(clerk.post(&format!("{one}/void"), &void).await.status, 409, "once");
        assert_eq!(site.figure("legal_aid.help").await?, 0);
        assert!(clerk.get("/aid/help").await.text().contains("还没有登记"));
        assert!(clerk.get("/aid/help?void=1").await.text().contains("已作废"));
        Ok(())
    });
}

#[test]
fn a_lawyer_who_never_said_yes_sees_no_more_when_the_case_ends() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let (officer, manager) = (actor(Role::Clerk), Actor { id: 8, ..actor(Role::Manager) });
        let mut tx = site.db.begin_write().await?;
        let new = an_application(&site.world);
        let id = take_application(&mut tx, Some(&officer), Origin::Notice, &new, start(), start()).await?;
        let entry = case(&mut tx, id).await?.expect("the case");
        let saying = Saying { lawyer: site.world.lawyers.first().copied(), ..Saying::default() };
        do_act(&mut tx, &manager, &entry, Act::Offer, &saying, start()).await?;
        tx.commit().await?;
        let stop = [("words", "受援人要求"), ("code", "1")];
        assert_eq!(site.act(&site.as_role(Role::Clerk, 7), id, "terminate", &stop).await?, 303);
        let seen = site.lawyer(0).get(&format!("/aid/{id}")).await.text();
        assert!(seen.contains("先核对利害冲突") && !seen.contains("做了三个月工"), "{seen}");
        assert_eq!(site.lawyer(0).get(&format!("/aid/{id}/diary/new")).await.status, 403);
        Ok(())
    });
}
