//! Lists of the service book answer every filter as reading all of it and looking at each row would.

use super::{ServiceRow, export, list};
use crate::{
    Deed, Entry, ServiceKind, log_service,
    testing::{World, migrations, now, take_up, world},
    withdraw_service,
};
use ::store::{Db, Tx, params};
use kernel::{Day, Id, Result};
use places::Unit;
use testkit::{actor, on_both};
use web::{Listing, Reach, Role};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// Sixty entries in four villages; 李家村 shares its name with 李律师.
async fn book(db: &Db) -> Result<(World, Vec<Id<Unit>>)> {
    let world = world(db).await?;
    let mut tx = db.begin_write().await?;
    let (_, more) = places::testing::town_with_units(&mut tx, "前黄镇", &["李家村"]).await?;
    take_up(&mut tx, more[0], world.lawyers[1], day("2021-06-01")).await?;
    let units = [&world.units[..3], &more].concat();
    let kinds = ServiceKind::ALL;
    for (at, number) in (0..60_usize).zip(0_i64..) {
        let happened_on = day("2022-01-01").add_days(number * 7 % 50);
        let deed = Deed {
            kind: kinds[at * 3 % kinds.len()],
            quantity: 1,
            happened_on,
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: format!("第{number}件"),
        };
        let unit = units[at * at % 7 % units.len()];
        let lawyer =
            if at % 7 % 2 == 0 { None } else { crate::adviser_on(&mut tx, unit, happened_on).await? };
        let ids = log_service(&mut tx, None, &[Entry { unit, deed, own: lawyer }], now()).await?;
        if at % 9 == 4 {
            withdraw_service(&mut tx, &actor(Role::Manager), ids[0], 1, "重复登记", now()).await?;
        }
    }
    tx.commit().await?;
    Ok((world, units))
}

type Keep = Box<dyn Fn(&ServiceRow) -> bool>;

/// What is asked, and the same as a look at one row; the state comes from the query.
fn questions(world: &World, units: &[Id<Unit>]) -> Vec<(String, Keep)> {
    let (wang, town, unit) = (world.lawyers[0], world.towns[0], units[0]);
    let between =
        |row: &ServiceRow| row.happened_on >= day("2022-01-10") && row.happened_on <= day("2022-02-05");
    let mut list: Vec<(String, Keep)> = vec![
        (String::new(), Box::new(|_| true)),
        (format!("town={town}"), Box::new(|row| row.town_name == "洛阳镇")),
        (format!("unit={unit}"), Box::new(move |row| row.unit_id == unit)),
        (format!("lawyer={wang}"), Box::new(move |row| row.lawyer_id == wang)),
        ("kind=phone".to_owned(), Box::new(|row| row.kind == ServiceKind::Phone)),
        ("from=2022-01-10&to=2022-02-05".to_owned(), Box::new(between)),
        ("q=TJT".to_owned(), Box::new(|row| row.unit_name == "谈家头村")),
        ("q=湖".to_owned(), Box::new(|row| row.unit_name.contains('湖'))),
        ("q=王".to_owned(), Box::new(|row| row.lawyer_name.contains('王'))),
        ("q=李".to_owned(), Box::new(|row| row.lawyer_name.contains('李') || row.unit_name.contains('李'))),
        ("q=%25".to_owned(), Box::new(|_| false)),
        ("q=没有".to_owned(), Box::new(|_| false)),
        (
            format!("town={town}&kind=visit&from=2022-01-10&to=2022-02-05"),
            Box::new(move |row| row.town_name == "洛阳镇" && row.kind == ServiceKind::Visit && between(row)),
        ),
        (
            "q=tjt&kind=visit".to_owned(),
            Box::new(|row| row.unit_name == "谈家头村" && row.kind == ServiceKind::Visit),
        ),
    ];
    let again = std::mem::take(&mut list);
    for (query, keep) in again {
        let keep = std::rc::Rc::new(keep);
        for (state, of_state) in [("", 0), ("withdrawn", 1), ("behalf", 2), ("all", 3)] {
            let keep = std::rc::Rc::clone(&keep);
            let told: Keep = Box::new(move |row| {
                keep(row)
                    && match of_state {
                        0 => row.standing,
                        1 => !row.standing,
                        2 => row.on_behalf,
                        _ => true,
                    }
            });
            list.push((format!("{query}&state={state}"), told));
        }
    }
    list
}

/// Pages through a list, to its end and back; every page says the same total.
async fn walk(tx: &mut Tx, reach: &Reach, query: &str) -> Result<(Vec<Id<()>>, i64)> {
    let mut all = Vec::new();
    let mut first_back = Vec::new();
    let mut total = None;
    let mut next = Some(format!("/services?{query}"));
    while let Some(address) = next {
        let listing = Listing::of(&address);
        let (rows, count) = list(tx, reach, &listing).await?;
        assert_eq!(*total.get_or_insert(count), count, "{query}");
        let (rows, pager) = listing.page(rows, count, |row| (row.happened_on.to_string(), row.id.raw()));
        if let Some(previous) = &pager.previous {
            let back = Listing::of(previous);
            let (rows, count) = list(tx, reach, &back).await?;
            let (rows, _) = back.page(rows, count, |row| (row.happened_on.to_string(), row.id.raw()));
            first_back = rows.iter().map(|row| row.id.raw()).collect();
        }
        assert!(all.ends_with(&first_back), "the page before is the page that was before: {query}");
        all.extend(rows.iter().map(|row| row.id.raw()));
        next = pager.next;
    }
    Ok((all.into_iter().filter_map(Id::from_raw).collect(), total.unwrap_or(0)))
}

#[test]
fn every_filter_finds_what_reading_everything_finds() {
    on_both(migrations(), |db| async move {
        let (world, units) = book(&db).await?;
        let mut tx = db.begin_read().await?;
        let mut everything =
            export(&mut tx, &Reach::Region, &Listing::of("/services?state=all"), 1000).await?;
        everything.reverse();
        assert_eq!(everything.len(), 60);
        let firm: i64 =
            tx.scalar("select firm_id from counsel_lawyer where id = $1", params![world.lawyers[0]]).await?;
        let (lawyer, town, unit) = (world.lawyers[1], world.towns[1], units[1]);
        let reaches: Vec<(Reach, Keep)> = vec![
            (Reach::Region, Box::new(|_| true)),
            (Reach::Towns(vec![town.raw(), 1]), Box::new(|row| row.town_name == "湖塘镇")),
            (Reach::Towns(Vec::new()), Box::new(|_| false)),
            (Reach::Unit(unit.raw()), Box::new(move |row| row.unit_id == unit)),
            (Reach::Lawyer(lawyer.raw()), Box::new(move |row| row.lawyer_id == lawyer)),
            (Reach::Firm(firm), Box::new(|_| true)),
            (Reach::Firm(1), Box::new(|_| false)),
            (Reach::Nothing, Box::new(|_| false)),
        ];
        let mut found = 0;
        for (query, asked) in questions(&world, &units) {
            for (reach, within) in &reaches {
                let expected: Vec<Id<()>> = everything
                    .iter()
                    .filter(|row| asked(row) && within(row))
                    .filter_map(|row| Id::from_raw(row.id.raw()))
                    .collect();
                let (shown, total) = walk(&mut tx, reach, &query).await?;
                assert_eq!(shown, expected, "{query} within {reach:?}");
                assert_eq!(usize::try_from(total).ok(), Some(expected.len()), "{query} within {reach:?}");
                found += expected.len();
            }
        }
        assert!(found > 1000, "the questions find something: {found}");
        Ok(())
    });
}
