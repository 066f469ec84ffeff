//! The legal aid cases of the demonstration world: the article's quarter with 335 cases accepted and 335 people aided,
//! and April's cases at every stage.

use super::{accounts::Accounts, cooperation, diary, random::Random, registers::World};
use counsel::{Lawyer, LawyerKind};
use kernel::{Calendar, Day, Error, Fault, Id, Moment, Result};
use legal_aid::{
    Act, Application, Case, Decision, Hardship, Origin, Particulars, Phase, Said, Saying, Sender, Stage,
    SubsidyKind, do_act, specify, take_application,
};
use serde::Deserialize;
use store::{Db, Tx};
use web::{Actor, Role};

#[derive(Deserialize)]
struct Words {
    surnames: Vec<String>,
    given: Vec<String>,
    kinds: Vec<Kind>,
    firms: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    weight: usize,
    matter: String,
    origin: String,
    groups: Vec<String>,
    hardship: String,
    opponent: String,
    story: String,
    result: String,
}

/// What the article reports of the first quarter of 2022.
const ACCEPTED: usize = 335;
/// Applications refused in that quarter; invented, so that the overview has reasons to show.
const REFUSED: usize = 9;
/// Cases since then, at every stage; invented.
const YOUNG: usize = 46;
const CHUNK: usize = 20;
/// Steps from the assignment until the case is being handled, and until it is archived.
const HANDLED: usize = 5;
const CLOSED: usize = 10;

struct Office<'a> {
    world: &'a World,
    words: &'a Words,
    calendar: Calendar,
    clerk: Actor,
    manager: Actor,
}

/// How far a case has come, and when it began.
struct Course {
    received: Moment,
    refused: bool,
    /// Acts from the assignment on, at most so many.
    steps: usize,
    /// Whether each step waits for a while, within its time limit.
    slow: bool,
}

impl Course {
    /// So many days later, some days more if this one is slow.
    fn later(&self, at: Moment, days: i64, most: usize, random: &mut Random) -> Moment {
        let more = if self.slow { i64::try_from(random.below(most)).unwrap_or(0) } else { 0 };
        at.plus_seconds((days + more) * 86_400)
    }
}

