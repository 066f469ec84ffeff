//! People are told, on both engines: reminders of every clock on every day, texts to applicants only where that is safe,
//! codes that open a case by telephone and nothing else.

use crate::{
    Case, Origin, Stage,
    actions::{code, tell},
    clock::clocks,
    journeys::{Site, start},
    reminder::Point,
    testing::{an_application, migrations},
};
use ::store::{Db, outbox, params};
use identity::testing::an_account_with;
use kernel::{Calendar, Id, Moment, Result, TestClock};
use outreach::{
    Provider,
    testing::{FakeProvider, Taken},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};
use testkit::{Answer, Visitor, on_both, on_both_at};
use web::{Extension, Module, Role};

// ---- reminders ----

/// Whoever works on cases: an account each.
struct Desks {
    clerk: i64,
    manager: i64,
    officer: i64,
    lawyer: i64,
}

async fn desks(site: &Site) -> Result<Desks> {
    let towns = [site.world.towns[0].raw()];
    let lawyer = Some(site.world.lawyers[0].raw());
    let db = &site.db;
    an_account_with(db, "leader", &[Role::Leader], &[], None).await?;
    an_account_with(db, "elsewhere", &[Role::TownOfficer], &[site.world.towns[1].raw()], None).await?;
    an_account_with(db, "other.lawyer", &[Role::Adviser], &[], Some(site.world.lawyers[1].raw())).await?;
    Ok(Desks {
        clerk: an_account_with(db, "clerk", &[Role::Clerk], &[], None).await?.raw(),
        manager: an_account_with(db, "manager", &[Role::Manager], &[], None).await?.raw(),
        officer: an_account_with(db, "officer", &[Role::TownOfficer], &towns, None).await?.raw(),
        lawyer: an_account_with(db, "lawyer", &[Role::Adviser], &[], lawyer).await?.raw(),
    })
}

type Row = (i64, i64, String, Option<Moment>);

/// Every notice ever written: account, case, key, when it was withdrawn.
async fn notices(db: &Db) -> Result<Vec<Row>> {
    let mut tx = db.begin_read().await?;
    Ok(outreach::testing::notices(&mut tx).await?)
}

async fn standing(db: &Db, case: Id<Case>) -> Result<BTreeSet<(i64, String)>> {
    let all = notices(db).await?;
    let of_case = all.into_iter().filter(|(_, about, _, gone)| *about == case.raw() && gone.is_none());
    Ok(of_case.map(|(account, _, key, _)| (account, key)).collect())
}

/// A case on every path, moved on by acts on some days and left to be late in between: on each of a hundred days what
/// stands is what its running clocks ask for, nobody else is told, nothing is told twice, and nothing outlives its clock.
#[test]
fn every_clock_is_reminded_of_on_every_day_and_never_after_it_is_done() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let desks = desks(&site).await?;
        let cases = [site.applied().await?, site.applied().await?, site.applied().await?];
        let (clerk, manager) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        let lawyer_id = site.world.lawyers[0].to_string();
        let mut ever: BTreeMap<i64, usize> = BTreeMap::new();
        for day in 0..100 {
            let now = start().plus_seconds(day * 86_400);
            site.clock.set(now);
            // The first case is never touched; the second goes through late; the third stands still for a while.
            let done = match day {
                9 => {
                    site.act(&clerk, cases[1], "propose", &[("decision", "grant"), ("words", "符合")]).await?
                }
                12 => {
                    site.act(&manager, cases[1], "decide", &[("decision", "grant"), ("words", "同意")])
                        .await?
                }
                20 => {
                    let pairs = [("lawyer", lawyer_id.as_str())];
                    clerk
                        .post(
                            &format!("/aid/{}/assign", cases[1]),
                            &version(&site, cases[1], &pairs).await?.each(),
                        )
                        .await
                        .status
                        .as_u16()
                }
                22 => site.act(&site.lawyer(0), cases[1], "accept", &[("no_conflict", "1")]).await?,
                3 => site.act(&clerk, cases[2], "ask-supplement", &[("words", "请补充劳动合同")]).await?,
                30 => site.act(&clerk, cases[2], "supplement", &[]).await?,
                60 => site.act(&clerk, cases[2], "withdraw", &[("words", "本人撤回")]).await?,
                _ => 303,
            };
            assert_eq!(done, 303, "day {day}");
            tell::follow(&site.server.app).await?;
            tell::remind_all(&site.server.app).await?;
            assert_eq!(tell::remind_all(&site.server.app).await?, outreach::Settled::default(), "once a day");
            for case in cases {
                let entry = site.case(case).await?;
                let expected = expected(&entry, &desks, now);
                let standing = standing(&site.db, case).await?;
                assert_eq!(standing, expected, "day {day}, {:?}", entry.stage);
                assert!(!entry.stage.is_over() || standing.is_empty());
            }
        }
        let all = notices(&site.db).await?;
        let distinct: BTreeSet<(i64, i64, &str)> =
            all.iter().map(|(account, about, key, _)| (*account, *about, key.as_str())).collect();
        assert_eq!(distinct.len(), all.len(), "nothing is told twice");
        for (account, ..) in &all {
            *ever.entry(*account).or_default() += 1;
        }
        let told: BTreeSet<i64> = ever.keys().copied().collect();
        assert_eq!(told, BTreeSet::from([desks.clerk, desks.manager, desks.lawyer]), "nobody else");
        let untouched =
            all.iter().filter(|(account, about, ..)| *about == cases[0].raw() && *account == desks.clerk);
        // Seven days from 1 March: the 7th ahead, the 8th, three days after, then every week until the hundredth day.
        assert_eq!(untouched.count(), 2 + 3 + 12);
        Ok(())
    });
}

