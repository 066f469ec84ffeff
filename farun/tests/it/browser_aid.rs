//! The legal aid centre in a real browser: the counter, the officers, the lawyer, the closing, the manager's pages; and
//! how many clicks each of them takes.

use crate::{
    desk::Desk,
    world::{Site, World, run},
};
use store::params;
use testkit::browser::Look;

/// A number that fits its check digit, of somebody who is in no register.
const NUMBER: &str = "320412194503072314";
const TOLD: &str = "在工地摔伤了腿，老板不肯付医药费。";

async fn at_the_desk(site: &Site, who: &str) -> Desk {
    let desk = Desk::open(&site.url, Look::DESK).await;
    desk.log_in(who).await;
    desk
}

/// Finds the case on the work list by a part of the name, and opens it.
async fn opens(desk: &Desk, name: &str) {
    desk.press("法律援助").await;
    desk.fill("q", name).await;
    desk.enter("q").await;
    desk.shows("共 1 ").await;
    desk.press(name).await;
    desk.find(".identity").await;
}

/// Journeys 2 and 3: the counter takes an application of somebody who goes first, in at most twelve clicks to the receipt
/// that names every paper; the same number again is the same person; a visit to the home is planned.
async fn the_counter(site: &Site) {
    let desk = at_the_desk(site, "clerk").await;
    let begun = desk.clicks();
    desk.press("法律援助").await;
    desk.press("登记申请").await;
    desk.fill("id_number", NUMBER).await;
    desk.press("查找").await;
    desk.press("登记新的申请人").await;
    desk.fill("name", "蒋阿林").await;
    desk.select("matter", "M31-7a").await;
    desk.fill("story", TOLD).await;
    desk.fill("opponent", "江苏测试建设有限公司").await;
    desk.choose("groups", "G-MIG").await;
    desk.choose("cannot_move", "1").await;
    desk.choose("hardship", "statement").await;
    desk.choose("papers", "身份证明").await;
    desk.select_nth("town", 3).await;
    desk.press("登记").await;
    desk.find(".identity").await;
    desk.press("材料接收凭证").await;
    desk.shows("身份证明").await;
    desk.shows("蒋阿林").await;
    let clicks = desk.clicks() - begun;
    assert!(clicks <= 12, "{clicks} clicks from the desk to the receipt");

    desk.go("/aid/new").await;
    desk.fill("id_number", NUMBER).await;
    desk.press("查找").await;
    desk.shows("不需要新建").await;
    desk.shows("蒋阿林").await;

    opens(&desk, "蒋阿林").await;
    desk.shows("绿色通道").await;
    let begun = desk.clicks();
    desk.press("安排上门和日程").await;
    desk.choose("kind", "visit").await;
    desk.date("on", "2022-05-07").await;
    desk.choose("span", "am").await;
    desk.fill("who", "王一、李二").await;
    desk.press("保存").await;
    desk.shows("王一、李二").await;
    let clicks = desk.clicks() - begun;
    assert!(clicks <= 4, "{clicks} clicks to plan a visit");
    desk.close().await;
}

/// Journey 4: one examines, another decides.
async fn two_persons_decide(site: &Site) {
    let desk = at_the_desk(site, "clerk").await;
    let begun = desk.clicks();
    opens(&desk, "蒋阿林").await;
    desk.press("提出审查意见").await;
    desk.choose("decision", "grant").await;
    desk.fill("words", "属于受理范围，已作经济困难状况说明，建议给予法律援助。").await;
    desk.press("提出审查意见").await;
    desk.shows("待审批").await;
    let clicks = desk.clicks() - begun;
    assert!(clicks <= 5, "{clicks} clicks to examine");
    assert_eq!(desk.count("main a[href$='/act/decide']").await, 0, "who proposed does not approve");
    desk.close().await;

    let desk = at_the_desk(site, "manager").await;
    let begun = desk.clicks();
    opens(&desk, "蒋阿林").await;
    desk.press("审批").await;
    desk.choose("decision", "grant").await;
    desk.press("审批").await;
    desk.shows("请写").await;
    assert!(desk.hears_what_is_wrong().await, "an approval has its opinion");
    desk.fill("words", "同意。").await;
    desk.press("审批").await;
    desk.shows("待指派").await;
    let clicks = desk.clicks() - begun;
    assert!(clicks <= 6, "{clicks} clicks to decide, one of them a mistake");
    desk.close().await;
}

/// Journey 5: from the case to the assigned lawyer in at most four clicks, each proposal with its reasons.
async fn a_lawyer_is_assigned(site: &Site) -> kernel::Id<counsel::Lawyer> {
    let desk = at_the_desk(site, "clerk").await;
    opens(&desk, "蒋阿林").await;
    let begun = desk.clicks();
    desk.press("指派").await;
    let proposed = desk.count("fieldset > .radios input[name='lawyer']").await;
    assert!(matches!(proposed, 3 | 4), "three, and the next in turn if it is somebody else: {proposed}");
    desk.shows("今年已指派").await;
    let first = desk.find("fieldset > .radios input[name='lawyer']").await;
    let lawyer = first.attr("value").await.expect("an attribute").expect("a lawyer");
    desk.choose("lawyer", &lawyer).await;
    desk.press("指派").await;
    desk.shows("等待承办人确认").await;
    let clicks = desk.clicks() - begun;
    assert!(clicks <= 4, "{clicks} clicks to assign");
    desk.close().await;
    lawyer.parse().expect("an id")
}

