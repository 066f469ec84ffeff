//! Records of every kind that people can make, made as they make them: by the forms of the pages, or by the modules'
//! own actions where no page shows what is wanted. What they leave is the world that attacks walk through.

use super::{
    fill::filled,
    html::{forms, links},
    people::{Person, Site, add_others},
};
use crate::world::World;
use axum::http::StatusCode;
use farun::{SystemClock, demo};
use kernel::{Clock as _, Id, Phone, ResidentId};
use store::{Db, params};

/// Numbers of invented people, by register: `13800001001` is the second person's.
fn phone(register: u32, nth: usize) -> kernel::Result<Phone> {
    Ok(Phone::parse(&format!("1380000{register}00{nth}"))?)
}

/// People with numbers in every register that holds some; two pairs that may be the same person.
async fn plant(db: &Db) -> kernel::Result<()> {
    let mut tx = db.begin_write().await?;
    let unit: Id<places::Unit> = tx
        .scalar("select id from places_unit where town_name like '洛阳%' order by id limit 1", params![])
        .await?;
    for (nth, id) in ["320412195512310032", "320412198001010015", "11010519491231002X"].iter().enumerate() {
        let person = parties::NewPerson {
            name: "陈阿大".to_owned(),
            id_number: Some(ResidentId::parse(id)?),
            phone: Some(phone(1, nth)?),
            unit: Some(unit),
            ..parties::NewPerson::default()
        };
        parties::find_or_create_person(&mut tx, None, &person).await?;
        let organisation = parties::NewOrganisation {
            name: format!("示例企业{nth}"),
            kind: parties::OrganisationKind::Enterprise,
            uscc: None,
            contact: "陈阿大".to_owned(),
            phone: Some(phone(2, nth)?),
            unit: Some(unit),
            address: String::new(),
            industry: String::new(),
            note: String::new(),
        };
        parties::find_or_create_organisation(&mut tx, None, &organisation).await?;
        let wish = portal::CallbackWish {
            phone: phone(3, nth)?,
            name: "陈阿大".to_owned(),
            topic: None,
            convenient: portal::Convenient::Now,
            may_identify: true,
            town: None,
        };
        portal::request_callback(&mut tx, &wish, 77 + u64::try_from(nth)?, demo::now()?).await?;
    }
    for (nth, name) in [(4, "李阿二"), (4, "李二"), (5, "王阿三"), (5, "王三"), (6, "限制人")] {
        let person = parties::NewPerson {
            name: name.to_owned(),
            phone: Some(phone(1, nth)?),
            unit: Some(unit),
            ..parties::NewPerson::default()
        };
        parties::find_or_create_person(&mut tx, None, &person).await?;
    }
    messages(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Two texts that wait, for there is no provider: one will be stopped.
async fn messages(tx: &mut store::Tx) -> kernel::Result<()> {
    let template = outreach::Template { name: "legal-aid.quiet", title: "", words: "" };
    // Numbers that the form of settings shows, so that whoever sends it as it is sends something right.
    for name in ["legal-aid.code", "legal-aid.news", "legal-aid.quiet"] {
        outreach::approve(tx, &outreach::Template { name, ..template }, "SMS_154950909").await?;
    }
    for (nth, key) in ["first", "second"].into_iter().enumerate() {
        let message = outreach::NewMessage {
            key,
            template: &template,
            values: &[],
            phone: &phone(6, nth)?,
            about: ("test", 1),
            urgent: true,
            lasts: 30 * 86_400,
        };
        outreach::send(tx, &message).await?;
    }
    Ok(())
}

/// The hand that fills forms in and sends them.
pub(super) struct Hand<'a> {
    site: &'a Site,
    /// What could not be done.
    pub(super) missed: Vec<String>,
}

impl<'a> Hand<'a> {
    pub(super) fn of(site: &'a Site) -> Self {
        Self { site, missed: Vec::new() }
    }

    fn who(&self, name: &str) -> &'a Person {
        self.site.person(name)
    }

    /// The first link of a page that begins so.
    async fn link(&mut self, name: &str, page: &str, begins: &str) -> String {
        let answer = self.site.get(self.who(name), page).await;
        let found = links(&answer.text, page).into_iter().find(|link| link.starts_with(begins));
        found.unwrap_or_else(|| {
            self.missed.push(format!("{name} sees no link {begins}… on {page}: {}", answer.status));
            String::new()
        })
    }

    /// Sends the first form of a page whose address ends so, with this typed into it; says where it leads.
    pub(super) async fn press(
        &mut self,
        name: &str,
        page: &str,
        ends: &str,
        typed: &[(&str, &str)],
    ) -> String {
        self.send(name, page, ends, typed, "").await
    }

    async fn send(
        &mut self,
        name: &str,
        page: &str,
        ends: &str,
        typed: &[(&str, &str)],
        file: &str,
    ) -> String {
        let shown = self.site.get(self.who(name), page).await;
        let all = forms(&shown.text, page);
        let wanted = all.iter().find(|form| {
            let path = form.action.split('?').next().unwrap_or_default();
            path.ends_with(ends)
        });
        let Some(form) = wanted else {
            self.missed.push(format!("{name} sees no form …{ends} on {page}: {}", shown.status));
            return String::new();
        };
        let mut pairs = filled(form, 0);
        pairs.retain(|(field, _)| !typed.iter().any(|(name, _)| name == field));
        pairs.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let key = form.fields.iter().find(|field| field.name == "idempotency_key");
        pairs.extend(key.map(|field| (field.name.clone(), field.value.clone())));
        let answer = self.site.send(self.site.submit(self.who(name), form, &pairs, file)).await;
        if ![StatusCode::SEE_OTHER, StatusCode::OK].contains(&answer.status) {
            let at = answer.text.find("error-summary").unwrap_or(0);
            let why: String = answer.text.get(at..).unwrap_or_default().chars().take(300).collect();
            self.missed.push(format!("{name} at {} with {pairs:?}: {} {why}", form.action, answer.status));
        }
        answer.location().to_owned()
    }
}