/// What should stand, by the plain reading of the rules, without what the product uses to find it.
fn expected(entry: &crate::Entry, desks: &Desks, now: Moment) -> BTreeSet<(i64, String)> {
    let mut all = BTreeSet::new();
    for clock in clocks(&entry.facts(), &crate::Rules::published(), &Calendar::published(), now) {
        if !clock.is_open() || clock.pauses.iter().any(|pause| pause.until.is_none()) {
            continue;
        }
        let due = clock.due.strict.day();
        let at = match Point::of(clock.rule.term, due, now.day()) {
            None => continue,
            Some(Point::Ahead) => "ahead".to_owned(),
            Some(Point::Today) => "today".to_owned(),
            Some(Point::Late(days)) => format!("late-{days}"),
        };
        let key = format!("{}|{due}|{at}", clock.rule.id);
        let turn = match clock.rule.id {
            "LA-ACCEPT-2D" | "LA-AGREEMENT-5D" | "LA-CLOSE-FILE-30D" => desks.lawyer,
            "LA-REVIEW-7D" if entry.stage == Stage::Approving => desks.manager,
            "LA-STATION-FWD-1D" => desks.officer,
            _ => desks.clerk,
        };
        all.insert((turn, key.clone()));
        if at.starts_with("late") {
            all.insert((desks.manager, key));
        }
    }
    all
}

/// Pairs of a form with the version that stands now.
struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn each(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

async fn version(site: &Site, case: Id<Case>, pairs: &[(&str, &str)]) -> Result<Pairs> {
    let version = site.case(case).await?.version.to_string();
    let all = pairs.iter().copied().chain([("version", version.as_str())]);
    Ok(Pairs(all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

#[test]
fn a_station_is_reminded_of_handing_on_and_managers_where_nobody_sits() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let mut tx = site.db.begin_write().await?;
        let new = crate::Application { station: Some(tx.new_id()?), ..an_application(&site.world) };
        let case =
            crate::take_application(&mut tx, None, Origin::Application, &new, start(), start()).await?;
        tx.commit().await?;
        let manager = an_account_with(&site.db, "boss", &[Role::Manager], &[], None).await?.raw();
        tell::follow(&site.server.app).await?;
        let told: BTreeSet<i64> =
            standing(&site.db, case).await?.into_iter().map(|(account, _)| account).collect();
        assert_eq!(told, BTreeSet::from([manager]), "no officer of this town, so the manager");
        let desks = desks(&site).await?;
        tell::remind_all(&site.server.app).await?;
        let told: Vec<(i64, String)> = standing(&site.db, case).await?.into_iter().collect();
        assert!(told.len() == 1 && told[0].0 == desks.officer && told[0].1.starts_with("LA-STATION-FWD-1D"));
        Ok(())
    });
}

// ---- texts ----

fn wages(reach: &[(&'static str, &'static str)]) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let one = |name, value: &str| vec![(name, value.to_owned())];
    vec![
        ("who", one("for", "self")),
        ("matter", one("about", "wages")),
        ("story", one("story", "工资没有发。")),
        ("situation", Vec::new()),
        ("hardship", one("money", "statement")),
        ("person", vec![("name", "王小工".into()), ("phone", "13800001111".into())]),
        ("contact", reach.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()),
        ("papers", Vec::new()),
    ]
}

