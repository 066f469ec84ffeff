//! The journeys of the module, asked through its pages on both engines: from the counter to the archive, a refusal, a
//! conflict of interest, two officers at once, people who may not.

use crate::testing::{World, about_wages, an_application, migrations, world};
use crate::{Case, Origin, Stage, case, take_application};
use ::store::{Db, params, tally};
use kernel::{Id, Moment, Result, TestClock};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

pub(crate) fn start() -> Moment {
    Moment::parse("2022-03-01T09:00").expect("a moment")
}

pub(crate) struct Site {
    pub(crate) db: Db,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) server: Server,
    pub(crate) world: World,
}

impl Site {
    pub(crate) async fn open(db: Db) -> Result<Self> {
        Self::open_with(db, Vec::new()).await
    }

    /// The same with more modules.
    pub(crate) async fn open_with(db: Db, more: Vec<web::Module>) -> Result<Self> {
        let world = world(&db).await?;
        let clock = Arc::new(TestClock::new(start()));
        let mut modules = vec![
            imports::module(),
            ::documents::module(),
            places::module(),
            parties::module(),
            counsel::module(),
            identity::module(),
            outreach::module(),
            stations::module(),
            advisers::module(),
            crate::module(),
        ];
        modules.extend(more);
        let server = Server::new(db.clone(), clock.clone(), modules);
        Ok(Self { db, clock, server, world })
    }

    pub(crate) fn as_role(&self, role: Role, id: i64) -> Server {
        self.server.log_in(Actor { id, session: format!("{}-{id}", role.key()), ..actor(role) })
    }

    pub(crate) fn lawyer(&self, nth: usize) -> Server {
        self.server.log_in(Actor {
            id: 30,
            session: format!("lawyer-{nth}"),
            subject: Some(self.world.lawyers[nth].raw()),
            ..actor(Role::Adviser)
        })
    }

    pub(crate) async fn case(&self, id: Id<Case>) -> Result<crate::Entry> {
        let mut tx = self.db.begin_read().await?;
        Ok(case(&mut tx, id).await?.expect("the case"))
    }

    /// Does an act through its page, with the version that stands now.
    pub(crate) async fn act(
        &self,
        who: &Server,
        id: Id<Case>,
        act: &str,
        pairs: &[(&str, &str)],
    ) -> Result<u16> {
        let version = self.case(id).await?.version.to_string();
        let mut all = vec![("version", version.as_str())];
        all.extend_from_slice(pairs);
        let answer = who.post(&format!("/aid/{id}/act/{act}"), &all).await;
        Ok(answer.status.as_u16())
    }

