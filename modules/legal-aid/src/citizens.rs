//! The journeys of citizens, asked through the public pages on both engines: apply page by page, come back on another
//! telephone, follow the case, write letters; and what must not happen.

use crate::{Case, Stage, journeys::Site, store::tickets, testing::migrations};
use ::store::params;
use kernel::{Id, Result};
use testkit::{Visitor, on_both, on_sqlite};
use web::Role;

const ID_NUMBER: &str = "11010519491231002X";

/// The pages of somebody whose wages were not paid, in their order.
fn pages(town: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let one = |name, value: &str| vec![(name, value.to_owned())];
    vec![
        ("who", one("for", "self")),
        ("matter", one("about", "wages")),
        (
            "story",
            vec![("story", "做了三个月，工资一分没有。".into()), ("opponent", "江苏示例建设有限公司".into())],
        ),
        ("situation", vec![("groups", "G-MIG".into()), ("visit", "1".into())]),
        ("hardship", one("money", "statement")),
        (
            "person",
            vec![("name", "王小工".into()), ("id_number", ID_NUMBER.into()), ("phone", "13800001111".into())],
        ),
        ("contact", vec![("town", town.to_owned()), ("reach", "text".into()), ("quiet", "1".into())]),
        ("papers", one("papers", "身份证")),
    ]
}

/// Answers all pages, each leading to the next; returns the code that is shown.
async fn fill(site: &Site, visitor: &mut Visitor<'_>) -> String {
    let town = site.world.towns[0].to_string();
    let mut at = "/apply/who".to_owned();
    let mut code = String::new();
    for (step, fields) in pages(&town) {
        assert_eq!(at, format!("/apply/{step}"));
        let page = visitor.get(&at).await;
        assert_eq!(page.status, 200);
        if let Some((_, rest)) = page.text().split_once(r#"id="code">"#) {
            code = rest.split('<').next().unwrap_or_default().to_owned();
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = visitor.post(&at, &fields).await;
        assert_eq!(answer.status, 303, "{step}: {}", answer.main());
        at = answer.location().to_owned();
    }
    assert_eq!(at, "/apply/check");
    code
}

async fn only_case(site: &Site) -> Result<Id<Case>> {
    let mut tx = site.db.begin_read().await?;
    Ok(tx.scalar("select id from legal_aid_case_entry", params![]).await?)
}

#[test]
fn eight_pages_make_a_case_and_the_code_opens_it_elsewhere() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut phone = Visitor::new(&site.server);
        let code = fill(&site, &mut phone).await;
        assert!(!code.is_empty(), "shown from the second page on");
        let check = phone.get("/apply/check").await.text();
        assert!(
            check.contains("王小工") && !check.contains(ID_NUMBER),
            "numbers are masked where others may look"
        );
        let unread = phone.post("/apply/send", &[]).await;
        assert!(unread.status == 422 && unread.text().contains("权利和义务告知"));
        let sent = phone.post("/apply/send", &[("agree", "1"), ("idempotency_key", "k1")]).await;
        assert_eq!((sent.status.as_u16(), sent.location()), (303, "/apply/progress"), "{}", sent.main());
        let again = phone.post("/apply/send", &[("agree", "1"), ("idempotency_key", "k1")]).await;
        assert_eq!(again.location(), "/apply/progress", "a doubled tap gets the first answer");
        let case = only_case(&site).await?;
        let entry = site.case(case).await?;
        assert_eq!(
            (entry.stage, entry.matter.as_str(), entry.channel.as_str()),
            (Stage::Reviewing, "M31-5", "network")
        );
        assert_eq!(site.figure("legal_aid.applications").await?, 1);
        let progress = phone.get("/apply/progress").await.text();
        assert!(
            progress.contains("法律援助中心审查")
                && progress.contains("2022年3月8日")
                && progress.contains(&code),
            "{progress}"
        );
        assert!(progress.contains("等答复"), "the wish for a visit waits for its answer");
        // The officer sees how to call, what was typed only on a page that notes it, and the wish for a visit.
        let clerk = site.as_role(Role::Clerk, 7);
        let seen = clerk.get(&format!("/aid/{case}")).await.text();
        assert!(
            seen.contains("只发短信") && seen.contains("请求上门") && !seen.contains("13800001111"),
            "{seen}"
        );
        let typed = clerk.get(&format!("/aid/{case}/online")).await.text();
        assert!(
            typed.contains("138****1111") && !typed.contains("13800001111") && !typed.contains(ID_NUMBER)
        );
        let reveal = format!("/aid/{case}/online/reveal");
        assert_eq!(clerk.post(&reveal, &[]).await.status, 422, "only for a reason");
        let whole = clerk.post(&reveal, &[("reason", "contact")]).await.text();
        assert!(whole.contains("13800001111") && whole.contains(ID_NUMBER));
        // Another telephone: code and the last four; one of both is not enough.
        let mut other = Visitor::new(&site.server);
        assert!(other.get("/apply/progress").await.text().contains("查询码或者续填码"));
        for (code, tail) in [(code.as_str(), "0000"), (code.as_str(), ""), ("K7MP-3R9X", "002X")] {
            let no = other.post("/apply/progress", &[("code", code), ("tail", tail)]).await;
            assert_eq!(no.status, 422, "{code} {tail}");
        }
        let yes = other.post("/apply/progress", &[("code", &code.to_lowercase()), ("tail", "００２x")]).await;
        assert_eq!((yes.status.as_u16(), yes.location()), (303, "/apply/progress"), "{}", yes.main());
        assert!(other.get("/apply/progress").await.text().contains("收到您的申请"));
        assert!(
            !phone.get("/apply/progress").await.text().contains("收到您的申请"),
            "the first telephone lost it"
        );
        Ok(())
    });
}