/// Somebody applies on the phone, with that wish about being reached; returns the case.
async fn apply(site: &Site, reach: &[(&'static str, &'static str)]) -> Result<Id<Case>> {
    let town = site.world.towns[0].to_string();
    let mut phone = somebody(site);
    for (step, fields) in wages(reach) {
        let page = format!("/apply/{step}");
        phone.get(&page).await;
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if step == "contact" {
            fields.push(("town", &town));
        }
        let answer = phone.post(&page, &fields).await;
        assert_eq!(answer.status, 303, "{step}: {}", answer.main());
    }
    phone.get("/apply/check").await;
    assert_eq!(phone.post("/apply/send", &[("agree", "1")]).await.location(), "/apply/progress");
    let mut tx = site.db.begin_read().await?;
    Ok(tx.scalar("select max(id) from legal_aid_case_entry", params![]).await?)
}

struct Phones {
    site: Site,
    provider: FakeProvider,
}

impl Phones {
    async fn open(db: Db) -> Result<Self> {
        let provider = FakeProvider::start(Provider::Aliyun).await?;
        let offers = vec![Extension::new(provider.client()?)];
        let offers = Module { extensions: offers, ..Module::new("providers", &[]) };
        let site = Site::open_with(db, vec![offers]).await?;
        let mut tx = site.db.begin_write().await?;
        for template in [tell::CODE, tell::NEWS, tell::QUIET] {
            outreach::approve(&mut tx, &template, template.name).await?;
        }
        tx.commit().await?;
        Ok(Self { site, provider })
    }

    /// Follows what acts left, sends, and returns what was taken since the last time.
    async fn taken(&self) -> Result<Vec<Taken>> {
        let before = self.provider.taken().len();
        tell::follow(&self.site.server.app).await?;
        self.send().await?;
        Ok(self.provider.taken().split_off(before))
    }

    /// Sends what is due, and waits for what somebody who was in a hurry has in hand.
    async fn send(&self) -> Result<()> {
        let modules = &self.site.server.app.modules;
        let job = modules.iter().flat_map(|module| &module.jobs).find(|job| job.id == "outreach.send");
        let job = job.expect("the job");
        loop {
            (job.run)(&self.site.server.app).await?;
            let mut tx = self.site.db.begin_read().await?;
            let in_hand = outreach::testing::in_hand(&mut tx).await?;
            if in_hand == 0 {
                outreach::testing::settled().await;
                return Ok(());
            }
        }
    }

    async fn words(&self) -> Result<usize> {
        let mut tx = self.site.db.begin_read().await?;
        Ok(outbox::waiting(&mut tx, tell::MOVED, 100).await?.len())
    }
}

#[test]
fn applicants_are_told_of_turning_points_only_where_they_allowed_it() {
    on_both(&migrations(), |db| async move {
        let phones = Phones::open(db).await?;
        let site = &phones.site;
        for reach in [
            &[("reach", "call")][..],
            &[("reach", "none"), ("sms", "1")],
            &[("reach", "call"), ("quiet", "1")],
        ] {
            apply(site, reach).await?;
            assert_eq!(phones.words().await?, 1);
            assert!(phones.taken().await?.is_empty(), "{reach:?}");
            assert_eq!(phones.words().await?, 0, "followed");
        }
        apply(site, &[("reach", "text"), ("quiet", "1")]).await?;
        let quiet = phones.taken().await?;
        assert_eq!((quiet.len(), quiet[0].template.as_str()), (1, "legal-aid.quiet"));
        assert!(quiet[0].values.is_empty(), "not a word");
        let mut tx = site.db.begin_read().await?;
        let person: Id<parties::Person> = tx
            .scalar("select id from parties_person where name = '王小工' order by id limit 1", params![])
            .await?;
        drop(tx);
        let held = site.as_role(Role::Manager, 8).get(&format!("/persons/{person}/data")).await.text();
        assert!(held.contains("发给 138****1111 的短信") && held.contains("已发送"), "what is held is told");
        let case = apply(site, &[("reach", "call"), ("sms", "1")]).await?;
        let news = phones.taken().await?;
        assert_eq!((news.len(), news[0].template.as_str()), (1, "legal-aid.news"));
        assert_eq!(news[0].values.iter().filter(|value| *value == "已经收到").count(), 1);
        let clerk = site.as_role(Role::Clerk, 7);
        site.act(&clerk, case, "ask-supplement", &[("words", "合同")]).await?;
        tell::follow(&site.server.app).await?;
        site.act(&clerk, case, "supplement", &[]).await?;
        assert!(phones.taken().await?.is_empty(), "the papers came before the text went out");
        site.act(&clerk, case, "note", &[("words", "电话里说过")]).await?;
        assert!(phones.taken().await?.is_empty(), "a note is nobody else's business");
        site.act(&clerk, case, "propose", &[("decision", "grant"), ("words", "符合")]).await?;
        site.act(
            &site.as_role(Role::Manager, 8),
            case,
            "decide",
            &[("decision", "grant"), ("words", "同意")],
        )
        .await?;
        let decided = phones.taken().await?;
        assert_eq!(decided.len(), 1, "proposals are not told, decisions are");
        assert!(decided[0].values.contains(&"已经有了决定".to_owned()), "and not which");
        outreach::testing::settled().await;
        Ok(())
    });
}

