//! The data that legal aid is measured with: the demonstration world with as many cases as asked, of four events each,
//! spread over ten years, one in sixteen still open.

use crate::{Place, bench::data, cli::say, demo, wiring};
use kernel::{Fault, Id, Moment, Result};
use legal_aid::{Act, Application, Deed, Hardship, Origin, Said, Saying, USUAL_PAPERS, write_history};
use std::path::{Path, PathBuf};
use store::{Db, Engine, Tx, params};

/// Surnames in the first line, letters of given names in the second.
const NAMES: &str = include_str!("names.txt");
/// So many cases share a transaction.
const CHUNK: i64 = 1_000;
/// Cases that are over were received in so many days before.
const DAYS: usize = 3_650;
const DAY: i64 = 86_400;

/// A folder that holds so many cases, made or filled up if there are fewer.
pub(super) async fn prepare(root: &Path, cases: i64) -> Result<PathBuf> {
    let folder = root.join(format!("cases-{cases}"));
    let db = wiring::open(&Place::folder(&folder)).await?;
    if db.region().is_err() {
        say(&format!("正在准备 {cases} 件法律援助案件的数据（{}）…", folder.display()));
        demo::make(&db).await?;
    }
    let mut have = count(&db).await?;
    if have > cases {
        return Err(Fault::new(format!("{} holds {have} cases", folder.display())).into());
    }
    let office = Office::of(&db).await?;
    let mut first = true;
    while have < cases {
        let mut tx = db.begin_write().await?;
        if first && db.engine() == Engine::Sqlite {
            // The indexes of millions of rows are written at random; the server itself keeps its small cache.
            tx.all::<(i64,)>("pragma cache_size = -800000", params![]).await?;
        }
        first = false;
        for nth in have..cases.min(have + CHUNK) {
            office.case(&mut tx, usize::try_from(nth).map_err(Fault::from)?).await?;
        }
        tx.commit().await?;
        have = cases.min(have + CHUNK);
    }
    data::sound(&db).await?;
    db.close().await?;
    Ok(folder)
}

/// How many cases there are.
pub(super) async fn count(db: &Db) -> Result<i64, Fault> {
    let mut tx = db.begin_read().await?;
    tx.scalar("select count(*) from legal_aid_case where region_id = $1", params![tx.region()?]).await
}

/// A name out of a number; two letters of the given name are as rare as they are in a district.
pub(super) fn name(nth: usize) -> String {
    let (surnames, letters) = NAMES.trim().split_once('\n').unwrap_or_default();
    let of = |list: &str, at: usize| {
        let length = list.chars().count().max(1);
        list.chars().nth(at % length).unwrap_or('陈')
    };
    let mixed = mix(nth);
    // The first surnames are the frequent ones.
    let surname = (mixed % 60) * (mixed / 60 % 60) / 60;
    let given = [of(letters, mixed / 3_600), of(letters, mixed / 600_000)];
    [of(surnames, surname)].into_iter().chain(given).collect()
}

