//! The work list against a scan: whatever is looked for, with whatever filters, it shows the rows that reading every case
//! would show, in the same order, page by page, whichever way the words are looked up.

use crate::{
    Act, Case, Decision, Origin, Saying, Stage, case, do_act,
    journeys::start,
    store::{self, CaseRow},
    take_application,
    testing::{World, an_application, migrations, world},
};
use ::store::{Db, Tx, params};
use kernel::{Id, Result};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::{actor, on_both};
use web::{Actor, Listing, Reach, Role, UNCOUNTED};

/// So many that every search is one for few.
const EVERY: i64 = 1_000_000;
const LETTERS: [char; 6] = ['陈', '阿', '大', '王', 'a', '·'];

fn names() -> impl Strategy<Value = Vec<String>> {
    let name = prop::collection::vec(0..LETTERS.len(), 1..5)
        .prop_map(|letters| letters.into_iter().map(|at| LETTERS[at]).collect::<String>());
    prop::collection::vec(name, 46)
}

/// What is looked for, and with which filters.
fn asked() -> impl Strategy<Value = (String, usize)> {
    let of_name = prop::collection::vec(0..LETTERS.len(), 1..4)
        .prop_map(|letters| letters.into_iter().map(|at| LETTERS[at]).collect::<String>());
    let number: Vec<char> = "（2022）武法援民字第1号".chars().collect();
    let of_number = (0..number.len(), 1..6_usize)
        .prop_map(move |(from, length)| number.iter().skip(from).take(length).collect::<String>());
    let typed = prop::sample::select(vec!["(2022)武法援民字第2号", "cad", "w", "1", "%", "_", "第0号", "zz"]);
    (prop_oneof![4 => of_name, 3 => of_number, 2 => typed.prop_map(str::to_owned)], 0..6_usize)
}

/// Cases of these people: some granted, some ended, one whose data is restricted.
async fn fill(db: &Db, world: &World, names: &[String]) -> Result<()> {
    let mut tx = db.begin_write().await?;
    let clerk = Actor { id: 7, ..actor(Role::Clerk) };
    let manager = Actor { id: 8, ..actor(Role::Manager) };
    for (nth, name) in names.iter().enumerate() {
        let new = parties::testing::a_person(name, None);
        let (applicant, _) = parties::find_or_create_person(&mut tx, None, &new).await?;
        let mut application = an_application(world);
        application.applicant = applicant;
        application.town = world.towns[nth % 2];
        application.said.green = nth % 7 == 0;
        let at = start().plus_seconds(i64::try_from(nth % 5).expect("small") * 86_400);
        let id = take_application(&mut tx, Some(&clerk), Origin::Application, &application, at, at).await?;
        let mut act = async |who: &Actor, act: Act, saying: Saying| -> Result<()> {
            let entry = case(&mut tx, id).await?.expect("the case");
            do_act(&mut tx, who, &entry, act, &saying, at).await
        };
        let words = || Saying { words: "好".to_owned(), ..Saying::default() };
        let granted = || Saying { decision: Some(Decision::Grant), ..words() };
        match nth % 4 {
            0 => act(&clerk, Act::Withdraw, words()).await?,
            1 => {}
            _ => {
                act(&clerk, Act::Propose, granted()).await?;
                act(&manager, Act::Decide, granted()).await?;
            }
        }
    }
    let last = tx.scalar("select max(applicant_id) from legal_aid_case_entry", params![]).await?;
    parties::testing::restrict(&mut tx, last).await?;
    Ok(tx.commit().await?)
}

