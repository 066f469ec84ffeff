//! Conflicts of interest, asked through the pages on both engines: cases, retainers, colleagues; what can be set aside with
//! a reason, and what cannot.

use crate::journeys::{Site, start};
use crate::testing::{an_application, migrations};
use crate::{Act, Case, Origin, Saying, case, do_act, take_application};
use ::store::params;
use counsel::{Holder, LawyerKind};
use kernel::{Id, Result};
use testkit::{Answer, Server, actor, on_both};
use web::{Actor, Role};

/// A case that waits to be assigned: who asks, against whom, about what.
async fn waits(site: &Site, applicant: &str, opponent: &str, matter: &str) -> Result<Id<Case>> {
    let mut tx = site.db.begin_write().await?;
    let new = parties::NewPerson { name: applicant.to_owned(), ..Default::default() };
    let (applicant, _) = parties::find_or_create_person(&mut tx, None, &new).await?;
    let mut new = an_application(&site.world);
    new.applicant = applicant;
    new.said.opponent = opponent.to_owned();
    new.said.matter = matter.to_owned();
    let clerk = actor(Role::Clerk);
    let id = take_application(&mut tx, Some(&clerk), Origin::Notice, &new, start(), start()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Assigns through the page, with what else is typed.
async fn assign(
    site: &Site,
    who: &Server,
    id: Id<Case>,
    nth: usize,
    more: &[(&str, &str)],
) -> Result<Answer> {
    let version = site.case(id).await?.version.to_string();
    let lawyer = site.world.lawyers[nth].to_string();
    let mut pairs = vec![("version", version.as_str()), ("lawyer", lawyer.as_str())];
    pairs.extend_from_slice(more);
    Ok(who.post(&format!("/aid/{id}/assign"), &pairs).await)
}

async fn cleared(site: &Site) -> Result<i64> {
    let mut tx = site.db.begin_read().await?;
    Ok(tx
        .scalar("select count(*) from audit_row where action = 'legal-aid.conflict.clear'", params![])
        .await?)
}

#[test]
fn who_stands_on_the_other_side_is_asked_after_somebody_looked_into_it() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        // The first case: 陈阿大 against 李四, handled by the first lawyer.
        let one = waits(&site, "陈阿大", "李 四", "M31-5").await?;
        assert_eq!(assign(&site, &clerk, one, 0, &[]).await?.status, 303);
        // The second: 李四 asks, against 陈阿大 and somebody else.
        let two = waits(&site, "李四", "某某商店、陈阿大", "M31-5").await?;
        let page = clerk.get(&format!("/aid/{two}/assign")).await.text();
        assert!(page.contains("有利益冲突提示的 2 人") && !page.contains("不能指派的"), "{page}");
        assert!(page.contains(&format!("在案件 {one} 中代理过本案对方当事人")), "{page}");
        assert!(page.contains("对方就是本案申请人"), "spaces in names do not matter");
        assert!(page.contains(&format!("同所的薛微澜正在案件 {one} 中代理本案对方当事人")), "{page}");

        let refused = assign(&site, &clerk, two, 0, &[("cleared_why", "不是同一个人")]).await?;
        assert_eq!(refused.status, 409, "not ticked");
        let again = refused.text();
        assert!(again.contains("可能有利益冲突") && again.contains("不是同一个人"), "what was typed stays");
        let silent = assign(&site, &clerk, two, 0, &[("cleared", "1")]).await?;
        assert!(silent.status == 422 && silent.text().contains("请写明怎样核实的"), "{}", silent.main());
        let why = [("cleared", "1"), ("cleared_why", "两人身份证号不同，不是同一个陈阿大")];
        assert_eq!(cleared(&site).await?, 0);
        assert_eq!(assign(&site, &clerk, two, 0, &why).await?.status, 303);
        assert_eq!(cleared(&site).await?, 1, "audited apart");
        let case = clerk.get(&format!("/aid/{two}")).await.text();
        assert!(case.contains("利益冲突已核实") && case.contains("两人身份证号不同"), "{case}");
        assert!(case.contains(&format!("在案件 {one} 中代理过本案对方当事人")), "and what had been found");

        // Somebody of another firm needs no word; what is ticked for nothing leaves nothing.
        let three = waits(&site, "李四", "陈阿大", "M31-5").await?;
        assert_eq!(assign(&site, &clerk, three, 2, &why).await?.status, 303);
        assert_eq!(cleared(&site).await?, 1);
        assert!(!clerk.get(&format!("/aid/{three}")).await.text().contains("利益冲突已核实"));
        Ok(())
    });
}