    /// An application that waits to be examined.
    pub(crate) async fn applied(&self) -> Result<Id<Case>> {
        let mut tx = self.db.begin_write().await?;
        let new = an_application(&self.world);
        let clerk = actor(Role::Clerk);
        let id = take_application(&mut tx, Some(&clerk), Origin::Application, &new, start(), start()).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(crate) async fn figure(&self, measure: &str) -> Result<i64> {
        let mut tx = self.db.begin_read().await?;
        Ok(tx
            .scalar(
                "select cast(coalesce(sum(quantity), 0) as bigint) from tally_fact where measure = $1",
                params![measure],
            )
            .await?)
    }
}

#[test]
fn from_the_counter_to_the_archive() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let manager = site.as_role(Role::Manager, 8);
        // The person is looked for before anything is written.
        assert_eq!(clerk.get("/aid/new").await.status, 200);
        assert_eq!(clerk.post("/aid/new", &[("name", "陈阿二")]).await.status, 409, "only after looking");
        let hits = clerk.post("/aid/find", &[("name", "陈阿大")]).await.text();
        let applicant = site.world.applicant.to_string();
        assert!(hits.contains("为他（她）申请") && hits.contains(&applicant), "{hits}");
        let blank = clerk.post("/aid/blank", &[("searched", "1"), ("applicant", &applicant)]).await.text();
        assert!(blank.contains("申请人：陈阿大") && !blank.contains("名下还没有"), "{blank}");
        let number = ("id_number", "11010519491231002X");
        let doubt = clerk.post("/aid/blank", &[("searched", "1"), ("applicant", &applicant), number]).await;
        assert!(doubt.text().contains("名下还没有身份证号"), "the number that was typed is not lost");
        let fields = [
            ("searched", "1"),
            ("applicant", applicant.as_str()),
            ("matter", "M31-5"),
            ("story", "三个月工资没有发。"),
            ("opponent", "江苏示例建设有限公司"),
            ("groups", "G-MIG"),
            ("hardship", "art42"),
            ("papers", "身份证明"),
            ("papers", "法律援助申请表"),
            ("other_papers", "工资欠条\n考勤表"),
            ("people", "1"),
            ("received_on", "2022-03-01"),
        ];
        let mut long_ago = fields;
        long_ago[11] = ("received_on", "2012-03-01");
        let slip = clerk.post("/aid/new", &long_ago).await;
        assert!(slip.status == 422 && slip.text().contains("请核对年份"), "a slip of the year");
        let town = site.world.towns[0].to_string();
        let nowhere = [&fields[..], &[("town", "320412-99999999")]].concat();
        let slip = clerk.post("/aid/new", &nowhere).await;
        assert!(slip.status == 422 && slip.text().contains("请选择本辖区的镇"), "{}", slip.main());
        let mut nobody = fields;
        nobody[1] = ("applicant", "320412-99999999");
        nobody[11] = ("town", &town);
        let gone = clerk.post("/aid/new", &nobody).await;
        assert!(gone.status == 422 && gone.text().contains("三个月工资没有发"), "{}", gone.main());
        let taken = clerk.post("/aid/new", &fields).await;
        assert_eq!(taken.status, 303, "{}", taken.main());
        let page = taken.location().to_owned();
        let id: Id<Case> = page.trim_start_matches("/aid/").parse()?;
        let receipt = clerk.get(&format!("{page}/receipt")).await.text();
        for paper in ["身份证明", "法律援助申请表", "工资欠条", "考勤表", "4 份"] {
            assert!(receipt.contains(paper), "{paper}: {receipt}");
        }
        let again = manager.get(&format!("{page}/receipt")).await.text();
        assert!(
            again.contains(&format!("接收人：{}", actor(Role::Clerk).name)),
            "who received, not who prints"
        );
        let list = clerk.get("/aid").await.text();
        assert!(
            list.contains("陈阿大") && list.contains("还有 7 天") && list.contains("审查并作出决定"),
            "{list}"
        );

        // Missing papers stop the seven days; the notice is given once.
        site.clock.set(Moment::parse("2022-03-03T09:00")?);
        assert_eq!(site.act(&clerk, id, "ask-supplement", &[]).await?, 422, "it must say what is missing");
        assert_eq!(site.act(&clerk, id, "ask-supplement", &[("words", "劳动合同")]).await?, 303);
        let clocks = clerk.get(&format!("{page}/clocks")).await.text();
        assert!(clocks.contains("暂停计时") && clocks.contains("等待申请人补充材料"), "{clocks}");
        site.clock.set(Moment::parse("2022-03-10T09:00")?);
        assert_eq!(site.act(&clerk, id, "supplement", &[]).await?, 303);
        assert_eq!(site.act(&clerk, id, "ask-supplement", &[("words", "再补")]).await?, 409, "once only");
        let clocks = clerk.get(&format!("{page}/clocks")).await.text();
        assert!(clocks.contains("2022-03-15"), "seven days stood still: {clocks}");

        // Two persons decide.
        let grant = [("decision", "grant"), ("words", "属于范围，同意")];
        assert_eq!(site.act(&manager, id, "propose", &grant).await?, 303);
        assert_eq!(site.act(&manager, id, "decide", &grant).await?, 409, "not one's own proposal");
        assert_eq!(site.act(&clerk, id, "decide", &grant).await?, 403, "a clerk does not decide");
        let other = site.as_role(Role::Manager, 9);
        assert_eq!(site.act(&other, id, "decide", &grant).await?, 303);
        let entry = site.case(id).await?;
        assert_eq!(entry.official_number.as_deref(), Some("（2022）武法援民字第1号"));
        assert_eq!(
            (site.figure("legal_aid.accepted").await?, site.figure("legal_aid.people").await?),
            (1, 1)
        );

