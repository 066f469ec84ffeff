//! Documents of cases through the pages, on both engines: two clicks to a draft, what is missing, who sees them, volumes.

use crate::{journeys::Site, testing::migrations};
use docx::Template;
use kernel::Result;
use testkit::{Server, on_both};
use web::{Actor, Role};

/// Makes a document of the case by the button beside its title; the address it leads to.
async fn make(who: &Server, here: &str, kind: &str) -> String {
    let page = who.get(here).await.text();
    assert!(page.contains(&format!("value=\"{kind}\"")), "{kind} is not offered: {page}");
    let answer = who.post(here, &[("kind", kind)]).await;
    assert_eq!(answer.status, 303, "{}", answer.main());
    answer.location().to_owned()
}

async fn text_of(who: &Server, document: &str) -> String {
    let word = who.get(&format!("{document}/draft.docx")).await;
    assert_eq!(word.status, 200);
    Template::read(&word.bytes).expect("a document of Word").text()
}

/// Takes a document all the way to being issued.
async fn issue(who: &Server, document: &str) -> Result<()> {
    let today = "2022-03-01";
    for (version, step, fields) in [("1", "print", vec![]), ("2", "stamp", vec![("on", today)])] {
        let mut all = vec![("version", version)];
        all.extend(fields);
        assert_eq!(who.post(&format!("{document}/{step}"), &all).await.status, 303, "{step}");
    }
    let photo = picture::plain(60, 40, [220, 220, 220])?;
    let scan = who.upload(&format!("{document}/scan"), &[("version", "3")], ("file", "a.jpg", &photo)).await;
    assert_eq!(scan.status, 303, "{}", scan.main());
    Ok(())
}

#[test]
fn two_clicks_to_a_filled_document_and_what_is_missing_goes() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let manager = site.as_role(Role::Manager, 8);
        let case = site.applied().await?;
        let here = format!("/documents/of/legal_aid_case/{case}");
        assert!(
            clerk.get(&format!("/aid/{case}")).await.text().contains(&here),
            "the case leads to its documents"
        );
        let before = clerk.get(&here).await.text();
        assert!(before.contains("还缺 2 份") && before.contains("第三十八条"), "{before}");
        let reasons = {
            let mut tx = site.db.begin_read().await?;
            parties::term_options(&mut tx, "refuse", crate::journeys::start().day()).await?
        };
        let (code, reason) = &reasons[0];
        let refuse =
            [("decision", "refuse"), ("code", code.as_str()), ("words", "收入超过标准 & 不符合条件")];
        assert_eq!(site.act(&clerk, case, "propose", &refuse).await?, 303);
        assert_eq!(site.act(&manager, case, "decide", &refuse).await?, 303);
        assert!(clerk.get(&here).await.text().contains("还缺 4 份"));
        let refusal = make(&clerk, &here, "aid-10").await;
        let text = text_of(&clerk, &refusal).await;
        for told in [
            "不予法律援助决定书",
            "陈阿大",
            reason,
            "收入超过标准 & 不符合条件",
            "援不〔2022〕1号",
            "武进区法律援助中心",
            "2022年3月1日",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        issue(&clerk, &refusal).await?;
        let after = clerk.get(&here).await.text();
        assert!(after.contains("还缺 3 份") && after.contains("已制发"), "{after}");
        let receipt = text_of(&clerk, &make(&clerk, &here, "aid-05").await).await;
        assert!(receipt.contains("1\n法律援助申请表\n") && receipt.contains("2\n身份证明\n"), "{receipt}");
        // A refused application has one volume only.
        let volumes = clerk.get(&format!("/aid/{case}/volumes")).await;
        let text = volumes.text();
        assert!(
            volumes.status == 200 && text.contains("申请审批卷") && !text.contains("<h2>承办卷"),
            "{text}"
        );
        assert!(text.contains("援不〔2022〕1号") && text.contains("法律援助申请表"));
        Ok(())
    });
}

#[test]
fn a_lawyer_makes_only_their_own_documents_and_only_after_accepting() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let manager = site.as_role(Role::Manager, 8);
        let case = site.applied().await?;
        let here = format!("/documents/of/legal_aid_case/{case}");
        let volumes = format!("/aid/{case}/volumes");
        let grant = [("decision", "grant"), ("words", "符合条件")];
        assert_eq!(site.act(&clerk, case, "propose", &grant).await?, 303);
        assert_eq!(site.act(&manager, case, "decide", &grant).await?, 303);
        let lawyer_id = site.world.lawyers[0].to_string();
        let version = site.case(case).await?.version.to_string();
        let offer = [("version", version.as_str()), ("lawyer", lawyer_id.as_str())];
        assert_eq!(clerk.post(&format!("/aid/{case}/assign"), &offer).await.status, 303);
        let lawyer = site.lawyer(0);
        assert_eq!(lawyer.get(&here).await.status, 404, "not before the parties were looked at");
        assert_eq!(lawyer.get(&volumes).await.status, 403);
        assert!(!lawyer.get(&format!("/aid/{case}")).await.text().contains(&here));
        assert_eq!(site.act(&lawyer, case, "accept", &[("no_conflict", "1")]).await?, 303);
        let offered = lawyer.get(&here).await.text();
        assert!(offered.contains("value=\"aid-12\"") && !offered.contains("value=\"aid-09\""), "{offered}");
        assert_eq!(lawyer.post(&here, &[("kind", "aid-09")]).await.status, 403);
        let agreement = make(&lawyer, &here, "aid-12").await;
        assert!(!text_of(&lawyer, &agreement).await.contains("{{"), "every place is filled or left blank");
        let list = lawyer.get("/documents").await.text();
        assert!(list.contains("援委〔2022〕1号") && list.contains("陈阿大"), "{list}");
        let made = clerk.get("/documents?q=%E9%99%88%E9%98%BF%E5%A4%A7").await.text();
        assert!(made.contains("援委〔2022〕1号"), "found by the applicant's name");
        assert_eq!(lawyer.get(&volumes).await.status, 200);
        let other = site.lawyer(1);
        assert_eq!(other.get(&agreement).await.status, 404);
        let officer = site
            .server
            .log_in(Actor { towns: vec![site.world.towns[1].raw()], ..testkit::actor(Role::TownOfficer) });
        for path in [&here, &agreement, &volumes] {
            assert_eq!(officer.get(path).await.status, 404, "{path}");
        }
        Ok(())
    });
}
