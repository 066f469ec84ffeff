//! Time limits edited by the bureau, through the pages on both engines: who may, what is refused, what a change moves and
//! what it does not.

use crate::{
    Act, Case, Origin, Saying, do_act,
    journeys::{Site, start},
    rule::{ACCEPT, AGREEMENT, REVIEW},
    store::rules,
    take_application,
    testing::{an_application, migrations},
};
use kernel::{Day, Id, Moment, Result};
use testkit::{actor, on_both};
use web::{Actor, Role};

/// What a form of a change says, from that day on.
fn change<'a>(version: &'a str, count: &'a str, unit: &'a str, from: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("how", "change"),
        ("count", count),
        ("unit", unit),
        ("valid_from", from),
        ("document", "武司发〔2022〕5号"),
        ("reason", "承办人常在外地开庭"),
    ]
}

/// A notified case that is offered to a lawyer on a day.
async fn offered(site: &Site, at: Moment) -> Result<Id<Case>> {
    let mut tx = site.db.begin_write().await?;
    let new = an_application(&site.world);
    let clerk = Actor { id: 7, ..actor(Role::Clerk) };
    let id = take_application(&mut tx, Some(&clerk), Origin::Notice, &new, at, at).await?;
    let entry = crate::case(&mut tx, id).await?.expect("the case");
    let saying = Saying { lawyer: site.world.lawyers.first().copied(), ..Saying::default() };
    do_act(&mut tx, &clerk, &entry, Act::Offer, &saying, at).await?;
    tx.commit().await?;
    Ok(id)
}

async fn due(site: &Site, id: Id<Case>) -> Result<(String, String)> {
    let mut tx = site.db.begin_read().await?;
    let listing = web::Listing::of(&format!("/aid?q={id}"));
    let (rows, _) =
        crate::store::work_list::list(&mut tx, &web::Reach::Region, &listing, site.server.app.clock.now())
            .await?;
    let row = rows.first().expect("the case");
    Ok((row.due_rule.clone(), row.due().map_or(String::new(), |due| due.day().to_string())))
}

async fn checks_find(site: &Site, day: &str) -> Result<Vec<String>> {
    let mut tx = site.db.begin_read().await?;
    let check = crate::checks::all().into_iter().find(|check| check.id == "legal_aid.derived");
    let found = (check.expect("the check").run)(&mut tx, Day::parse(day)?).await?;
    Ok(found.into_iter().map(|finding| finding.what).collect())
}