#[test]
fn a_draft_waits_and_goes_on_on_another_telephone() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut phone = Visitor::new(&site.server);
        phone.get("/apply/who").await;
        let wrong = phone.post("/apply/who", &[("for", "other"), ("agent_name", "李书记")]).await;
        assert!(wrong.status == 422 && wrong.text().contains("李书记"), "what was typed stays");
        phone.post("/apply/who", &[("for", "self")]).await;
        phone.post("/apply/matter", &[("about", "violence")]).await;
        let page = phone.post("/apply/story", &[("story", "他打我。")]).await;
        assert_eq!(page.location(), "/apply/situation");
        assert_eq!(
            phone.post("/apply/situation", &[]).await.location(),
            "/apply/person",
            "not asked about money"
        );
        let start = phone.get("/apply").await.text();
        let code = start
            .split(r#"class="num">"#)
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .expect("a code")
            .to_owned();
        let mut other = Visitor::new(&site.server);
        other.get("/apply").await;
        let back = other.post("/apply/progress", &[("code", &code)]).await;
        assert_eq!(back.location(), "/apply/person", "{}", back.main());
        assert!(other.get("/apply/story").await.text().contains("他打我。"));
        // Gone at once: the browser forgets, the draft stays.
        let left = other.get("/apply/leave").await;
        assert!(left.status == 303 && left.location().starts_with("https://"));
        assert!(!other.get("/apply/story").await.text().contains("他打我。"));
        // Sent too early it is kept, and the missing page is named.
        other.post("/apply/progress", &[("code", &code)]).await;
        let early = other.post("/apply/send", &[("agree", "1")]).await;
        assert!(early.status == 409 && early.text().contains("/apply/person"));
        // After thirty days without a touch only the page where it stopped is left.
        let mut tx = site.db.begin_write().await?;
        assert_eq!(tickets::forget_drafts(&mut tx, crate::journeys::start().plus_seconds(-1)).await?, 0);
        assert_eq!(tickets::forget_drafts(&mut tx, crate::journeys::start().plus_seconds(1)).await?, 1);
        tx.commit().await?;
        assert!(!other.get("/apply/story").await.text().contains("他打我。"));
        let overview = site.as_role(Role::Manager, 8).get("/aid/overview").await.text();
        assert!(overview.contains("有没有下面的情况？ <span class=\"num\">1</span> 份"), "{overview}");
        Ok(())
    });
}