#[test]
fn old_news_are_not_sent() {
    on_both(&migrations(), |db| async move {
        let phones = Phones::open(db).await?;
        apply(&phones.site, &[("reach", "text")]).await?;
        phones.site.clock.advance(3 * 86_400);
        assert!(phones.taken().await?.is_empty());
        assert_eq!(phones.words().await?, 0);
        outreach::testing::settled().await;
        Ok(())
    });
}

// ---- codes ----

const NUMBER: &str = "13800001111";

/// Somebody at an address of their own: limits by address outlive a test's clock.
fn somebody(site: &Site) -> Visitor<'_> {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Visitor::new(&site.server).from_address(&format!("10.7.{high}.{low}"))
}

async fn ask(visitor: &mut Visitor<'_>, number: &str) -> Answer {
    visitor.get("/apply/code").await;
    visitor.post("/apply/code", &[("phone", number)]).await
}

/// The digits of the last code that went out.
fn digits(taken: &[Taken]) -> String {
    let last = taken.iter().rev().find(|taken| taken.template == tell::CODE.name);
    let values = last.map(|taken| taken.values.clone()).unwrap_or_default();
    values.into_iter().find(|value| value.len() == 6).expect("a code went out")
}

#[test]
fn a_code_by_telephone_opens_the_case_in_the_browser_that_asked() {
    on_both_at(&migrations(), |db, wall| async move {
        let phones = Phones::open(db).await?;
        let site = &phones.site;
        apply(site, &[("reach", "text")]).await?;
        phones.taken().await?;
        let mut other = somebody(site);
        assert!(other.get("/apply/progress").await.text().contains("用手机验证码打开"));
        assert!(other.get("/apply/code/enter").await.text().contains("没有等着填的验证码"));
        let landline = ask(&mut other, "0519-86310000").await;
        assert!(landline.status == 422 && landline.text().contains("0519-86310000"), "what was typed stays");
        let known = ask(&mut other, NUMBER).await;
        assert_eq!(known.location(), "/apply/code/enter", "{}", known.main());
        let mut stranger = somebody(site);
        let unknown = ask(&mut stranger, "13900009999").await;
        assert_eq!((known.status, known.location()), (unknown.status, unknown.location()));
        assert_eq!(
            other.get("/apply/code/enter").await.main(),
            stranger.get("/apply/code/enter").await.main()
        );
        phones.send().await?;
        let code = digits(&phones.provider.taken());
        assert_eq!(phones.provider.taken().iter().filter(|one| one.template == "legal-aid.code").count(), 1);
        let not_theirs = stranger.post("/apply/code/enter", &[("sms_code", &code)]).await;
        assert!(not_theirs.status == 422 && not_theirs.text().contains("验证码不对"), "another browser");
        let wrong = other.post("/apply/code/enter", &[("sms_code", "12")]).await;
        assert_eq!((wrong.status, wrong.text().contains("验证码不对")), (not_theirs.status, true));
        let right = other.post("/apply/code/enter", &[("sms_code", &code)]).await;
        assert_eq!(right.location(), "/apply/progress", "{}", right.main());
        assert!(other.get("/apply/progress").await.text().contains("收到您的申请"));
        let again = other.post("/apply/code/enter", &[("sms_code", &code)]).await;
        assert_eq!(again.status, 409, "a code is good once");
        // Old codes open nothing.
        wall.advance(61);
        ask(&mut stranger, NUMBER).await;
        phones.send().await?;
        let code = digits(&phones.provider.taken());
        wall.advance(code::LIVES + 1);
        assert_eq!(stranger.post("/apply/code/enter", &[("sms_code", &code)]).await.status, 409);
        outreach::testing::settled().await;
        Ok(())
    });
}