        // Three lawyers are proposed with reasons; the one chosen looks at the parties first.
        let assign = clerk.get(&format!("{page}/assign")).await.text();
        assert!(assign.contains("手上没有在办的援助案件") && assign.contains("今年已指派 0 件"), "{assign}");
        let lawyer = site.world.lawyers[0].to_string();
        let version = entry.version.to_string();
        let offered =
            clerk.post(&format!("{page}/assign"), &[("version", &version), ("lawyer", &lawyer)]).await;
        assert_eq!(offered.status, 303, "{}", offered.main());
        let (hers, his) = (site.lawyer(0), site.lawyer(1));
        let seen = hers.get(&page).await.text();
        assert!(seen.contains("先核对利害冲突") && !seen.contains("三个月工资没有发"), "{seen}");
        assert_eq!(his.get(&page).await.status, 404, "another lawyer's");
        assert_eq!(hers.get(&format!("/copy/legal_aid_case/{id}")).await.status, 404, "nor by copying");
        assert_eq!(site.act(&hers, id, "accept", &[]).await?, 422, "conflicts are looked at first");
        assert_eq!(site.act(&hers, id, "accept", &[("no_conflict", "1")]).await?, 303);
        assert!(hers.get(&page).await.text().contains("三个月工资没有发"));
        let done =
            [("words", "调解结案，材料齐全"), ("code", "3"), ("on", "2022-03-10"), ("amount", "18000")];
        assert_eq!(site.act(&hers, id, "file", &done).await?, 409, "not without having met");
        assert_eq!(
            site.act(&hers, id, "meet", &[("on", "2022-02-01")]).await?,
            422,
            "before the application"
        );
        assert_eq!(site.act(&hers, id, "meet", &[("on", "2022-03-10")]).await?, 303);
        assert_eq!(site.act(&hers, id, "agree", &[("on", "2022-03-10")]).await?, 303);
        let list = clerk.get("/aid").await.text();
        assert!(list.contains("陈阿大") && list.contains("不计时"), "open, and nothing is due: {list}");
        let mut made_up = done;
        made_up[1] = ("code", "no-such-result");
        assert_eq!(site.act(&hers, id, "file", &made_up).await?, 422, "a result of the dictionary");
        assert_eq!(site.act(&hers, id, "file", &done).await?, 303);
        assert_eq!(site.act(&clerk, id, "pass-file", &[]).await?, 303);
        site.clock.set(Moment::parse("2022-03-11T08:00")?);
        // The subsidy: standard and extras with reasons, approved by the head, paid by the counter.
        let standard =
            [("kind", "suit"), ("amount", "2000"), ("valid_from", "2022-01-01"), ("basis", "示例文件")];
        assert_eq!(clerk.post("/aid/standards", &standard).await.status, 403);
        assert_eq!(manager.post("/aid/standards", &standard).await.status, 303);
        assert_eq!(manager.post("/aid/standards", &standard).await.status, 409, "the day has its standard");
        let (page, version) = (format!("/aid/{id}/subsidy"), site.case(id).await?.version.to_string());
        let asked = manager.get(&page).await.text();
        assert!(asked.contains("（标准 2000 元）") && asked.contains("没有设标准"), "{asked}");
        let mut sums = vec![
            ("version", version.as_str()),
            ("kind", "suit"),
            ("standard", ""),
            ("other_place", "300"),
            ("deduction", "100"),
        ];
        assert_eq!(clerk.post(&page, &sums).await.status, 403, "the head approves");
        let unfounded = manager.post(&page, &sums).await;
        assert!(unfounded.status == 422 && unfounded.text().contains("有扣减的，请写明理由"), "why");
        sums.push(("deduction_reason", "逾期提交案卷"));
        sums[1].1 = "criminal";
        let unset = manager.post(&page, &sums).await;
        assert!(unset.status == 422 && unset.text().contains("还没有设标准"), "no standard of that kind");
        sums[1].1 = "suit";
        assert_eq!(manager.post(&page, &sums).await.status, 303);
        let list = clerk.get("/aid/subsidies").await.text();
        assert!(list.contains("2200") && list.contains("逾期提交案卷 −100"), "{list}");
        assert_eq!(clerk.get("/aid/subsidies.xlsx?state=all").await.status, 200);
        let case_id = id.to_string();
        assert_eq!(clerk.post("/aid/subsidies", &[("on", "2022-03-11")]).await.status, 422, "nothing chosen");
        let paid = [("case", case_id.as_str()), ("on", "2022-03-11")];
        assert_eq!(clerk.post("/aid/subsidies", &paid).await.status, 303);
        assert_eq!(clerk.post("/aid/subsidies", &paid).await.status, 409, "once");
        assert!(clerk.get("/aid/subsidies?state=paid").await.text().contains("2022-03-11"));
        assert_eq!(site.figure("legal_aid.subsidies").await?, 2200);
        assert_eq!(site.act(&clerk, id, "archive", &[]).await?, 303);
        assert_eq!(site.case(id).await?.stage, Stage::Archived);
        // Its quality is assessed by somebody of another firm.
        let draw = [("title", "抽查"), ("from_on", "2022-03-01"), ("to_on", "2022-03-31"), ("share", "10")];
        let mut backwards = draw;
        backwards[2].1 = "2022-02-01";
        assert_eq!(clerk.post("/aid/quality", &backwards).await.status, 422);
        let drawn = clerk.post("/aid/quality", &draw).await;
        assert_eq!(drawn.status, 303, "{}", drawn.main());
        assert_eq!(clerk.post("/aid/quality", &draw).await.status, 409, "nothing is drawn twice");
        let batch = drawn.location().to_owned();
        let shown = clerk.get(&batch).await.text();
        assert!(shown.contains("1 件中") || shown.contains("归档 1 件"), "{shown}");
        let link = shown.split(&format!("{batch}/320412-")).nth(1).and_then(|rest| rest.split('"').next());
        let sheet = format!("{batch}/320412-{}", link.expect("a link"));
        let asked = clerk.get(&sheet).await.text();
        let own = format!("value=\"{}\"", site.case(id).await?.lawyer_id.expect("a lawyer"));
        assert!(!asked.contains(&own), "nobody judges the own firm: {asked}");
        let expert =
            asked.split("<select id=\"expert\"").nth(1).and_then(|rest| rest.split("value=\"320412-").nth(1));
        let expert = format!("320412-{}", expert.and_then(|rest| rest.split('"').next()).expect("an expert"));
        let mut points = vec![
            ("version", "1"),
            ("expert", expert.as_str()),
            ("part0", "18"),
            ("part1", "15"),
            ("part2", "31"),
            ("part3", "18"),
            ("part4", "9"),
        ];
        let beyond = clerk.post(&sheet, &points).await;
        assert!(beyond.status == 422 && beyond.text().contains("0 到 30"), "beyond the sheet");
        points[4].1 = "27";
        assert_eq!(clerk.post(&sheet, &points).await.status, 303);
        assert_eq!(clerk.post(&sheet, &points).await.status, 409, "it stands");
        assert!(clerk.get(&batch).await.text().contains("良好"));
        assert_eq!(clerk.get(&format!("{batch}/results.xlsx")).await.status, 200);
        assert_eq!(site.figure("legal_aid.assessed_good").await?, 1);
        // Asked afterwards: five questions, once.
        assert!(clerk.get("/aid?unasked=1").await.text().contains("陈阿大"), "waits to be asked");
        let page = format!("/aid/{id}/follow-up");
        let mut said = vec![
            ("done_on", "2022-03-11"),
            ("way", "phone"),
            ("attitude", "1"),
            ("communication", "1"),
            ("protection", "2"),
            ("outcome", "3"),
            ("overall", "2"),
        ];
        assert_eq!(clerk.post(&page, &said).await.status, 422, "whether money was taken");
        said.push(("money", "yes"));
        assert_eq!(clerk.post(&page, &said).await.status, 422, "what was taken");
        said.push(("words", "给过二百元油费"));
        assert_eq!(clerk.post(&page, &said).await.status, 303);
        assert_eq!(clerk.post(&page, &said).await.status, 409, "once");
        let shown = manager.get(&format!("/aid/{id}")).await.text();
        assert!(shown.contains("反映有人收取钱物") && shown.contains("给过二百元油费"), "{shown}");
        assert!(!clerk.get("/aid?unasked=1").await.text().contains("陈阿大"));
        let asked = ["legal_aid.followed", "legal_aid.followed_satisfied"];
        for measure in asked {
            assert_eq!(site.figure(measure).await?, 1, "{measure}");
        }
        assert_eq!(
            (site.figure("legal_aid.closed").await?, site.figure("legal_aid.recovered").await?),
            (1, 18_000)
        );
        assert!(!clerk.get("/aid").await.text().contains("陈阿大"), "over");
        let all = clerk.get("/aid?over=1").await.text();
        assert!(all.contains("已归档") && all.contains("武法援民字第1号"), "{all}");
        let found = clerk.get("/aid?over=1&q=%E9%98%BF%E5%A4%A7").await.text();
        assert!(found.contains("陈阿大"), "by a part of the name");
        let overview = manager.get("/aid/overview").await.text();
        assert!(overview.contains("已归档"), "{overview}");
        let mut tx = site.db.begin_read().await?;
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        for check in crate::checks::all() {
            let found = (check.run)(&mut tx, Moment::parse("2022-03-11T09:00")?.day()).await?;
            assert_eq!(found, [], "{}", check.id);
        }
        Ok(())
    });
}