#[test]
fn letters_reach_the_officer_and_answers_the_citizen() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut phone = Visitor::new(&site.server);
        fill(&site, &mut phone).await;
        phone.post("/apply/send", &[("agree", "1")]).await;
        let case = only_case(&site).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let manager = site.as_role(Role::Manager, 8);
        let no = phone.post("/apply/letter/object", &[("words", "不服")]).await;
        assert!(no.status == 409 && no.text().contains("不服"), "nothing to object to yet; the words stay");
        site.act(&clerk, case, "propose", &[("decision", "refuse"), ("code", "1"), ("words", "不属于范围")])
            .await?;
        assert_eq!(
            site.act(&manager, case, "decide", &[("decision", "refuse"), ("code", "1"), ("words", "同意")])
                .await?,
            303
        );
        let told = phone.get("/apply/progress").await.text();
        assert!(
            told.contains("决定不予法律援助") && told.contains("2022年3月16日"),
            "reason and the end of the time to object: {told}"
        );
        assert!(!told.contains("不属于范围。") || told.contains("理由"), "opinions of officers are not told");
        assert_eq!(phone.post("/apply/letter/object", &[("words", "")]).await.status, 422);
        assert_eq!(
            phone.post("/apply/letter/object", &[("words", "我确实困难，请再看看。")]).await.status,
            303
        );
        let list = clerk.get("/aid/letters").await.text();
        assert!(list.contains("提出异议") && list.contains("2022-03-06"), "five days by law: {list}");
        for (part, there) in [("%E5%B0%8F%E5%B7%A5", true), ("WXG", true), ("%E6%9D%8E", false)] {
            let found = clerk.get(&format!("/aid/letters?q={part}")).await.text();
            assert_eq!(found.contains("提出异议</td>"), there, "{part}: {found}");
            let sheet = clerk.get(&format!("/aid/letters.xlsx?q={part}")).await;
            assert!(sheet.status == 200 && sheet.bytes.starts_with(b"PK"), "{part}");
        }
        let mut tx = site.db.begin_read().await?;
        let letter: i64 =
            tx.scalar("select id from legal_aid_letter_entry where kind = 'object'", params![]).await?;
        drop(tx);
        let letter = Id::<crate::Letter>::from_raw(letter).expect("an id");
        let page = format!("/aid/letters/{letter}");
        assert!(clerk.get(&page).await.text().contains("我确实困难"));
        let theirs = clerk.get(&page).await.text();
        assert!(
            theirs.contains("请交业务主管答复") && !theirs.contains("写给申请人的话"),
            "not by those who refused"
        );
        assert_eq!(clerk.post(&page, &[("words", "维持")]).await.status, 403);
        assert_eq!(manager.post(&page, &[("words", " ")]).await.status, 422);
        assert_eq!(manager.post(&page, &[("words", "已经重新审查，改为给予援助。")]).await.status, 303);
        assert_eq!(manager.post(&page, &[("words", "另一个答复")]).await.status, 409, "answered once");
        assert!(phone.get("/apply/progress").await.text().contains("改为给予援助"));
        // The objection has an effect: the refusal is revoked and no longer counted, and decided on anew.
        assert_eq!(site.figure("legal_aid.refused").await?, 1);
        assert_eq!(site.act(&clerk, case, "reopen", &[("words", "异议成立")]).await?, 403, "by who decides");
        assert_eq!(site.act(&manager, case, "reopen", &[("words", "异议成立，撤销。")]).await?, 303);
        assert_eq!(
            (site.figure("legal_aid.refused").await?, site.case(case).await?.stage),
            (0, Stage::Reviewing)
        );
        let grant = [("decision", "grant"), ("words", "符合条件")];
        site.act(&clerk, case, "propose", &grant).await?;
        assert_eq!(site.act(&manager, case, "decide", &grant).await?, 303);
        assert_eq!(site.figure("legal_aid.accepted").await?, 1);
        let told = phone.get("/apply/progress").await.text();
        assert!(told.contains("原来的决定撤销了") && told.contains("决定给您法律援助"), "{told}");
        let elsewhere = site.server.log_in(web::Actor {
            towns: vec![site.world.towns[1].raw()],
            ..testkit::actor(Role::TownOfficer)
        });
        assert_eq!(elsewhere.get(&page).await.status, 404, "another town");
        // Somebody who holds no case is told what to do first.
        let mut stranger = Visitor::new(&site.server);
        assert!(stranger.get("/apply/letter/complain").await.text().contains("请先打开您的申请"));
        Ok(())
    });
}