/// The demonstration world with records of every kind.
pub(crate) async fn make() -> kernel::Result<World> {
    let world = World::demo().await?;
    add_others(&world.db).await?;
    plant(&world.db).await?;
    let mut site = Site::over(world, Vec::new(), false).await?;
    for name in ["manager", "sysadmin", "clerk", "adviser", "leader", "secured"] {
        let person = site.log_in(name).await?;
        site.people.push(person);
    }
    site.people.push(Person::nobody());
    let mut hand = Hand::of(&site);
    people(&mut hand).await;
    aid(&mut hand).await;
    registers(&mut hand).await;
    citizens(&mut hand).await;
    documents(&mut hand).await;
    imports(&mut hand).await;
    seals(&mut hand).await;
    administrators(&mut hand).await;
    hand.press("manager", "/checks", "/checks", &[]).await;
    hand.press("manager", "/messages", "/cancel", &[]).await;
    let missed = hand.missed;
    assert!(missed.is_empty(), "{} records could not be made:\n{}", missed.len(), missed.join("\n"));
    // The night's work: marks of what was kept long enough, and what the checks find.
    farun::jobs::run_due(&site.app).await?;
    let mut hand = Hand::of(&site);
    hand.press("manager", "/retention", "/hold", &[]).await;
    assert!(hand.missed.is_empty(), "{:?}", hand.missed);
    Ok(site.world)
}

/// An application sent from the telephone with a letter that waits and one that was answered, and the next one ready to
/// be sent.
async fn citizens(hand: &mut Hand<'_>) {
    let steps: [(&str, &[(&str, &str)]); 8] = [
        ("who", &[("for", "self"), ("agent_name", ""), ("agent_relation", "")]),
        ("matter", &[("about", "wages")]),
        ("story", &[("story", "三个月没有发工资。")]),
        ("situation", &[("groups", "G-OLD"), ("visit", "1")]),
        ("hardship", &[("money", "statement")]),
        ("person", &[("name", "陈阿大"), ("id_number", "320412195512310032"), ("phone", "13800001000")]),
        ("contact", &[("reach", "text")]),
        ("papers", &[("papers", "身份证")]),
    ];
    for round in 0..2 {
        for (step, typed) in steps {
            hand.press("nobody", &format!("/apply/{step}"), &format!("/apply/{step}"), typed).await;
        }
        // The first photograph goes with the case, the second stays with the draft.
        hand.press("nobody", "/apply/photos", "/apply/photos", &[]).await;
        if round == 0 {
            hand.press("nobody", "/apply/check", "/apply/send", &[("agree", "1")]).await;
            hand.press("nobody", "/apply/letter/ask", "/apply/letter/ask", &[("words", "办到哪一步了？")])
                .await;
            let letter = hand.link("clerk", "/aid/letters", "/aid/letters/320412-").await;
            hand.press("clerk", &letter, &letter, &[("words", "明天上午十点上门。")]).await;
        }
    }
}

