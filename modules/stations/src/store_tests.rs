//! The statements of the stations on both engines.

use super::*;
use crate::actions::{
    change_state::{Move, change_state},
    change_station::{Changed, change_station},
    note_outside::note_outside,
    open_station::{OBJECT, plan_station},
    set_exception::{add_exception, remove_exception},
};
use crate::testing::{a_station, four_stations, migrations};
use ::store::{outside::OutsideState, tally};
use kernel::{Error, Result};
use testkit::on_both;

fn now() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

async fn stock(tx: &mut Tx, town: Id<Town>) -> Result<i64> {
    let sum: Option<i64> = tx
        .scalar(
            "select cast(sum(quantity) as bigint) from tally_place where measure = $1 and place_id = $2",
            params![crate::STOCK.key, town],
        )
        .await?;
    Ok(sum.unwrap_or(0))
}

fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(refusal)) => refusal.message,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_station_is_entered_changed_and_found_again() {
    on_both(&migrations(), |db| async move {
        let (towns, ids) = four_stations(&db).await?;
        let mut tx = db.begin_write().await?;
        assert_eq!(stock(&mut tx, towns[0]).await?, 2);
        let entry = entry(&mut tx, ids[0]).await?.expect("it is there");
        assert_eq!(entry.details.phone.as_ref().map(Phone::as_str), Some("0519-86002001"));
        assert_eq!(entry.details.languages, ["普通话", "武进话"]);
        let row = public_station(&mut tx, ids[0]).await?.expect("it is public");
        assert_eq!(row.phone(&tx)?.expect("it has one").dial(), "051986002001");
        assert!(!row.phone_sealed.as_deref().unwrap_or_default().contains("8600"), "sealed at rest");
        let mut details = entry.details.clone();
        details.town = towns[1];
        details.phone = None;
        let version = entry.version;
        assert!(matches!(
            change_station(&mut tx, Some(7), ids[0], version, &details, now()).await?,
            Changed::Saved
        ));
        assert!(matches!(
            change_station(&mut tx, Some(7), ids[0], version, &details, now()).await?,
            Changed::Stale(_)
        ));
        assert_eq!(
            (stock(&mut tx, towns[0]).await?, stock(&mut tx, towns[1]).await?),
            (1, 3),
            "the figures moved along"
        );
        details.name = "区妇联法律援助工作站".to_owned();
        let taken = change_station(&mut tx, Some(7), ids[0], version + 1, &details, now()).await;
        assert!(refused(taken).contains("同名"));
        let taken = crate::open_station(
            &mut tx,
            None,
            &a_station(towns[0], "区妇联法律援助工作站", "1 08:00-09:00")?,
            now(),
        )
        .await;
        assert!(refused(taken).contains("同名"));
        tx.commit().await?;
        Ok(())
    });
}

#[test]
fn states_are_kept_with_their_reasons_and_counted() {
    on_both(&migrations(), |db| async move {
        let (towns, ids) = four_stations(&db).await?;
        let mut tx = db.begin_write().await?;
        let planned = a_station(towns[0], "筹备站", "1 09:00-10:00")?.details;
        let planned = plan_station(&mut tx, Some(7), &planned, now()).await?;
        assert!(public_station(&mut tx, planned).await?.is_none(), "citizens do not see it yet");
        assert_eq!(stock(&mut tx, towns[0]).await?, 2);
        change_state(&mut tx, Some(7), planned, Move::Open, day("2022-05-06"), "", now()).await?;
        assert_eq!(stock(&mut tx, towns[0]).await?, 3);
        change_state(&mut tx, Some(7), ids[0], Move::Pause, day("2022-05-01"), "装修", now()).await?;
        assert_eq!(stock(&mut tx, towns[0]).await?, 3, "a pause changes nothing");
        change_state(&mut tx, Some(7), ids[0], Move::Close, day("2022-05-05"), "并入司法所", now()).await?;
        assert_eq!(stock(&mut tx, towns[0]).await?, 2);
        assert_eq!(public_stations(&mut tx).await?.len(), 4);
        assert!(public_station(&mut tx, ids[0]).await?.is_some(), "its page says that it is closed");
        let steps: Vec<StateKind> =
            steps(&mut tx, ids[0]).await?.into_iter().map(|step| step.state).collect();
        assert_eq!(steps, [StateKind::Open, StateKind::Paused, StateKind::Closed]);
        let entry = entry(&mut tx, ids[0]).await?.expect("it is there");
        assert_eq!((entry.state.reason(), entry.state_on), ("并入司法所", day("2022-05-05")));
        let late = change_state(&mut tx, Some(7), ids[1], Move::Pause, day("2022-05-07"), "x", now()).await;
        assert!(refused(late).contains("晚于今天"));
        let details = entry.details.clone();
        let gone = change_station(&mut tx, Some(7), ids[0], entry.version, &details, now()).await;
        assert!(refused(gone).contains("已撤销"));
        Ok(())
    });
}