#[test]
fn the_number_of_somebody_else_is_shown_to_the_officer_only() {
    on_sqlite(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut tx = site.db.begin_write().await?;
        let known = parties::NewPerson {
            name: "李老太".into(),
            id_number: kernel::ResidentId::parse(ID_NUMBER).ok(),
            ..parties::NewPerson::default()
        };
        parties::find_or_create_person(&mut tx, None, &known).await?;
        tx.commit().await?;
        let mut phone = Visitor::new(&site.server);
        fill(&site, &mut phone).await;
        phone.post("/apply/send", &[("agree", "1")]).await;
        assert!(
            !phone.get("/apply/progress").await.text().contains("李老太"),
            "nobody learns whose number it is"
        );
        let case = only_case(&site).await?;
        let typed = site.as_role(Role::Clerk, 7).get(&format!("/aid/{case}/online")).await.text();
        assert!(typed.contains("请核对是不是同一个人") && typed.contains("李老太"));
        Ok(())
    });
}

#[test]
fn whether_one_may_ask_is_explained_and_never_denied() {
    on_sqlite(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        for about in ["wages", "violence", "divorce", "other"] {
            for more in ["", "&G-SA-DB=1", "&cannot_move=1", "&G-OLD=1&G-DIS=1"] {
                let page = site.server.get(&format!("/apply/ask?about={about}{more}")).await.text();
                assert!(page.contains("可以申请。</b>") && !page.contains("不符合"), "{about}{more}");
                assert_eq!(
                    page.contains("绿色通道</b>"),
                    more.contains("cannot") || more.contains("DIS") || about == "violence"
                );
            }
        }
        assert!(!site.server.get("/apply/ask").await.text().contains("可以申请。</b>"));
        Ok(())
    });
}

#[test]
fn a_rating_is_given_once_and_counted() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let case = site.applied().await?;
        let mut tx = site.db.begin_write().await?;
        let now = crate::journeys::start();
        let write = crate::actions::citizen::write_letter;
        let kind = crate::LetterKind::Rate;
        assert!(write(&mut tx, case, kind, "", Some(3), now).await.is_err(), "not before the end");
        tx.execute(
            "update legal_aid_case_entry set archived_at = received_at, stage = 'archived'",
            params![],
        )
        .await?;
        assert!(write(&mut tx, case, kind, "", Some(4), now).await.is_err(), "no such answer");
        write(&mut tx, case, kind, "", Some(3), now).await?;
        assert!(write(&mut tx, case, kind, "", Some(1), now).await.is_err(), "once");
        tx.commit().await?;
        assert_eq!(
            (site.figure("legal_aid.rated").await?, site.figure("legal_aid.satisfied").await?),
            (1, 1)
        );
        Ok(())
    });
}