/// A campaign, help of a duty lawyer, a sample of archived cases.
async fn aid(hand: &mut Hand<'_>) {
    let campaign = [("title", "冬季欠薪专项"), ("ends_on", "2022-12-31"), ("matter", "M31-5")];
    hand.press("manager", "/aid/campaigns", "/aid/campaigns", &campaign).await;
    let help = [("organ", "区看守所"), ("name", "张某测"), ("kinds", "consult")];
    hand.press("manager", "/aid/help/new", "/aid/help/new", &help).await;
    hand.press("manager", "/aid/quality", "/aid/quality", &[("share", "2")]).await;
    // Letters of cooperation: one that waits, one with somebody, one that is answered, one that hands a case over.
    let (person, new) = (("subject", "张某测"), "/aid/cooperation/new");
    for far in 0..3 {
        let made = hand.press("manager", new, new, &[("kind", "serve"), person]).await;
        if far > 0 {
            hand.press("manager", &made, "/assign", &[]).await;
        }
        if far > 1 {
            hand.press("manager", &made, "/answer", &[]).await;
        }
    }
    hand.press("manager", new, new, &[("kind", "transfer"), person]).await;
    // A time limit that the manager changed from a day on that is still to come.
    let rule = "/aid/rules/LA-AGREEMENT-5D";
    let change = [("how", "change"), ("count", "4"), ("valid_from", "2022-12-01")];
    hand.press("manager", rule, rule, &change).await;
}

/// Documents of a case: one at every step from the draft to the proof of service, and a void one.
async fn documents(hand: &mut Hand<'_>) {
    let case = hand.link("manager", "/aid", "/aid/320412-").await;
    let here = case.replace("/aid/", "/documents/of/legal_aid_case/");
    let steps: [(&str, &[(&str, &str)]); 4] =
        [("print", &[]), ("stamp", &[]), ("scan", &[]), ("serve", &[("served_to", "陈阿大")])];
    for far in 0..=steps.len() {
        let made = hand.press("manager", &here, &here, &[("kind", "aid-09")]).await;
        for (step, typed) in &steps[..far] {
            hand.press("manager", &made, &format!("/{step}"), typed).await;
        }
    }
    let void = hand.press("manager", &here, &here, &[("kind", "aid-10")]).await;
    hand.press("manager", &void, "/void", &[("reason", "编号写错")]).await;
}

/// A merged person, one whose data is restricted, an answered wish.
async fn people(hand: &mut Hand<'_>) {
    hand.press("manager", "/persons/duplicates", "/persons/duplicates", &[("do", "left")]).await;
    let person = hand.link("manager", "/persons?q=%E9%99%90%E5%88%B6%E4%BA%BA", "/persons/320412-").await;
    hand.press("manager", &format!("{person}/data"), "/restrict", &[("restrict_reason", "正在核实")]).await;
    let person = hand.link("manager", "/persons", "/persons/320412-").await;
    hand.press("manager", &person, "/reveal", &[]).await;
    let wish = hand.link("clerk", "/callbacks", "/callbacks/320412-").await;
    hand.press("clerk", &wish, "/take", &[]).await;
    hand.press("clerk", &wish, "/outcome", &[("note", "已答复")]).await;
    let wish = hand.link("clerk", "/callbacks", "/callbacks/320412-").await;
    hand.press("clerk", &wish, "/take", &[]).await;
}