#[test]
fn exceptions_and_outside_numbers_belong_to_their_station() {
    on_both(&migrations(), |db| async move {
        let (_, ids) = four_stations(&db).await?;
        let mut tx = db.begin_write().await?;
        let today = day("2022-05-06");
        let spans = day_spans("9:00-10:00").expect("spans");
        add_exception(&mut tx, Some(7), ids[0], day("2022-05-09"), &spans, "培训", today).await?;
        add_exception(&mut tx, Some(7), ids[1], day("2022-06-09"), &[], "停电", today).await?;
        let twice = add_exception(&mut tx, Some(7), ids[0], day("2022-05-09"), &[], "培训", today).await;
        assert!(refused(twice).contains("已有"));
        let past = add_exception(&mut tx, Some(7), ids[0], day("2022-05-05"), &[], "培训", today).await;
        assert!(refused(past).contains("今天"));
        let soon = exceptions_between(&mut tx, today, day("2022-05-20")).await?;
        assert_eq!(soon.len(), 1);
        assert_eq!((soon[0].0, soon[0].1.spans.clone()), (ids[0], spans));
        let (id, _) = exceptions_of(&mut tx, ids[0], today).await?.remove(0);
        assert!(
            refused(remove_exception(&mut tx, Some(7), ids[1], id).await).contains("不在"),
            "of another station"
        );
        remove_exception(&mut tx, Some(7), ids[0], id).await?;
        assert!(exceptions_of(&mut tx, ids[0], today).await?.is_empty());
        let missing =
            note_outside(&mut tx, Some(7), ids[0], "江苏法网", "", OutsideState::Recorded, today).await;
        assert!(refused(missing).contains("编号"));
        note_outside(&mut tx, Some(7), ids[0], "江苏法网", "FY-3", OutsideState::Recorded, today).await?;
        let noted = ::store::outside::of(&mut tx, OBJECT, ids[0].raw()).await?;
        assert_eq!((noted.len(), noted[0].number.as_str()), (1, "FY-3"));
        let outlets = outlets_of(&mut tx, ids[0]).await?;
        assert_eq!((outlets.len(), outlets[0].town_name.as_str()), (1, "洛阳镇"));
        assert!(outlets[0].phone(&tx)?.is_none());
        let again = NewOutlet {
            town: entry(&mut tx, ids[0]).await?.expect("it is there").details.town,
            station: Some(ids[0]),
            name: "洛阳集市法律援助流动服务点".to_owned(),
            started_on: today,
            hours: WeeklyHours::default(),
            position: None,
            position_kind: Position::None,
            place: String::new(),
            phone: None,
            note: String::new(),
        };
        assert!(refused(crate::add_outlet(&mut tx, None, &again).await).contains("同名"));
        assert_eq!(
            tally::reverse(&mut tx, "stations_outlet", outlets[0].id.raw(), None, now()).await?,
            0,
            "counted nowhere"
        );
        Ok(())
    });
}

#[test]
fn lists_are_filtered_paged_and_kept_to_the_reach() {
    on_both(&migrations(), |db| async move {
        let (towns, ids) = four_stations(&db).await?;
        let mut tx = db.begin_read().await?;
        let own = Reach::Towns(vec![towns[1].raw()]);
        let names = |rows: &[StationRow]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        let (rows, total) = list(&mut tx, &own, &Listing::of("/manage/stations")).await?;
        assert_eq!(
            (names(&rows), total),
            (vec!["湖塘镇法律援助工作站".to_owned(), "区妇联法律援助工作站".to_owned()], 2)
        );
        assert!(reached(&mut tx, &own, ids[1]).await? && !reached(&mut tx, &own, ids[0]).await?);
        assert!(!reached(&mut tx, &Reach::Nothing, ids[0]).await?);
        let filtered = Listing::of(&format!("/manage/stations?q=园区&state=open&host=01&town={}", towns[0]));
        assert_eq!(names(&list(&mut tx, &Reach::Region, &filtered).await?.0), ["工业园区法律援助工作站"]);
        assert_eq!(list_all(&mut tx, &Reach::Region, &filtered).await?.len(), 1);
        let after = Listing::of(&format!("/manage/stations?after={}~{}", towns[0].raw(), ids[0].raw()));
        assert_eq!(names(&list(&mut tx, &Reach::Region, &after).await?.0).len(), 3);
        let before = Listing::of(&format!("/manage/stations?before={}~{}", towns[1].raw(), ids[1].raw()));
        assert_eq!(list(&mut tx, &Reach::Region, &before).await?.0.len(), 2);
        Ok(())
    });
}