/// A number that looks random and is the same every time (SplitMix64).
fn mix(nth: usize) -> usize {
    let mut z = (nth as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((z ^ (z >> 31)) >> 1).unwrap_or(0)
}

/// What cases name.
struct Office {
    units: Vec<(Id<places::Unit>, Id<places::Town>)>,
    lawyers: Vec<Id<counsel::Lawyer>>,
    matters: Vec<String>,
    clerk: i64,
    manager: i64,
    now: Moment,
}

impl Office {
    async fn of(db: &Db) -> Result<Self> {
        let now = demo::now()?;
        let mut tx = db.begin_read().await?;
        let region = tx.region()?;
        let units = tx
            .all("select id, town_id from places_unit where region_id = $1 order by id", params![region])
            .await?;
        let lawyers: Vec<(Id<counsel::Lawyer>,)> = tx
            .all(
                "select id from counsel_lawyer where region_id = $1 and state = 'active' order by id",
                params![region],
            )
            .await?;
        let account = "select id from identity_account where region_id = $1 and username = $2";
        let clerk = tx.scalar(account, params![region, "clerk"]).await?;
        let manager = tx.scalar(account, params![region, "manager"]).await?;
        let matters = parties::term_options(&mut tx, "aid_matter", now.day()).await?;
        let civil = |code: &String| code.starts_with("M31-") || code.starts_with("M32-");
        let matters = matters.into_iter().map(|(code, _)| code).filter(civil).collect();
        let lawyers = lawyers.into_iter().map(|(id,)| id).collect();
        Ok(Self { units, lawyers, matters, clerk, manager, now })
    }

    /// Writes the case of that number: how it went follows from the number.
    async fn case(&self, tx: &mut Tx, nth: usize) -> Result<()> {
        let random = mix(nth.wrapping_add(7_919));
        let nobody = || Fault::new("the demonstration world has no villages, lawyers or matters");
        let (unit, town) = *self.units.get(random % self.units.len().max(1)).ok_or_else(nobody)?;
        let matter = self.matters.get(random / 300 % self.matters.len().max(1)).ok_or_else(nobody)?;
        let lawyer = *self.lawyers.get(random / 9_000 % self.lawyers.len().max(1)).ok_or_else(nobody)?;
        let person =
            parties::NewPerson { name: name(nth), unit: Some(unit), ..parties::NewPerson::default() };
        let (applicant, _) = parties::find_or_create_person(tx, Some(self.clerk), &person).await?;
        let opponent = match nth % 3 {
            0 => name(random),
            _ => format!("{}示例建设有限公司", name(random % 4_000)),
        };
        let (origin, course) = course(nth);
        let ago = if is_open(nth) { 4 + random % 20 } else { 60 + random / 77 % DAYS };
        let received = self.now.plus_seconds(-DAY * i64::try_from(ago).unwrap_or(60));
        let said = Said {
            agent_name: String::new(),
            agent_relation: String::new(),
            opponent,
            matter: matter.clone(),
            story: "做了三个月工，工资一直没有发，多次去要都说再等等，现在生活困难，希望帮我把工资要回来。"
                .to_owned(),
            groups: Vec::new(),
            green: random.is_multiple_of(25),
            hardship: if origin == Origin::Application { Hardship::Statement } else { Hardship::NotNeeded },
            people: 1,
            papers: USUAL_PAPERS.iter().take(3).map(|paper| (*paper).to_owned()).collect(),
        };
        let new = Application {
            town,
            unit: Some(unit),
            applicant,
            station: None,
            channel: "reception".to_owned(),
            said,
        };
        let deeds: Vec<Deed<'_>> = (1_i64..)
            .zip(course)
            .map(|(days, (act, decision))| {
                let by = match act {
                    Act::Decide | Act::Terminate => (self.manager, "演示·业务主管"),
                    _ => (self.clerk, "演示·窗口人员"),
                };
                let refused = *decision == Some(legal_aid::Decision::Refuse);
                let saying = Saying {
                    words: "事项和材料已核对，情况属实，建议如上。".to_owned(),
                    code: if refused || *act == Act::Terminate { "2" } else { "" }.to_owned(),
                    decision: *decision,
                    lawyer: (*act == Act::Offer).then_some(lawyer),
                    on: Some(received.plus_seconds(DAY * days).day()),
                    ..Saying::default()
                };
                Deed { act: *act, by, at: received.plus_seconds(DAY * days), saying }
            })
            .collect();
        write_history(tx, (origin, &new), (self.clerk, "演示·窗口人员"), received, &deeds, self.now).await?;
        Ok(())
    }
}

type Course = &'static [(Act, Option<legal_aid::Decision>)];

fn is_open(nth: usize) -> bool {
    nth % 100 < 6
}

/// What was done with the case of that number after it was received: three deeds, so that it has four events.
fn course(nth: usize) -> (Origin, Course) {
    use legal_aid::Decision::{Grant, Refuse};
    match nth % 100 {
        0..=2 => (Origin::Application, &[(Act::Note, None), (Act::Propose, Some(Grant)), (Act::Note, None)]),
        3 => (
            Origin::Application,
            &[(Act::Propose, Some(Grant)), (Act::Decide, Some(Grant)), (Act::Note, None)],
        ),
        4 => (
            Origin::Application,
            &[(Act::Propose, Some(Grant)), (Act::Decide, Some(Grant)), (Act::Offer, None)],
        ),
        5 => (Origin::Notice, &[(Act::Offer, None), (Act::Accept, None), (Act::Meet, None)]),
        6..=35 => (
            Origin::Application,
            &[(Act::Propose, Some(Grant)), (Act::Decide, Some(Grant)), (Act::Terminate, None)],
        ),
        36..=65 => (Origin::Notice, &[(Act::Offer, None), (Act::Accept, None), (Act::Terminate, None)]),
        66..=85 => (
            Origin::Application,
            &[(Act::Note, None), (Act::Propose, Some(Refuse)), (Act::Decide, Some(Refuse))],
        ),
        _ => (
            Origin::Application,
            &[(Act::AskSupplement, None), (Act::Supplement, None), (Act::Withdraw, None)],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn names_are_as_rare_as_in_a_district() {
        let mut givens: BTreeMap<String, usize> = BTreeMap::new();
        let mut surnames: BTreeMap<char, usize> = BTreeMap::new();
        for nth in 0..20_000 {
            let name = name(nth);
            assert_eq!(name.chars().count(), 3, "{name}");
            *givens.entry(name.chars().skip(1).collect()).or_default() += 1;
            *surnames.entry(name.chars().next().expect("a surname")).or_default() += 1;
        }
        assert!(givens.len() > 10_000 && givens.values().all(|times| *times < 20), "{}", givens.len());
        let most = surnames.values().max().expect("some");
        assert!(surnames.len() > 50 && *most > 1_000 && *most < 2_500, "{most}");
    }
}