#[test]
fn a_manager_confirms_or_changes_what_is_not_law_and_nothing_that_runs_moves() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let (clerk, manager) = (site.as_role(Role::Clerk, 7), site.as_role(Role::Manager, 8));
        let before = offered(&site, start()).await?;
        assert_eq!(due(&site, before).await?, (ACCEPT.to_owned(), "2022-03-03".to_owned()));
        let page = format!("/aid/rules/{ACCEPT}");
        let list = clerk.get("/aid/rules").await.text();
        assert!(
            list.contains("请本局确认") && list.contains("法定") && !list.contains("本局已确认"),
            "{list}"
        );
        assert!(list.find(ACCEPT) < list.find(REVIEW), "what waits stands first");
        let seen = clerk.get(&page).await.text();
        assert!(seen.contains("由业务主管确认") && !seen.contains("name=\"document\""), "{seen}");
        assert_eq!(clerk.post(&page, &change("0", "3", "wd", "2022-03-02")).await.status, 403);

        // Law stays law, and the page says why.
        let law = manager.get(&format!("/aid/rules/{REVIEW}")).await.text();
        assert!(law.contains("本局不能改") && !law.contains("name=\"document\""), "{law}");
        let refused =
            manager.post(&format!("/aid/rules/{REVIEW}"), &change("0", "3", "d", "2022-03-02")).await;
        assert_eq!(refused.status, 409);
        let confirm = [("version", "0"), ("how", "confirm"), ("document", "局长办公会")];
        assert_eq!(manager.post(&format!("/aid/rules/{REVIEW}"), &confirm).await.status, 409);
        assert_eq!(manager.get("/aid/rules/LA-NONE").await.status, 404);
        assert_eq!(manager.post("/aid/rules/LA-NONE", &confirm).await.status, 404);
        assert_eq!(manager.post("/aid/rules/LA-NONE/withdraw", &[]).await.status, 404);

        // What cannot be meant comes back with everything that was typed.
        for (at, wrong) in [
            (1, "maybe"),
            (2, ""),
            (2, "0"),
            (2, "251"),
            (2, "3.5"),
            (3, "weeks"),
            (4, "2022-03-01"),
            (4, "2022-02-01"),
            (4, "2032-03-01"),
            (4, "明天"),
            (5, ""),
            (6, ""),
        ] {
            let mut fields = change("0", "3", "wd", "2022-03-02");
            fields[at].1 = wrong;
            let answer = manager.post(&page, &fields).await;
            assert_eq!(answer.status, 422, "{wrong:?}");
            assert!(at == 6 || answer.text().contains("承办人常在外地开庭"), "{wrong:?}");
        }
        let stale = manager.post(&page, &change("1", "3", "wd", "2022-03-02")).await;
        assert!(stale.status == 409 && stale.text().contains("武司发〔2022〕5号"), "kept");

        // Three working days from tomorrow on; a second manager who saw the old page is refused.
        assert_eq!(manager.post(&page, &change("0", "3", "wd", "2022-03-02")).await.status, 303);
        let other = site.as_role(Role::Manager, 9);
        assert_eq!(other.post(&page, &change("0", "24", "h", "2022-03-05")).await.status, 409);
        assert_eq!(other.post(&page, &change("1", "24", "h", "2022-03-02")).await.status, 422, "its day");
        assert_eq!(other.post(&page, &change("1", "3", "wd", "2022-03-05")).await.status, 422, "the same");
        assert_eq!(other.post(&page, &change("1", "24", "h", "2022-03-05")).await.status, 303);
        let list = clerk.get("/aid/rules").await.text();
        assert!(list.contains("2022-03-02 起改为 3个工作日"), "{list}");
        assert_eq!(clerk.get("/aid/rules.xlsx").await.status, 200);

        // What began before keeps its length; what begins on the day has the new one.
        site.clock.set(Moment::parse("2022-03-02T09:00")?);
        let after = offered(&site, Moment::parse("2022-03-02T09:00")?).await?;
        assert_eq!(due(&site, before).await?, (ACCEPT.to_owned(), "2022-03-03".to_owned()));
        assert_eq!(due(&site, after).await?, (ACCEPT.to_owned(), "2022-03-07".to_owned()));
        let clocks = clerk.get(&format!("/aid/{after}/clocks")).await.text();
        assert!(clocks.contains("3个工作日") && clocks.contains("武司发〔2022〕5号"), "{clocks}");
        let clocks = clerk.get(&format!("/aid/{before}/clocks")).await.text();
        assert!(clocks.contains("2日") && !clocks.contains("3个工作日"), "{clocks}");
        // A deed that is done with the old case later reckons with its own day, too.
        let noted = site.act(&clerk, before, "note", &[("words", "催过一次")]).await?;
        assert_eq!((noted, due(&site, before).await?.1.as_str()), (303, "2022-03-03"));
        assert_eq!(checks_find(&site, "2022-03-02").await?, Vec::<String>::new());

        // Only what has not begun is taken back, once.
        let mut tx = site.db.begin_read().await?;
        let rows = rules::versions(&mut tx, ACCEPT).await?;
        drop(tx);
        let which = |from: &str| {
            let row = rows.iter().find(|row| row.valid_from.to_string() == from);
            row.expect("a version").id.to_string()
        };
        let (begun, ahead) = (which("2022-03-02"), which("2022-03-05"));
        let back = format!("{page}/withdraw");
        let reason = ("withdraw_reason", "先不试行");
        assert_eq!(manager.post(&back, &[("which", &begun), reason]).await.status, 409, "it holds");
        assert_eq!(manager.post(&back, &[("which", &ahead)]).await.status, 422, "why");
        assert_eq!(manager.post(&back, &[reason]).await.status, 422, "which");
        assert_eq!(clerk.post(&back, &[("which", &ahead), reason]).await.status, 403);
        assert_eq!(manager.post(&back, &[("which", &ahead), reason]).await.status, 303);
        assert_eq!(manager.post(&back, &[("which", &ahead), reason]).await.status, 409, "once");
        let shown = clerk.get(&page).await.text();
        for part in ["已收回", "先不试行", "现行", "以前", "本局已确认", "24小时", "2日"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        // The day is free again.
        assert_eq!(manager.post(&page, &change("3", "4", "d", "2022-03-05")).await.status, 303);

        // Confirmed as it is: nothing moves, and it is confirmed once.
        let page = format!("/aid/rules/{AGREEMENT}");
        let mut confirm = vec![("version", "0"), ("how", "confirm"), ("document", "")];
        assert_eq!(manager.post(&page, &confirm).await.status, 422, "on what ground");
        confirm[2].1 = "局长办公会 2022-03-02";
        let places = (due(&site, before).await?, due(&site, after).await?);
        assert_eq!(manager.post(&page, &confirm).await.status, 303);
        confirm[0].1 = "1";
        assert_eq!(manager.post(&page, &confirm).await.status, 409, "once");
        assert_eq!((due(&site, before).await?, due(&site, after).await?), places);
        assert!(clerk.get(&page).await.text().contains("本局已确认"));
        assert_eq!(checks_find(&site, "2022-03-02").await?, Vec::<String>::new());
        let audited: Vec<(String, i64)> = {
            let mut tx = site.db.begin_read().await?;
            tx.all(
                "select action, count(*) from audit_row where action like 'legal-aid.rule.%' group by action order by action",
                ::store::params![],
            )
            .await?
        };
        let expected = [("legal-aid.rule.set", 4), ("legal-aid.rule.withdraw", 1)];
        assert_eq!(audited, expected.map(|(action, count)| (action.to_owned(), count)));
        Ok(())
    });
}