#[test]
fn five_guesses_a_minute_between_codes_and_ten_a_day() {
    on_both_at(&migrations(), |db, wall| async move {
        let phones = Phones::open(db).await?;
        let site = &phones.site;
        apply(site, &[("reach", "text")]).await?;
        let mut visitor = somebody(site);
        ask(&mut visitor, NUMBER).await;
        phones.taken().await?;
        let code = digits(&phones.provider.taken());
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for guess in 1..=code::TRIES {
            assert_eq!(
                visitor.post("/apply/code/enter", &[("sms_code", wrong)]).await.status,
                422,
                "{guess}"
            );
        }
        let late = visitor.post("/apply/code/enter", &[("sms_code", &code)]).await;
        assert_eq!(late.status, 409, "the right one comes too late");
        // Known or not, the measure is the same.
        for number in [NUMBER, "13900009999"] {
            wall.advance(61);
            let mut sent = if number == NUMBER { 1 } else { 0 };
            let mut visitor = somebody(site);
            loop {
                let answer = ask(&mut visitor, number).await;
                if answer.status != 303 {
                    assert_eq!(answer.status, 429);
                    assert!(answer.text().contains("今天要的验证码太多了"), "{number}: {}", answer.main());
                    break;
                }
                sent += 1;
                assert_eq!(ask(&mut visitor, number).await.status, 429, "within a minute");
                wall.advance(3600);
            }
            assert_eq!(sent, 10, "{number}");
        }
        wall.advance(86_400);
        assert_eq!(ask(&mut visitor, NUMBER).await.status, 303, "tomorrow again");
        outreach::testing::settled().await;
        Ok(())
    });
}

#[test]
fn no_code_goes_where_messages_are_not_safe() {
    on_both(&migrations(), |db| async move {
        let phones = Phones::open(db).await?;
        let site = &phones.site;
        apply(site, &[("reach", "none")]).await?;
        apply(site, &[("reach", "call"), ("quiet", "1")]).await?;
        phones.taken().await?;
        let mut visitor = somebody(site);
        assert_eq!(ask(&mut visitor, NUMBER).await.location(), "/apply/code/enter", "the same answer");
        phones.send().await?;
        assert!(phones.provider.taken().is_empty(), "and no message");
        assert_eq!(visitor.post("/apply/code/enter", &[("sms_code", "123456")]).await.status, 422);
        outreach::testing::settled().await;
        Ok(())
    });
}

#[test]
fn somebody_who_asks_for_every_number_is_stopped_for_all() {
    on_both(&migrations(), |db| async move {
        let phones = Phones::open(db).await?;
        let now = phones.site.db.wall().now();
        let mut asked = 0;
        loop {
            let mut tx = phones.site.db.begin_write().await?;
            let number = kernel::Phone::parse(&format!("139{asked:08}")).expect("a number");
            match code::ask_code(&mut tx, "browser", &number, now).await {
                Ok(()) => tx.commit().await?,
                Err(error) => {
                    assert!(error.to_string().contains("请一小时后再试"), "{error}");
                    break;
                }
            }
            asked += 1;
        }
        assert_eq!(asked, 300);
        outreach::testing::settled().await;
        Ok(())
    });
}

#[test]
fn where_no_provider_is_set_up_the_page_says_so() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        apply(&site, &[("reach", "text")]).await?;
        tell::follow(&site.server.app).await?;
        let mut visitor = somebody(&site);
        assert!(!visitor.get("/apply/progress").await.text().contains("手机验证码"));
        assert!(visitor.get("/apply/code").await.text().contains("还没有开通短信"));
        assert_eq!(visitor.post("/apply/code", &[("phone", NUMBER)]).await.status, 409);
        Ok(())
    });
}

#[test]
fn codes_are_purged_after_two_days() {
    on_both_at(&migrations(), |db, wall: Arc<TestClock>| async move {
        let phones = Phones::open(db).await?;
        ask(&mut somebody(&phones.site), NUMBER).await;
        wall.advance(3 * 86_400);
        (crate::jobs::FORGET_DRAFTS.run)(&phones.site.server.app).await?;
        let mut tx = phones.site.db.begin_read().await?;
        let left: i64 = tx.scalar("select count(*) from legal_aid_code_entry", params![]).await?;
        assert_eq!(left, 0);
        outreach::testing::settled().await;
        Ok(())
    });
}