#[test]
fn a_refusal_says_why_and_is_not_counted_as_accepted() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let (officer, manager) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        let examined = officer.get(&format!("/aid/{id}")).await.text();
        assert!(
            examined.contains("进城务工人员请求支付劳动报酬"),
            "what can be said about hardship: {examined}"
        );
        let bare = [("decision", "refuse"), ("words", "不属于范围")];
        assert_eq!(site.act(&officer, id, "propose", &bare).await?, 422, "a reason is needed");
        let made_up = [("decision", "refuse"), ("words", "不属于范围"), ("code", "no-such-reason")];
        assert_eq!(site.act(&officer, id, "propose", &made_up).await?, 422, "a reason of the dictionary");
        let refuse = [("decision", "refuse"), ("words", "不属于范围"), ("code", "2")];
        assert_eq!(site.act(&officer, id, "propose", &refuse).await?, 303);
        assert_eq!(site.act(&manager, id, "send-back", &[("words", "请再核实收入")]).await?, 303);
        assert_eq!(site.act(&officer, id, "propose", &refuse).await?, 303);
        assert_eq!(site.act(&manager, id, "decide", &refuse).await?, 303);
        let page = officer.get(&format!("/aid/{id}")).await.text();
        assert!(page.contains("不属于法律援助事项范围") && page.contains("请再核实收入"), "{page}");
        assert_eq!(
            (site.figure("legal_aid.refused").await?, site.figure("legal_aid.accepted").await?),
            (1, 0)
        );
        assert!(site.case(id).await?.official_number.is_none());
        let overview = manager.get("/aid/overview").await.text();
        assert!(overview.contains("不属于法律援助事项范围"), "{overview}");
        Ok(())
    });
}