#[test]
fn photographs_are_made_anew_kept_sealed_and_shown_to_those_who_may() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let phone = &site.server;
        let photo = picture::plain(640, 400, [230, 230, 230])?;
        let early = phone.upload("/apply/photos", &[], ("file", "a.jpg", &photo)).await;
        assert!(early.status == 409 && early.text().contains("请先填第一页"));
        phone.post("/apply/who", &[("for", "self")]).await;
        for (name, bytes) in
            [("合同.pdf", &b"%PDF-1.7 /JavaScript"[..]), ("空.jpg", b""), ("坏.jpg", &photo[..90])]
        {
            let answer = phone.upload("/apply/photos", &[("title", "合同")], ("file", name, bytes)).await;
            assert!(answer.status == 422 && answer.text().contains("合同"), "{name}: {}", answer.status);
        }
        let large = vec![0xFF; 13 << 20];
        let answer = phone.upload("/apply/photos", &[], ("file", "大.jpg", &large)).await;
        assert!(answer.status == 413 && answer.text().contains("太大"), "{}", answer.status);
        let kept = phone.upload("/apply/photos", &[("title", "合同第一页")], ("file", "a.jpg", &photo)).await;
        assert_eq!(kept.location(), "/apply/photos", "{}", kept.main());
        assert_eq!(
            phone.upload("/apply/photos", &[], ("file", "b.jpg", &photo)).await.status,
            409,
            "the same again"
        );
        let list = phone.get("/apply/photos").await.text();
        let own = list
            .split(r#"href="/apply/photos/"#)
            .nth(1)
            .and_then(|rest| rest.split("/paper").next())
            .expect("a link");
        let shown = phone.get(&format!("/apply/photos/{own}/paper")).await;
        assert!(
            shown.status == 200
                && shown.headers["content-type"] == "image/jpeg"
                && shown.bytes.starts_with(&[0xFF, 0xD8])
        );
        let mut tx = site.db.begin_write().await?;
        let before = crate::journeys::start().plus_seconds(-1);
        assert_eq!(crate::store::photos::forget(&mut tx, before).await?, 0, "touched since then");
        crate::store::photos::delete(&mut tx, own.parse().expect("an id")).await?;
        drop(tx);
        let mut stranger = Visitor::new(&site.server);
        stranger.get("/apply").await;
        assert_eq!(stranger.get(&format!("/apply/photos/{own}/paper")).await.status, 404, "another browser");
        let town = site.world.towns[0].to_string();
        for (step, fields) in pages(&town) {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            phone.post(&format!("/apply/{step}"), &fields).await;
        }
        assert!(phone.get("/apply/check").await.text().contains("已传 <b class=\"num\">1</b> 张"));
        phone.post("/apply/send", &[("agree", "1")]).await;
        let case = only_case(&site).await?;
        let remove = phone.post(&format!("/apply/photos/{own}/remove"), &[]).await;
        assert_eq!(remove.status, 404, "what a case has stays with it");
        let clerk = site.as_role(Role::Clerk, 7);
        let page = format!("/aid/{case}/photos");
        assert!(clerk.get(&page).await.text().contains("合同第一页"));
        let seen = clerk.get(&format!("{page}/{own}/paper")).await;
        assert!(seen.status == 200 && seen.bytes != shown.bytes, "the viewer is written across");
        let other = picture::plain(64, 40, [1, 2, 3])?;
        assert_eq!(clerk.upload(&page, &[], ("file", "c.jpg", &other)).await.status, 303);
        let pdf = scan::testing::pdf(b"");
        let kept = clerk.upload(&page, &[("title", "仲裁裁决书")], ("file", "d.pdf", &pdf)).await;
        assert_eq!(kept.status, 303, "{}", kept.main());
        let list = clerk.get(&page).await.text();
        let paper = list.split(&format!("href=\"{page}/")).nth(3).and_then(|rest| rest.split('"').next());
        let paper = clerk.get(&format!("{page}/{}", paper.expect("its link"))).await;
        assert!(
            paper.headers["content-type"] == "application/pdf"
                && !paper.headers.contains_key("content-disposition")
        );
        assert!(
            paper.bytes.windows(5).any(|window| window == b"(No. ") && paper.bytes[..] != pdf[..],
            "the viewer is written across: {}",
            String::from_utf8_lossy(&paper.bytes)
        );
        let both = phone.get("/apply/photos?of=case").await.main();
        assert!(both.contains("仲裁裁决书"), "{both}");
        assert_eq!(both.matches("class=\"thumb\"").count(), 2, "also the counter's: {both}");
        assert_eq!(site.as_role(Role::Leader, 9).get(&page).await.status, 403);
        let mut tx = site.db.begin_read().await?;
        let stored: Vec<(String,)> = tx.all("select content from legal_aid_photo_entry", params![]).await?;
        assert!(stored.iter().all(|(content,)| !content.contains("/9j/")), "no JPEG in clear");
        Ok(())
    });
}

#[test]
fn a_browser_lets_go_after_a_while_and_last_fours_are_not_tried_out() {
    on_sqlite(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut phone = Visitor::new(&site.server);
        let code = fill(&site, &mut phone).await;
        site.clock.advance(23 * 3600);
        phone.post("/apply/papers", &[("papers", "身份证")]).await;
        site.clock.advance(23 * 3600);
        assert!(phone.get("/apply/check").await.text().contains("王小工"), "a day from the last page on");
        phone.post("/apply/send", &[("agree", "1")]).await;
        assert!(phone.get("/apply/progress").await.text().contains("收到您的申请"));
        site.clock.advance(2 * 3600 + 1);
        assert!(
            phone.get("/apply/progress").await.text().contains("查询码或者续填码"),
            "asked for the code again"
        );
        let back = phone.post("/apply/progress", &[("code", &code), ("tail", "002X")]).await;
        assert_eq!(back.location(), "/apply/progress", "{}", back.main());
        for nth in 0..9 {
            let tail = format!("{nth:04}");
            assert_eq!(phone.post("/apply/progress", &[("code", &code), ("tail", &tail)]).await.status, 422);
        }
        // The address has tries left, the code has none.
        let right = phone.post("/apply/progress", &[("code", &code), ("tail", "002X")]).await;
        assert_eq!(right.status, 429);
        let other = phone.post("/apply/progress", &[("code", "K7MP-3R9X"), ("tail", "0000")]).await;
        assert_eq!(other.status, 422);
        Ok(())
    });
}