/// Lawyers who left long ago, one with marks of his own; villages that changed; a withdrawn service; lists.
async fn registers(hand: &mut Hand<'_>) {
    for (licence, phone) in [("13204201811990781", "13800004001"), ("13204201811990782", "13800004002")] {
        let lawyer = [("name", "钱离任"), ("licence", licence), ("phone", phone)];
        let made = hand.press("manager", "/lawyers/new", "/lawyers/new", &lawyer).await;
        let page = format!("{made}/assessments/new");
        hand.press("manager", &page, "/assessments/new", &[]).await;
        let page = format!("{made}/disciplines/new");
        let mild = [("happened_on", "2020-03-01"), ("until_on", "")];
        hand.press("manager", &page, "/disciplines/new", &mild).await;
        hand.press("manager", &format!("{made}/leave"), "/leave", &[("left_on", "2021-01-05")]).await;
    }
    let village = [("name", "测试一村村民委员会"), ("short_name", "测试一村"), ("opened_on", "2022-01-04")];
    hand.press("manager", "/places/new", "/places/new", &village).await;
    let village =
        hand.link("manager", "/places?q=%E6%B5%8B%E8%AF%95%E4%B8%80%E6%9D%91", "/places/320412-").await;
    let id = village.rsplit('/').next().unwrap_or_default();
    for (what, day) in [("rename", "2022-05-05"), ("abolish", "2022-05-06")] {
        let page = format!("/places/events/new?what={what}&unit={id}");
        let typed = [
            ("unit-1", id),
            ("name-1", "测试更名村村民委员会"),
            ("short_name-1", "测试更名村"),
            ("day", day),
            ("step", "confirm"),
        ];
        hand.press("manager", &page, "/places/events/new", &typed).await;
    }
    let service = hand.link("manager", "/services", "/services/320412-").await;
    hand.press("manager", &format!("{service}/correct"), "/withdraw", &[]).await;
    let ledger =
        hand.link("manager", "/statistics/2022Q1/advisers.visits/rows", "/statistics/ledgers/new").await;
    hand.press("manager", &ledger, "/statistics/ledgers/new", &[("title", "一季度台账")]).await;
    let station = hand.link("manager", "/manage/stations", "/manage/stations/320412-").await;
    hand.press("manager", &station, "/exceptions", &[]).await;
    hand.press("manager", "/dictionaries/campaign/new", "/new", &[]).await;
}

/// Imports in every state: done, with bad rows, waiting for a decision, with columns nobody knows, taken back.
async fn imports(hand: &mut Hand<'_>) {
    const GOOD: &str =
        "姓名,身份证号,电话\r\n赵导入,110105195001010020,13800005001\r\n钱导入,,13800005002\r\n";
    const BAD: &str = "姓名,身份证号,电话\r\n孙导入,110105195001010024,13800005003\r\n李导入,,1380000\r\n周导入,,13800005004\r\n";
    const MORE: &str = "姓名,电话\r\n吴导入,13800005005\r\n";
    const STRANGE: &str = "甲,乙\r\n郑导入,13800005006\r\n";
    let mut made = Vec::new();
    for file in [GOOD, BAD, MORE, STRANGE, GOOD] {
        made.push(hand.send("manager", "/imports/persons/new", "/imports/persons/new", &[], file).await);
    }
    let [good, bad, more, ..] = made.as_slice() else { return };
    hand.press("manager", good, "/apply", &[]).await;
    hand.press("manager", bad, "/apply", &[("mode", "good")]).await;
    hand.press("manager", more, "/apply", &[]).await;
    hand.press("manager", more, "/undo", &[]).await;
    hand.send("manager", "/imports/persons/new", "/imports/persons/new", &[], BAD).await;
    let fresh = MORE.replace("吴导入", "陆导入");
    hand.send("manager", "/imports/persons/new", "/imports/persons/new", &[], &fresh).await;
}

/// A sealed and published quarter with an entry that came late, and one that somebody asks to unseal.
async fn seals(hand: &mut Hand<'_>) {
    for period in ["2021Q4", "2022Q1"] {
        let page = format!("/statistics/{period}/seal");
        let seal = hand.press("manager", &page, "/seal", &[("aware", "1")]).await;
        if period == "2022Q1" {
            hand.press("manager", &seal, "/publish", &[]).await;
        } else {
            hand.press("manager", &seal, "/unseal", &[]).await;
        }
    }
    let late = [("other_day", "2022-03-30"), ("happened_on", "")];
    hand.press("adviser", "/services/new", "/services/new", &late).await;
}

/// A proposal of the administrators, an account that waits for its roles, invitations, a second factor.
async fn administrators(hand: &mut Hand<'_>) {
    hand.press("sysadmin", "/accounts/administrators", "/accounts/administrators", &[]).await;
    let account = hand.press("sysadmin", "/accounts/new", "/accounts/new", &[("username", "proposed")]).await;
    hand.press("sysadmin", &account, "/reset", &[]).await;
    hand.press("secured", "/me/second-factor", "/me/second-factor", &[]).await;
    let page = hand.site.get(hand.site.person("secured"), "/me/second-factor").await.text;
    let secret = page.split("id=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    let secret = secret.unwrap_or_default().replace(' ', "");
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let factor = totp_rs::Builder::new().with_secret(secret).build().expect("a factor");
    let now = u64::try_from(SystemClock.now().micros() / 1_000_000).expect("after 1970");
    let code = factor.generate(now).to_string();
    hand.press("secured", "/me/second-factor", "/confirm", &[("code", &code)]).await;
}