#[test]
fn what_is_late_is_found_and_the_green_channel_is_no_excuse() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut tx = site.db.begin_write().await?;
        let clerk = actor(Role::Clerk);
        let mut green = an_application(&site.world);
        green.said.green = true;
        take_application(&mut tx, Some(&clerk), Origin::Application, &green, start(), start()).await?;
        tx.commit().await?;
        let manager = site.as_role(Role::Manager, 8);
        let late = "/aid?late=1";
        assert!(!manager.get(late).await.text().contains("陈阿大"), "not yet");
        site.clock.set(Moment::parse("2022-03-09T09:00")?);
        assert!(manager.get(late).await.text().contains("陈阿大"), "the eighth day");
        assert!(manager.get("/aid/overview").await.text().contains(late), "the figure leads there");
        Ok(())
    });
}

#[test]
fn two_officers_at_once_lose_no_word() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let (one, two) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Clerk, 17));
        let version = site.case(id).await?.version.to_string();
        let fields = |story: &'static str| {
            vec![
                ("version", version.clone()),
                ("matter", "M31-5".to_owned()),
                ("story", story.to_owned()),
                ("people", "1".to_owned()),
                ("hardship", "statement".to_owned()),
            ]
        };
        let (first, second) = (fields("第一位写的"), fields("第二位写的"));
        let first: Vec<(&str, &str)> = first.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let second: Vec<(&str, &str)> = second.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(one.post(&format!("/aid/{id}/edit"), &first).await.status, 303);
        let merge = two.post(&format!("/aid/{id}/edit"), &second).await;
        assert_eq!(merge.status, 409);
        let text = merge.text();
        assert!(text.contains("第一位写的") && text.contains("第二位写的"), "both are shown: {text}");
        // The same of an act: the second hears that somebody was quicker, and keeps what was typed.
        let stale = two
            .post(
                &format!("/aid/{id}/act/ask-supplement"),
                &[("version", &version), ("words", "请补劳动合同")],
            )
            .await;
        assert_eq!(stale.status, 409);
        assert!(stale.text().contains("请补劳动合同") && stale.text().contains("刚才有人办理过"));
        let mut tx = site.db.begin_read().await?;
        let entry = case(&mut tx, id).await?.expect("the case");
        assert_eq!(entry.story(&site.db)?, "第一位写的");
        Ok(())
    });
}