/// Journey 6: the parties first, the substance after the lawyer has said that there is no conflict; the agreement, the first
/// meeting, a progress report, the closing file.
async fn the_lawyer_works(site: &Site) {
    let desk = Desk::open(&site.url, Look::PHONE).await;
    desk.log_in("adviser").await;
    desk.go("/aid").await;
    desk.press("蒋阿林").await;
    desk.shows("先核对利害冲突").await;
    assert!(!desk.text().await.contains(TOLD), "the substance before the conflict check");
    desk.fits().await;
    desk.press("接受指派").await;
    desk.press("接受指派").await;
    assert!(desk.hears_what_is_wrong().await, "the box is not ticked");
    desk.choose("no_conflict", "1").await;
    desk.press("接受指派").await;
    desk.shows(TOLD).await;
    for (act, words) in [("登记委托协议", ""), ("登记首次会见", "听取了受援人的陈述，核对了材料。")]
    {
        desk.press(act).await;
        desk.fits().await;
        desk.date("on", "2022-05-06").await;
        if !words.is_empty() {
            desk.fill("words", words).await;
        }
        desk.press(act).await;
        desk.find(".identity").await;
    }
    desk.press("通报进展").await;
    desk.fill("words", "已经申请劳动仲裁，等开庭通知。").await;
    desk.press("通报进展").await;
    desk.shows("等开庭通知").await;
    desk.press("提交结案材料").await;
    desk.date("on", "2022-05-06").await;
    desk.select_nth("code", 1).await;
    desk.fill("amount", "56000").await;
    desk.fill("words", "调解结案，单位一次付清。").await;
    desk.press("提交结案材料").await;
    desk.shows("结案审查").await;
    desk.close().await;
}

/// Journey 7: the file is examined, the subsidy follows from its standard and is paid, the case is archived, the person is
/// asked how it was.
async fn the_case_is_closed(site: &Site) {
    let desk = at_the_desk(site, "clerk").await;
    opens(&desk, "蒋阿林").await;
    desk.press("结案审查通过").await;
    desk.press("结案审查通过").await;
    desk.shows("核定补贴").await;
    desk.close().await;

    let desk = at_the_desk(site, "manager").await;
    opens(&desk, "蒋阿林").await;
    desk.press("核定补贴").await;
    desk.fill("standard", "1800").await;
    desk.fill("deduction", "100").await;
    desk.press("核定").await;
    assert!(desk.hears_what_is_wrong().await, "a deduction has its reason");
    desk.fill("deduction_reason", "案卷缺一页笔录").await;
    desk.press("核定").await;
    desk.shows("1700").await;
    desk.close().await;

    let desk = at_the_desk(site, "clerk").await;
    desk.press("法律援助补贴").await;
    desk.click("input[name='case'][aria-label*='蒋阿林']").await;
    desk.date("on", "2022-05-06").await;
    desk.press("选中的登记为已发放").await;
    desk.shows("已登记").await;
    opens(&desk, "蒋阿林").await;
    desk.press("归档").await;
    desk.press("归档").await;
    desk.shows("已归档").await;
    desk.press("登记回访").await;
    desk.date("done_on", "2022-05-06").await;
    desk.choose("way", "phone").await;
    for question in ["attitude", "communication", "protection", "outcome", "overall"] {
        desk.choose(question, "1").await;
    }
    desk.choose("money", "no").await;
    desk.press("保存").await;
    desk.shows("总的来说").await;
    desk.close().await;
}

#[test]
fn browser_a_case_goes_from_the_counter_to_the_archive() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let before = closed(&world).await?;
        the_counter(&site).await;
        two_persons_decide(&site).await;
        let lawyer = a_lawyer_is_assigned(&site).await;
        // The one account of a lawyer is that lawyer's now.
        let mut tx = world.db.begin_write().await?;
        tx.execute(
            "update identity_account_entry set subject_id = $1 where username = 'adviser'",
            params![lawyer],
        )
        .await?;
        tx.commit().await?;
        the_lawyer_works(&site).await;
        the_case_is_closed(&site).await;
        assert_eq!(closed(&world).await?, before + 1, "the figure of the quarter");
        let desk = at_the_desk(&site, "manager").await;
        desk.press("法律援助总览").await;
        desk.shows("律师").await;
        desk.fits().await;
        desk.close().await;
        let outcomes = farun::check::check(&world.db).await?;
        assert!(outcomes.iter().all(|outcome| outcome.findings.is_empty()), "{outcomes:?}");
        Ok(())
    });
}

/// The figure of closed cases.
async fn closed(world: &World) -> kernel::Result<i64> {
    let mut tx = world.db.begin_read().await?;
    Ok(tx
        .scalar(
            "select cast(coalesce(sum(quantity), 0) as bigint) from tally_fact where measure = 'legal_aid.closed'",
            params![],
        )
        .await?)
}
