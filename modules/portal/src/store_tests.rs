//! The statements of the front door on both engines.

use super::*;
use crate::{
    CallbackWish, Requested,
    actions::{record_outcome::record_outcome, take_callback::take_callback},
    request_callback,
    testing::{friday, migrations, world},
};
use kernel::Result;
use testkit::{actor, on_both};
use web::Role;

fn wish(phone: &str, town: Option<Id<Town>>) -> CallbackWish {
    CallbackWish {
        phone: Phone::parse(phone).expect("a number"),
        name: String::new(),
        topic: None,
        convenient: Convenient::Now,
        may_identify: true,
        town,
    }
}

async fn done(tx: &mut Tx, place: i64) -> Result<i64> {
    let sum: Option<i64> = tx
        .scalar(
            "select cast(sum(quantity) as bigint) from tally_place where measure = $1 and place_id = $2",
            params![crate::DONE.key, place],
        )
        .await?;
    Ok(sum.unwrap_or(0))
}

#[test]
fn villages_are_found_with_their_advisers() {
    on_both(&migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_read().await?;
        let names = |rows: Vec<VillageRow>| rows.into_iter().map(|row| row.short_name).collect::<Vec<_>>();
        assert_eq!(names(villages(&mut tx, Some("戴溪村委会"), None).await?), ["戴溪村"]);
        assert_eq!(names(villages(&mut tx, Some("ＭＨ"), None).await?), ["鸣凰社区"]);
        assert_eq!(names(villages(&mut tx, Some("鸣凰村"), None).await?), ["鸣凰社区"], "said wrong");
        assert_eq!(names(villages(&mut tx, Some("50%_"), None).await?), Vec::<String>::new());
        assert_eq!(villages(&mut tx, None, Some(world.towns[0])).await?.len(), 3);
        let found = village(&mut tx, world.units[4]).await?.expect("it is there");
        assert_eq!((found.lawyer_name.as_deref(), found.lawyer_word()), (Some("薛微澜"), "律师"));
        assert_eq!(found.phone(&tx)?.expect("a number").as_str(), "19905190001");
        assert!(village(&mut tx, world.units[3]).await?.expect("it is there").lawyer_name.is_none());
        assert!(office(&mut tx, world.towns[0]).await?.is_none(), "no office was entered");
        Ok(())
    });
}

#[test]
fn the_office_of_a_town_comes_with_its_number() {
    on_both(&migrations(), |db| async move {
        let mut tx = db.begin_write().await?;
        let phone = Phone::parse("0519-86001003").map_err(kernel::Refusal::from)?;
        let town = places::NewTown {
            office: "洛阳司法所（示例）".to_owned(),
            office_phone: Some(phone.clone()),
            ..places::testing::a_town("洛阳镇")
        };
        let town = places::open_town(&mut tx, None, &town).await?;
        assert_eq!(office(&mut tx, town).await?, Some(("洛阳司法所（示例）".to_owned(), Some(phone))));
        Ok(())
    });
}

#[test]
fn lay_words_are_installed_once_and_again() {
    on_both(&migrations(), |db| async move {
        let mut tx = db.begin_write().await?;
        assert_eq!(lay_words(&mut tx).await?, crate::lay_words::built_in(), "without an installation too");
        crate::install_lay_words(&mut tx).await?;
        crate::install_lay_words(&mut tx).await?;
        assert_eq!(lay_words(&mut tx).await?, crate::lay_words::built_in());
        Ok(())
    });
}