#[test]
fn whom_a_firm_is_retained_by_binds_all_of_its_lawyers() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let mut tx = site.db.begin_write().await?;
        let known = parties::testing::an_enterprise("武进示例纺织有限公司", None);
        parties::find_or_create_organisation(&mut tx, None, &known).await?;
        let other_firm = counsel::lawyer(&mut tx, site.world.lawyers[2]).await?.expect("is there").firm_id;
        let retained = [
            (Holder::Lawyer(site.world.lawyers[0]), "江苏示例(武进)建设有限公司"),
            (Holder::Firm(other_firm), "武进示例纺织有限公司"),
        ];
        for (holder, name) in retained {
            counsel::retain(&mut tx, None, &counsel::testing::a_retainer(holder, name)).await?;
        }
        let mut over = counsel::testing::a_retainer(Holder::Lawyer(site.world.lawyers[1]), "常州示例机械厂");
        over.until_on = kernel::Day::new(2022, 2, 1);
        counsel::retain(&mut tx, None, &over).await?;
        tx.commit().await?;

        let wages = waits(&site, "陈阿大", "江苏示例（武进）建设 有限公司", "M31-5").await?;
        let page = clerk.get(&format!("/aid/{wages}/assign")).await.text();
        assert!(page.contains("本人是对方“江苏示例(武进)建设有限公司”的法律顾问"), "{page}");
        assert!(
            page.contains("同所的薛微澜是对方“江苏示例(武进)建设有限公司”的法律顾问"),
            "a colleague: {page}"
        );
        assert!(page.contains("有利益冲突提示的 2 人"), "the third is of another firm");
        let refused = assign(&site, &clerk, wages, 1, &[]).await?;
        assert!(refused.status == 409 && refused.text().contains("同所的薛微澜"), "{}", refused.main());

        let cloth = waits(&site, "陈阿大", "武进示例纺织有限公司", "M31-5").await?;
        let page = clerk.get(&format!("/aid/{cloth}/assign")).await.text();
        assert!(page.contains("所在律所是对方“武进示例纺织有限公司”的法律顾问"), "{page}");
        assert!(page.contains("有利益冲突提示的 1 人"), "{page}");
        // Corrected to somebody else: nothing is found any more, and the new name is.
        assert_eq!(assign(&site, &clerk, cloth, 0, &[]).await?.status, 303);
        let mut tx = site.db.begin_write().await?;
        let entry = case(&mut tx, cloth).await?.expect("the case");
        let said = crate::Said { opponent: "王　芳".to_owned(), ..crate::testing::about_wages() };
        assert!(crate::store::rewrite(&mut tx, &entry, entry.version, &said).await?);
        tx.commit().await?;
        let wang = waits(&site, "王芳", "", "M31-5").await?;
        let page = clerk.get(&format!("/aid/{wang}/assign")).await.text();
        assert!(page.contains(&format!("在案件 {cloth} 中代理过别人，对方就是本案申请人")), "{page}");

        let works = waits(&site, "陈阿大", "常州示例机械厂", "M31-5").await?;
        let page = clerk.get(&format!("/aid/{works}/assign")).await.text();
        assert!(page.contains("担任过对方“常州示例机械厂”的法律顾问，2022-02-01 终止，不满一年"), "{page}");
        site.clock.set(kernel::Moment::parse("2023-03-01T09:00")?);
        let page = clerk.get(&format!("/aid/{works}/assign")).await.text();
        assert!(!page.contains("利益冲突提示的"), "a year later it is forgotten: {page}");
        Ok(())
    });
}

#[test]
fn who_said_no_and_who_may_not_defend_cannot_be_asked_with_any_reason() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let why = [("cleared", "1"), ("cleared_why", "已经核实")];
        let id = waits(&site, "陈阿大", "李四", "M31-5").await?;
        assert_eq!(assign(&site, &clerk, id, 0, &[]).await?.status, 303);
        let declined =
            site.act(&site.lawyer(0), id, "decline", &[("words", "代理过对方"), ("code", "1")]).await?;
        assert_eq!(declined, 303);
        let page = clerk.get(&format!("/aid/{id}/assign")).await.text();
        assert!(page.contains("不能指派的") && page.contains("表示不能承办，或者被更换过"), "{page}");
        let refused = assign(&site, &clerk, id, 0, &why).await?;
        assert!(refused.status == 409 && refused.text().contains("不能指派薛微澜"), "{}", refused.main());

        let mut tx = site.db.begin_write().await?;
        let firm = counsel::lawyer(&mut tx, site.world.lawyers[0]).await?.expect("is there").firm_id;
        let mut worker = counsel::testing::a_lawyer(firm, "钱工作", "33204201811990001");
        worker.kind = LawyerKind::LegalWorker;
        let worker = counsel::register_lawyer(&mut tx, None, &worker).await?;
        tx.commit().await?;
        let defence = waits(&site, "陈阿大", "", "M25-1").await?;
        let page = clerk.get(&format!("/aid/{defence}/assign")).await.text();
        assert!(page.contains("钱工作") && page.contains("不能办理刑事案件"), "{page}");
        let manager = Actor { id: 8, ..actor(Role::Manager) };
        let saying =
            Saying { lawyer: Some(worker), cleared: Some("已经核实".to_owned()), ..Saying::default() };
        for (matter, permitted) in [("M25-1", false), ("M31-5", true)] {
            let id = if permitted { waits(&site, "王芳", "李四", matter).await? } else { defence };
            let mut tx = site.db.begin_write().await?;
            let entry = case(&mut tx, id).await?.expect("the case");
            let done = do_act(&mut tx, &manager, &entry, Act::Offer, &saying, start()).await;
            assert_eq!(done.is_ok(), permitted, "{matter}: {done:?}");
        }
        Ok(())
    });
}