#[test]
fn towns_and_lawyers_see_their_own() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let officer = |town: usize| {
            site.server.log_in(Actor {
                towns: vec![site.world.towns[town].raw()],
                session: format!("town-{town}"),
                ..actor(Role::TownOfficer)
            })
        };
        assert_eq!(officer(0).get(&format!("/aid/{id}")).await.status, 200);
        assert_eq!(officer(1).get(&format!("/aid/{id}")).await.status, 404, "another town's");
        assert!(!officer(1).get("/aid").await.text().contains("陈阿大"));
        assert_eq!(officer(0).post(&format!("/aid/{id}/act/propose"), &[("version", "2")]).await.status, 403);
        let bad = Id::<Case>::from_raw(id.raw() + 1).expect("an id");
        assert_eq!(site.as_role(Role::Manager, 8).get(&format!("/aid/{bad}")).await.status, 404);
        assert_eq!(site.as_role(Role::SystemAdmin, 9).get("/aid").await.status, 403);
        // What was told in confidence is nowhere in clear.
        let mut tx = site.db.begin_read().await?;
        let sealed: String =
            tx.scalar("select story_sealed from legal_aid_case_entry where id = $1", params![id]).await?;
        assert!(!sealed.contains(&about_wages().story));
        assert_eq!(case(&mut tx, id).await?.expect("the case").story(&site.db)?, about_wages().story);
        Ok(())
    });
}

#[test]
fn urgent_aid_comes_first_and_its_formalities_follow() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let (clerk, manager) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        assert_eq!(site.act(&clerk, id, "advance", &[("words", "五日内时效届满")]).await?, 303);
        let version = site.case(id).await?.version.to_string();
        let lawyer = site.world.lawyers[0].to_string();
        let offer = [("version", version.as_str()), ("lawyer", lawyer.as_str())];
        assert_eq!(clerk.post(&format!("/aid/{id}/assign"), &offer).await.status, 303);
        assert!(site.case(id).await?.official_number.is_none(), "the number comes with the decision");
        let hers = site.lawyer(0);
        assert_eq!(site.act(&hers, id, "accept", &[("no_conflict", "1")]).await?, 303);
        assert_eq!(site.act(&hers, id, "meet", &[("on", "2022-03-01")]).await?, 303);
        let done = [("words", "办结"), ("code", "1"), ("on", "2022-03-01"), ("amount", "0")];
        assert_eq!(site.act(&hers, id, "file", &done).await?, 409, "nothing is closed before it is decided");
        let list = clerk.get("/aid?formalities=1").await.text();
        assert!(list.contains("陈阿大") && list.contains("手续待补办"), "{list}");
        let grant = [("decision", "grant"), ("words", "符合条件")];
        assert_eq!(site.act(&clerk, id, "propose", &grant).await?, 303);
        let page = clerk.get(&format!("/aid/{id}")).await.text();
        assert!(page.contains("手续还要补办") && page.contains("待审批"), "{page}");
        assert_eq!(site.act(&manager, id, "decide", &grant).await?, 303);
        let entry = site.case(id).await?;
        assert_eq!((entry.stage, entry.official_number.is_some()), (Stage::Handling, true));
        assert_eq!(site.figure("legal_aid.accepted").await?, 1);
        // Terminated, and taken up again after an objection.
        let terminate = [("words", "受援人要求"), ("code", "1")];
        assert_eq!(site.act(&clerk, id, "terminate", &terminate).await?, 303);
        assert_eq!(site.act(&clerk, id, "resume", &[("words", "撤销")]).await?, 403, "the head does");
        assert_eq!(site.act(&manager, id, "resume", &[("words", "异议成立")]).await?, 303);
        assert_eq!(site.case(id).await?.stage, Stage::Handling);
        assert_eq!(site.act(&hers, id, "file", &done).await?, 303);
        Ok(())
    });
}