/// Makes the cases, oldest first.
pub(crate) async fn make(db: &Db, world: &World, accounts: &Accounts, now: Moment) -> Result<()> {
    let words: Words = serde_json::from_str(include_str!("data/aid.json"))?;
    let actor = |id, name: &str, role| Actor {
        id,
        name: name.to_owned(),
        roles: vec![role],
        towns: Vec::new(),
        subject: None,
        session: String::new(),
    };
    let office = Office {
        world,
        words: &words,
        calendar: Calendar::published(),
        clerk: actor(accounts.clerk, "演示·窗口人员", Role::Clerk),
        manager: actor(accounts.manager, "演示·业务主管", Role::Manager),
    };
    let mut random = Random::new(335);
    let mut tx = db.begin_write().await?;
    diary::standards(&mut tx, &office.manager, now).await?;
    tx.commit().await?;
    let courses = courses(&office, &mut random, now)?;
    let mut last = None;
    for some in courses.chunks(CHUNK) {
        let mut tx = db.begin_write().await?;
        for course in some {
            last = Some(office.play(&mut tx, course, &mut random, now).await?);
        }
        tx.commit().await?;
    }
    let mut tx = db.begin_write().await?;
    let town = places::towns(&mut tx).await?.first().map(|town| town.id);
    let town = town.ok_or_else(|| Fault::new("no town"))?;
    cooperation::letters(&mut tx, &office.clerk, (last, town), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The quarter's cases are all decided in the quarter: they are received early enough for that. What is younger has
/// come less far.
fn courses(office: &Office<'_>, random: &mut Random, now: Moment) -> Result<Vec<Course>, Fault> {
    let day = |text: &str| text.parse::<Day>().map_err(|_| Fault::new("an impossible day in the plan"));
    let quarter = office.working(day("2022-01-01")?, day("2022-03-24")?);
    let young = office.working(day("2022-04-20")?, day("2022-05-05")?);
    let mut courses = Vec::new();
    for nth in 0..ACCEPTED + REFUSED {
        let on = random.pick(&quarter).copied().ok_or_else(|| Fault::new("no working day"))?;
        // Some wait for their subsidy to be approved or paid, or for the archive.
        let steps = match random.below(100) {
            0..45 => HANDLED,
            45..51 => HANDLED + 2 + random.below(3),
            _ => CLOSED,
        };
        courses.push(Course { received: hour(on, random), refused: nth >= ACCEPTED, steps, slow: false });
    }
    for nth in 0..YOUNG {
        let on = random.pick(&young).copied().ok_or_else(|| Fault::new("no working day"))?;
        let refused = nth % 15 == 14;
        courses.push(Course { received: hour(on, random), refused, steps: HANDLED, slow: true });
    }
    courses.sort_by_key(|course| course.received);
    courses.retain(|course| course.received < now);
    Ok(courses)
}

/// The standard that fits a kind of case.
fn paid_as(kind: &Kind) -> SubsidyKind {
    match (legal_aid::is_criminal(&kind.matter), kind.result.as_str()) {
        (true, _) => SubsidyKind::Criminal,
        (_, "8") => SubsidyKind::Arbitration,
        (_, "6" | "7" | "9") => SubsidyKind::Other,
        _ => SubsidyKind::Suit,
    }
}

fn hour(day: Day, random: &mut Random) -> Moment {
    Moment::at(day, i8::try_from(9 + random.below(8)).unwrap_or(9), 15)
}

impl Office<'_> {
    fn working(&self, first: Day, last: Day) -> Vec<Day> {
        (0..=first.days_until(last))
            .map(|n| first.add_days(n))
            .filter(|day| self.calendar.is_working(*day).unwrap_or(false))
            .collect()
    }

    fn kind(&self, random: &mut Random) -> Result<&Kind, Fault> {
        let all: usize = self.words.kinds.iter().map(|kind| kind.weight).sum();
        let mut at = random.below(all);
        for kind in &self.words.kinds {
            if at < kind.weight {
                return Ok(kind);
            }
            at -= kind.weight;
        }
        Err(Fault::new("no kind of case"))
    }

    fn name(&self, random: &mut Random) -> String {
        let surname = random.pick(&self.words.surnames).map_or("陈", String::as_str);
        let given = random.pick(&self.words.given).map_or("阿大", String::as_str);
        format!("{surname}{given}")
    }

    async fn application(&self, tx: &mut Tx, kind: &Kind, random: &mut Random) -> Result<Application> {
        let unit = random.pick(&self.world.units).ok_or_else(|| Fault::new("no village"))?;
        let town = places::unit(tx, unit.id).await?.ok_or_else(|| Fault::new("no village"))?.town_id;
        let firm = random.pick(&self.words.firms).cloned().unwrap_or_default();
        let (other, months) = (self.name(random), 2 + random.below(5));
        let fill = |text: &str| {
            text.replace("{firm}", &firm).replace("{person}", &other).replace("{months}", &months.to_string())
        };
        let person = parties::NewPerson {
            name: self.name(random),
            unit: Some(unit.id),
            groups: kind.groups.clone(),
            ..parties::NewPerson::default()
        };
        let (applicant, _) = parties::find_or_create_person(tx, Some(self.clerk.id), &person).await?;
        let codes: Vec<&str> = kind.groups.iter().map(String::as_str).collect();
        let papers: &[&str] = match kind.origin.as_str() {
            "application" => &legal_aid::USUAL_PAPERS[..4],
            _ => &["办案机关的通知", "起诉书副本"],
        };
        let papers = papers.iter().map(|paper| (*paper).to_owned()).collect();
        let said = Said {
            agent_name: String::new(),
            agent_relation: String::new(),
            opponent: fill(&kind.opponent),
            matter: kind.matter.clone(),
            story: fill(&kind.story),
            green: legal_aid::goes_first(&codes, random.percent(4)),
            groups: kind.groups.clone(),
            hardship: Hardship::from_text(&kind.hardship).unwrap_or(Hardship::Statement),
            people: 1,
            papers,
        };
        Ok(Application {
            town,
            unit: Some(unit.id),
            applicant,
            station: None,
            channel: "reception".to_owned(),
            said,
        })
    }

    /// Plays a case as far as its course goes and the day permits; says which it is.
    async fn play(&self, tx: &mut Tx, course: &Course, random: &mut Random, now: Moment) -> Result<Id<Case>> {
        let kind = self.kind(random)?;
        let origin = Origin::from_text(&kind.origin).filter(|_| !course.refused);
        let origin = origin.unwrap_or(Origin::Application);
        let application = self.application(tx, kind, random).await?;
        let mut at = course.received;
        let id = take_application(tx, Some(&self.clerk), origin, &application, at, at).await?;
        if application.said.green && course.slow {
            diary::visit(tx, &self.clerk, id, at, now, random).await?;
        }
        self.particulars(tx, id, kind, at).await?;
        if origin == Origin::Application {
            let decision = if course.refused { Decision::Refuse } else { Decision::Grant };
            let reason = if course.refused { ["2", "3", "1"][random.below(3)] } else { "" };
            for (act, actor) in [(Act::Propose, &self.clerk), (Act::Decide, &self.manager)] {
                at = course.later(at, 1, 3, random);
                if at >= now {
                    return Ok(id);
                }
                let saying = Saying {
                    words: "事项和材料已核对，建议如上。".to_owned(),
                    code: reason.to_owned(),
                    decision: Some(decision),
                    ..Saying::default()
                };
                self.act(tx, actor, id, act, &saying, at).await?;
            }
            if course.refused {
                return Ok(id);
            }
        }
        self.handle(tx, id, kind, course, at, random, now).await?;
        Ok(id)
    }

    /// What the ministry's forms ask of a defence and nothing else says: how far the proceedings are, which goes by
    /// the day, so that it takes no number from the plan; who is in custody applies through the procuratorate.
    async fn particulars(&self, tx: &mut Tx, id: Id<Case>, kind: &Kind, at: Moment) -> Result<()> {
        if !["M24", "M25-1"].contains(&kind.matter.as_str()) {
            return Ok(());
        }
        let phases = [Phase::Investigation, Phase::Prosecution, Phase::First];
        let nth = usize::try_from(at.day().day()).unwrap_or(0) % phases.len();
        let phase = phases.get(nth).copied();
        let applied = kind.origin == "application";
        let sent_by = (applied && phase == Some(Phase::Prosecution)).then_some(Sender::Procuratorate);
        let said = Particulars { phase, sent_by, ..Particulars::default() };
        let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
        specify(tx, &self.clerk, &entry, &said, 0, at).await
    }

    /// From the assignment on: so many steps, as far as the day permits.
    #[expect(clippy::too_many_arguments, reason = "a case, how far it comes, and from when")]
    async fn handle(
        &self,
        tx: &mut Tx,
        id: Id<Case>,
        kind: &Kind,
        course: &Course,
        from: Moment,
        random: &mut Random,
        now: Moment,
    ) -> Result<()> {
        let mut at = course.later(from, 1, 2, random);
        if at >= now {
            return Ok(());
        }
        let himself = self.lawyer(self.offer(tx, id, at, random).await?);
        let steps = [
            (Act::Accept, &himself, 1),
            (Act::Agree, &himself, 1),
            (Act::Meet, &himself, 1),
            (Act::Progress, &himself, 6),
            (Act::File, &himself, 12),
            (Act::PassFile, &self.clerk, 5),
            (Act::Price, &self.manager, 2),
            (Act::Pay, &self.clerk, 4),
            (Act::Archive, &self.clerk, 3),
        ];
        for (act, actor, days) in steps.into_iter().take(course.steps - 1) {
            at = course.later(at, days, 2, random);
            if at >= now {
                break;
            }
            let amount = match act {
                Act::File => Some(i64::try_from(random.below(60)).unwrap_or(0) * 1000),
                _ => None,
            };
            let saying = Saying {
                words: if act == Act::Progress { "已向受援人说明进展和下一步。" } else { "" }.to_owned(),
                code: if act == Act::File { kind.result.clone() } else { String::new() },
                on: Some(at.day()),
                subsidy: (act == Act::Price).then(|| diary::subsidy(paid_as(kind), random)),
                amount,
                no_conflict: act == Act::Accept,
                ..Saying::default()
            };
            // What is recovered for unpaid work is wages.
            let wages = if kind.matter == "M31-5" { amount.unwrap_or(0) } else { 0 };
            let saying = match act {
                Act::File => Saying { words: "已办结，材料齐全。".to_owned(), wages, ..saying },
                _ => saying,
            };
            self.act(tx, actor, id, act, &saying, at).await?;
        }
        // Some of what is being handled will be heard within three weeks.
        let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
        if entry.stage == Stage::Handling && random.percent(20) {
            diary::hearing(tx, &himself, id, now, random).await?;
        }
        Ok(())
    }

    /// Offers the case to somebody who has no conflict of interest.
    async fn offer(&self, tx: &mut Tx, id: Id<Case>, at: Moment, random: &mut Random) -> Result<Id<Lawyer>> {
        for _ in 0..50 {
            let Some(lawyer) = random.pick(&self.world.units).map(|unit| unit.lawyer) else { break };
            let lawyer = self.fit(tx, id, lawyer).await?;
            let saying = Saying { lawyer: Some(lawyer), ..Saying::default() };
            match self.act(tx, &self.clerk, id, Act::Offer, &saying, at).await {
                Err(Error::Refused(_)) => {}
                done => return done.map(|()| lawyer),
            }
        }
        Err(Fault::new("every lawyer has a conflict of interest").into())
    }

    /// The lawyer, or the next one, if a legal worker was picked for a criminal case: the ministry's form of who handles
    /// what has no such column (报表十).
    async fn fit(&self, tx: &mut Tx, id: Id<Case>, picked: Id<Lawyer>) -> Result<Id<Lawyer>> {
        let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
        if !legal_aid::is_criminal(&entry.matter) {
            return Ok(picked);
        }
        let from = self.world.units.iter().position(|unit| unit.lawyer == picked).unwrap_or(0);
        for unit in self.world.units.iter().cycle().skip(from).take(self.world.units.len()) {
            let kind = counsel::lawyer(tx, unit.lawyer).await?.map(|lawyer| lawyer.kind);
            if kind == Some(LawyerKind::Lawyer) {
                return Ok(unit.lawyer);
            }
        }
        Ok(picked)
    }

    /// Paper that a lawyer hands in is keyed in at the reception.
    fn lawyer(&self, lawyer: Id<Lawyer>) -> Actor {
        Actor { roles: vec![Role::Adviser], subject: Some(lawyer.raw()), ..self.clerk.clone() }
    }

    async fn act(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: Id<Case>,
        act: Act,
        saying: &Saying,
        at: Moment,
    ) -> Result<()> {
        let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
        do_act(tx, actor, &entry, act, saying, at).await
    }
}