#[test]
fn a_wish_is_noted_merged_taken_and_settled() {
    on_both(&migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let noted = request_callback(&mut tx, &wish("13800000000", None), 77, friday()).await?;
        let Requested::Noted(id, code) = noted else { panic!("it is new: {noted:?}") };
        assert_eq!(by_code(&mut tx, code).await?.map(|found| found.0), Some(StateKind::Waiting));
        let more = CallbackWish {
            may_identify: false,
            name: "张阿姨".to_owned(),
            ..wish("13800000000", Some(world.towns[0]))
        };
        let merged = request_callback(&mut tx, &more, 78, friday()).await?;
        assert!(matches!(merged, Requested::Merged(same, _) if same == id));
        let sealed: String =
            tx.scalar("select phone_sealed from portal_callback_entry where id = $1", params![id]).await?;
        assert!(!sealed.contains("1380000"));
        let clerk = actor(Role::Clerk);
        let entry = callback(&mut tx, &clerk.reach(), id).await?.expect("it is there");
        assert_eq!(
            (entry.requests, entry.may_identify, entry.name.as_str()),
            (2, false, "张阿姨"),
            "the more careful wish holds"
        );
        assert_eq!(entry.town_id, Some(world.towns[0]));
        take_callback(&mut tx, &clerk, id, entry.version).await?;
        record_outcome(&mut tx, &clerk, id, Outcome::Reached, "已答复", friday()).await?;
        assert_eq!(done(&mut tx, world.towns[0].raw()).await?, 1);
        assert_eq!(attempts(&mut tx, id).await?.len(), 1);
        let later = request_callback(&mut tx, &wish("13800000000", None), 79, friday()).await?;
        assert!(
            matches!(later, Requested::Noted(other, _) if other != id),
            "a new matter after the first was settled"
        );
        let Requested::Noted(second, _) = later else { panic!("it is new: {later:?}") };
        let fourth = request_callback(&mut tx, &wish("13800000000", None), 80, friday()).await?;
        assert!(
            matches!(fourth, Requested::Merged(same, _) if same == second),
            "nobody is told that it waits"
        );
        let entry = callback(&mut tx, &clerk.reach(), second).await?.expect("it is there");
        assert_eq!(entry.requests, 1, "three a day: the fourth changes nothing");
        take_callback(&mut tx, &clerk, second, entry.version).await?;
        record_outcome(&mut tx, &clerk, second, Outcome::Dropped, "重复", friday()).await?;
        let fifth = request_callback(&mut tx, &wish("13800000000", None), 82, friday()).await;
        assert!(fifth.is_err(), "nobody is made to be called all day");
        let tomorrow = friday().plus_seconds(86_400);
        assert!(matches!(
            request_callback(&mut tx, &wish("13800000000", None), 81, tomorrow).await?,
            Requested::Noted(..)
        ));
        Ok(())
    });
}

#[test]
fn who_names_no_town_is_counted_for_the_district() {
    on_both(&migrations(), |db| async move {
        world(&db).await?;
        let mut tx = db.begin_write().await?;
        let noted = request_callback(&mut tx, &wish("13800000001", None), 1, friday()).await?;
        let Requested::Noted(id, _) = noted else { panic!("it is new: {noted:?}") };
        let manager = actor(Role::Manager);
        take_callback(&mut tx, &manager, id, 1).await?;
        record_outcome(&mut tx, &manager, id, Outcome::Reached, "", friday()).await?;
        let district = i64::from(tx.region()?.code());
        assert_eq!(done(&mut tx, district).await?, 1);
        Ok(())
    });
}

#[test]
fn the_list_is_oldest_first_and_kept_to_the_reach() {
    on_both(&migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let second = Some(world.towns[1]);
        for (phone, town, minutes, entropy) in
            [("13800000003", None, 1, 7), ("13800000002", second, 0, 8), ("13800000001", None, 2, 9)]
        {
            request_callback(&mut tx, &wish(phone, town), entropy, friday().plus_seconds(minutes * 60))
                .await?;
        }
        let phones =
            |entries: Vec<Entry>| entries.into_iter().map(|e| e.masked()[7..].to_owned()).collect::<Vec<_>>();
        let (all, total) = callbacks(&mut tx, &Reach::Region, &Listing::of("/callbacks")).await?;
        let middle = (all[1].created_at.micros(), all[1].id.raw());
        assert_eq!((phones(all), total), (["0002", "0003", "0001"].map(str::to_owned).to_vec(), 3));
        let after = Listing::of(&format!("/callbacks?after={}~{}", middle.0, middle.1));
        assert_eq!(phones(callbacks(&mut tx, &Reach::Region, &after).await?.0), ["0001"]);
        let before = Listing::of(&format!("/callbacks?before={}~{}", middle.0, middle.1));
        assert_eq!(phones(callbacks(&mut tx, &Reach::Region, &before).await?.0), ["0002"]);
        let own = Reach::Towns(vec![world.towns[1].raw()]);
        assert_eq!(
            phones(callbacks_all(&mut tx, &own, &Listing::of("/callbacks?state=all")).await?),
            ["0002"]
        );
        assert!(callbacks_all(&mut tx, &Reach::Nothing, &Listing::of("/callbacks")).await?.is_empty());
        Ok(())
    });
}