#[test]
fn a_place_in_the_list_that_does_not_follow_from_the_rules_is_found() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let id = site.applied().await?;
        let mut tx = site.db.begin_write().await?;
        assert_eq!(checks_find(&site, "2022-03-01").await?, Vec::<String>::new());
        tx.execute(
            "update legal_aid_case_entry set urgency = urgency + 86400000000 where id = $1",
            ::store::params![id],
        )
        .await?;
        tx.commit().await?;
        let found = checks_find(&site, "2022-03-01").await?;
        assert!(found.len() == 1 && found[0].contains("先后不对"), "{found:?}");
        // A clock of calendar days that was tampered with is not mended silently by the reminders.
        crate::actions::tell::remind_all(&site.server.app).await?;
        assert_eq!(checks_find(&site, "2022-03-01").await?.len(), 1);
        Ok(())
    });
}

#[test]
fn a_clock_that_waited_for_the_holidays_of_a_year_comes_into_the_order_by_itself() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let manager = site.as_role(Role::Manager, 8);
        let page = format!("/aid/rules/{ACCEPT}");
        assert_eq!(manager.post(&page, &change("0", "3", "wd", "2022-03-02")).await.status, 303);
        let at = Moment::parse("2022-03-02T09:00")?;
        site.clock.set(at);
        let id = offered(&site, at).await?;
        let place = due(&site, id).await?;
        // As it would stand if the year had not been published when the case was offered.
        let mut tx = site.db.begin_write().await?;
        tx.execute(
            "update legal_aid_case_entry set due_rule = '', urgency = urgency + 86400000000000 where id = $1",
            ::store::params![id],
        )
        .await?;
        tx.commit().await?;
        assert_eq!(checks_find(&site, "2022-03-02").await?.len(), 1);
        crate::actions::tell::remind_all(&site.server.app).await?;
        assert_eq!(due(&site, id).await?, place);
        assert_eq!(checks_find(&site, "2022-03-02").await?, Vec::<String>::new());
        Ok(())
    });
}