fn address(text: &str, filters: usize, world: &World) -> String {
    let town = world.towns[0];
    let filters = match filters {
        0 => "&over=1".to_owned(),
        1 => String::new(),
        2 => format!("&over=1&town={town}"),
        3 => "&stage=assign".to_owned(),
        4 => format!("&stage=assign&matter=M31-5&town={town}"),
        _ => "&over=1&green=1".to_owned(),
    };
    format!("/aid?q={}{filters}", escaped(text))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// All pages of a list, one after the other, and how many were not counted.
async fn walked(tx: &mut Tx, address: &str, few: i64) -> Result<(Vec<Id<Case>>, usize)> {
    let (mut all, mut at, mut uncounted) = (Vec::new(), address.to_owned(), 0);
    let mut counts = Vec::new();
    loop {
        let listing = Listing::of(&at);
        let (rows, total) = store::work_list::list_by(tx, &Reach::Region, &listing, few, start()).await?;
        let size = usize::try_from(listing.size).expect("small");
        all.extend(rows.iter().take(size).map(|row| row.id));
        match total {
            UNCOUNTED => uncounted += 1,
            _ => counts.push(usize::try_from(total).expect("small")),
        }
        let Some(last) = rows.get(size).and(rows.get(size - 1)) else {
            assert!(counts.iter().all(|count| *count == all.len()), "the counts of {address}: {counts:?}");
            assert_ne!(total, UNCOUNTED, "the last page is counted: {address}");
            return Ok((all, uncounted));
        };
        at = format!("{address}&after={}~{}", last.urgency, last.id.raw());
    }
}

/// Reading every case: what fits, in order.
fn scanned(all: &[CaseRow], text: &str, filters: usize, town: &str, matter: &str) -> Vec<Id<Case>> {
    let mut wanted = text.to_ascii_lowercase();
    if !wanted.is_ascii() {
        wanted = wanted.replace('(', "（").replace(')', "）");
    }
    let named = |row: &&CaseRow| {
        let name = row.applicant.to_ascii_lowercase();
        let known = row.applicant != "（限制处理）";
        known && (name.contains(&wanted) || places::initials(&row.applicant).contains(&wanted))
            || row.official_number.as_ref().is_some_and(|number| number.contains(&wanted))
    };
    let fits = |row: &&CaseRow| match filters {
        0 => true,
        1 => !row.stage.is_over(),
        2 => row.town_name == town,
        3 => row.stage == Stage::Assigning,
        4 => row.stage == Stage::Assigning && row.matter == matter && row.town_name == town,
        _ => row.green,
    };
    let mut rows: Vec<&CaseRow> = all.iter().filter(named).filter(fits).collect();
    rows.sort_by_key(|row| (row.urgency, row.id.raw()));
    rows.into_iter().map(|row| row.id).collect()
}

async fn all(tx: &mut Tx) -> Result<Vec<CaseRow>> {
    let (rows, _) =
        store::work_list::list(tx, &Reach::Region, &Listing::of("/aid?over=1&size=100"), start()).await?;
    Ok(rows)
}

#[test]
fn the_list_shows_what_a_scan_would_show() {
    on_both(&migrations(), |db| async move {
        let world = world(&db).await?;
        let mut runner = TestRunner::deterministic();
        let names = names().new_tree(&mut runner).expect("names").current();
        fill(&db, &world, &names).await?;
        let mut tx = db.begin_write().await?;
        let rows = all(&mut tx).await?;
        assert_eq!(rows.len(), names.len());
        let town = places::town(&mut tx, world.towns[0]).await?.expect("the town").name;
        let (mut hits, mut different, mut uncounted) = (0, 0, 0);
        for _ in 0..testkit::histories(150) {
            let (text, filters) = asked().new_tree(&mut runner).expect("a search").current();
            let expected = scanned(&rows, &text, filters, &town, "M31-5");
            let address = address(&text, filters, &world);
            for few in [-1, EVERY, 5] {
                let (found, without_count) = walked(&mut tx, &address, few).await?;
                assert_eq!(found, expected, "{text} {address} few {few}");
                assert!(few != EVERY || without_count == 0, "{address}");
                uncounted += without_count;
            }
            hits += usize::from(!expected.is_empty());
            different += usize::from(!expected.is_empty() && expected.len() < 20);
        }
        assert!(
            hits > 20 && different > 10 && uncounted > 5,
            "searches that find nothing, and walks that end, prove nothing: {hits} {different} {uncounted}"
        );
        // A part that was lost is noticed.
        let text = names[2].clone();
        let (found, _) = walked(&mut tx, &address(&text, 0, &world), EVERY).await?;
        parties::testing::lose_name_part(&mut tx, &text.to_ascii_lowercase()).await?;
        let (left, _) = walked(&mut tx, &address(&text, 0, &world), EVERY).await?;
        assert!(found == scanned(&rows, &text, 0, &town, "") && left != found, "{text}: {found:?} {left:?}");
        Ok(())
    });
}

#[test]
fn a_restricted_person_is_not_found_and_a_case_is_by_its_id() {
    on_both(&migrations(), |db| async move {
        let world = world(&db).await?;
        fill(&db, &world, &["陈阿大".to_owned(), "王大".to_owned()]).await?;
        let mut tx = db.begin_read().await?;
        let rows = all(&mut tx).await?;
        assert!(rows.iter().any(|row| row.applicant == "（限制处理）"));
        for (text, found) in [("王大", 0), ("限制", 0), ("陈阿大", 1), (rows[0].id.to_string().as_str(), 1)]
        {
            let listing = Listing::of(&address(text, 0, &world));
            let (hits, total) = store::work_list::list(&mut tx, &Reach::Region, &listing, start()).await?;
            assert_eq!((hits.len(), total), (found, i64::try_from(found).expect("small")), "{text}");
        }
        Ok(())
    });
}
