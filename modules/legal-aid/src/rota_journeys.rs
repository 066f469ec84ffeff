//! The rota, asked through its pages on both engines: places, a month drawn up and published, turns that change hands, who
//! sees what, and what other pages know of it.

use crate::journeys::Site;
use crate::store::turns::{self, NewTurn, TurnRow};
use crate::testing::migrations;
use crate::{Half, Turn, TurnState};
use ::store::params;
use identity::testing::an_account_with;
use kernel::{Day, Id, Moment, Result};
use testkit::{Answer, Server, actor, on_both};
use web::{Actor, Reach, Role};

/// A court every morning and a detention centre on Wednesdays, all day.
async fn two_posts(clerk: &Server) {
    let every = [("w1", "am"), ("w2", "am"), ("w3", "am"), ("w4", "am"), ("w5", "am")];
    let mut court = vec![("place", "court"), ("organ", "武进区人民法院")];
    court.extend(every);
    assert_eq!(clerk.post("/aid/rota/posts", &court).await.status, 303);
    let detention = [("place", "detention"), ("organ", "武进区看守所"), ("w3", "day")];
    assert_eq!(clerk.post("/aid/rota/posts", &detention).await.status, 303);
}

async fn posts(site: &Site) -> Result<Vec<turns::PostRow>> {
    let mut tx = site.db.begin_read().await?;
    Ok(turns::posts(&mut tx).await?)
}

/// Turns that stand in a month.
async fn standing(site: &Site, first: &str) -> Result<Vec<TurnRow>> {
    let mut tx = site.db.begin_read().await?;
    let first = Day::parse(first)?;
    Ok(turns::between(&mut tx, first, first.last_of_month()).await?)
}

/// The plan of a month with all places and these lawyers.
async fn plan<'a>(site: &Site, month: &'a str, lawyers: &[usize]) -> Result<Vec<(&'a str, String)>> {
    let mut pairs = vec![("month", month.to_owned())];
    pairs.extend(posts(site).await?.iter().map(|post| ("posts", post.id.to_string())));
    pairs.extend(lawyers.iter().map(|nth| ("lawyers", site.world.lawyers[*nth].to_string())));
    Ok(pairs)
}

async fn send(clerk: &Server, step: &str, seen: &str, plan: &[(&str, String)]) -> Answer {
    let mut pairs = vec![("step", step), ("seen", seen)];
    pairs.extend(plan.iter().map(|(name, value)| (*name, value.as_str())));
    clerk.post("/aid/rota/plan", &pairs).await
}

fn fingerprint(preview: &str) -> String {
    let after = preview.split("name=\"seen\" value=\"").nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}

/// Draws a month up and publishes what was shown.
async fn published(site: &Site, clerk: &Server, month: &str, lawyers: &[usize]) -> Result<()> {
    let plan = plan(site, month, lawyers).await?;
    let preview = send(clerk, "preview", "", &plan).await;
    assert_eq!(preview.status, 200, "{}", preview.main());
    let done = send(clerk, "publish", &fingerprint(&preview.text()), &plan).await;
    assert_eq!(done.status, 303, "{}", done.main());
    Ok(())
}

#[test]
fn a_month_is_drawn_up_looked_at_and_published() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        assert!(clerk.get("/aid/rota").await.text().contains("这个月还没有排班"));
        let nothing = clerk.post("/aid/rota/posts", &[("place", "court"), ("organ", "武进区人民法院")]).await;
        assert!(nothing.status == 422 && nothing.text().contains("请至少选一天"), "{}", nothing.main());
        two_posts(&clerk).await;
        let twin = [("place", "court"), ("organ", "武进区人民法院 "), ("w1", "am")];
        assert!(clerk.post("/aid/rota/posts", &twin).await.text().contains("已经有这个值班点"));
        let list = clerk.get("/aid/rota/posts").await.text();
        assert!(list.contains("周三全天") && list.contains("周一、二、三、四、五上午"), "{list}");

        let empty = send(&clerk, "preview", "", &[("month", "2022-04".to_owned())]).await;
        assert!(empty.status == 422 && empty.text().contains("请至少选一个值班点"), "{}", empty.main());
        let past = send(&clerk, "preview", "", &plan(&site, "2022-02", &[0]).await?).await;
        assert!(past.status == 422 && past.text().contains("只能排本月到一年以内"), "{}", past.main());
        let far = send(&clerk, "preview", "", &plan(&site, "2023-06", &[0]).await?).await;
        assert_eq!(far.status, 422);

        // April 2022: 清明节 on the 4th and 5th, the 2nd and the 24th are worked.
        let april = plan(&site, "2022-04", &[0, 1, 2]).await?;
        let preview = send(&clerk, "preview", "", &april).await.text();
        assert!(preview.contains("预览：2022年4月") && !preview.contains("2022-04-05"), "{preview}");
        assert!(preview.contains("2022-04-24"), "a Sunday that is worked is a Monday for the court");
        assert!(standing(&site, "2022-04-01").await?.is_empty(), "looking writes nothing");
        let stale = send(&clerk, "publish", "0123456789abcdef", &april).await;
        assert!(stale.status == 409 && stale.text().contains("请看新的结果"), "{}", stale.main());
        let seen = fingerprint(&preview);
        assert_eq!(send(&clerk, "publish", &seen, &april).await.status, 303);
        let there = standing(&site, "2022-04-01").await?;
        // 21 days from Monday to Friday less two days off, two working weekends; four Wednesdays.
        assert_eq!(there.len(), 19 + 2 + 4, "{there:?}");
        let mut counts: Vec<usize> = Vec::new();
        for lawyer in &site.world.lawyers {
            counts.push(there.iter().filter(|row| row.lawyer_id == *lawyer).count());
        }
        counts.sort_unstable();
        assert!(counts[2] - counts[0] <= 1, "{counts:?}");
        let again = send(&clerk, "publish", &seen, &april).await;
        assert!(again.status == 409 && again.text().contains("都已经排满"), "{}", again.main());

        let month = clerk.get("/aid/rota?month=2022-04").await.text();
        assert!(
            month.contains("4月24日") && month.contains("调休上班") && month.contains("薛微澜"),
            "{month}"
        );
        assert!(!month.contains("没有人"), "no gaps");
        let post = posts(&site).await?[1].id;
        let one_place = clerk.get(&format!("/aid/rota?month=2022-04&post={post}")).await.text();
        assert!(one_place.contains("全天") && !one_place.contains("上午 "), "{one_place}");
        let lawyer = site.world.lawyers[0];
        let one = clerk.get(&format!("/aid/rota?month=2022-04&lawyer={lawyer}")).await.main();
        assert!(
            one.contains("薛微澜")
                && !one.split("每位律师").next().unwrap_or_default().contains("金牧远</a>")
        );
        assert_eq!(clerk.get("/aid/rota.xlsx?month=2022-04").await.status, 200);
        // May counts with April: whoever had fewer comes first.
        published(&site, &clerk, "2022-05", &[0, 1, 2]).await?;
        let mut tx = site.db.begin_read().await?;
        let sat = turns::sat(&mut tx, Day::parse("2022-01-01")?, Day::parse("2022-12-31")?).await?;
        let all: Vec<i64> = sat.iter().map(|sat| sat.turns).collect();
        assert!(all.iter().max().expect("some") - all.iter().min().expect("some") <= 1, "{all:?}");
        Ok(())
    });
}

#[test]
fn turns_change_hands_with_a_reason_and_the_gap_is_filled() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        two_posts(&clerk).await;
        published(&site, &clerk, "2022-04", &[0, 1]).await?;
        let there = standing(&site, "2022-04-01").await?;
        let wednesday: Vec<&TurnRow> =
            there.iter().filter(|row| row.on_day == Day::parse("2022-04-06").expect("a day")).collect();
        assert_eq!(wednesday.len(), 2);
        let (one, busy) = (wednesday[0], wednesday[1]);
        let page = format!("/aid/rota/turns/{}", one.id);
        let shown = clerk.get(&page).await.text();
        assert!(shown.contains("换别人值班") && shown.contains("金牧远"), "{shown}");
        assert!(
            !shown.contains(&format!("<option value=\"{}\"", busy.lawyer_id)),
            "who is busy is not offered"
        );

        let replace = format!("{page}/replace");
        let to = |lawyer: Id<counsel::Lawyer>| lawyer.to_string();
        let third = to(site.world.lawyers[2]);
        let version = one.version.to_string();
        let silent = [("version", version.as_str()), ("lawyer", third.as_str())];
        assert!(clerk.post(&replace, &silent).await.text().contains("请写明原因"));
        // Everything that is missing is told at once, and no other form opens by it.
        let empty = [silent[0], ("lawyer", ""), ("reason", "")];
        let empty = clerk.post(&replace, &empty).await.text();
        assert!(
            empty.contains("有 2 处需要改正") && !empty.contains("<details class=\"no-print\" open>"),
            "{empty}"
        );
        let nothing = [silent[0], ("other", ""), ("swap_reason", "")];
        let nothing = clerk.post(&format!("{page}/swap"), &nothing).await.text();
        let opened =
            nothing.split("<details class=\"no-print\" open>").nth(1).expect("the form that was sent");
        assert!(opened.starts_with("<summary>和别人对调"), "{nothing}");
        let busy_one = to(busy.lawyer_id);
        let reason = ("reason", "当天开庭");
        let twice = clerk.post(&replace, &[silent[0], ("lawyer", busy_one.as_str()), reason]).await;
        assert!(twice.status == 409 && twice.text().contains("不能同时在两处"), "{}", twice.main());
        let stale = clerk.post(&replace, &[("version", "9"), silent[1], reason]).await;
        assert!(stale.status == 409 && stale.text().contains("当天开庭"), "{}", stale.main());
        let done = clerk.post(&replace, &[silent[0], silent[1], reason]).await;
        assert_eq!(done.status, 303, "{}", done.main());
        let new = clerk.get(done.location()).await.text();
        assert!(new.contains("金牧远") && new.contains("当天开庭") && new.contains("已换班"), "{new}");
        assert!(!clerk.get(&page).await.text().contains("换别人值班"), "what was given away is over");

        // An exchange: each has what the other had.
        let there = standing(&site, "2022-04-01").await?;
        let (a, b) =
            (&there[0], there.iter().find(|row| row.lawyer_id != there[0].lawyer_id).expect("another"));
        let swap = format!("/aid/rota/turns/{}/swap", a.id);
        let (version, other) = (a.version.to_string(), b.id.to_string());
        let pairs = [("version", version.as_str()), ("other", other.as_str()), ("swap_reason", "两人商定")];
        assert!(clerk.post(&swap, &pairs[..2]).await.text().contains("请写明原因"));
        assert_eq!(clerk.post(&swap, &pairs).await.status, 303);
        let after = standing(&site, "2022-04-01").await?;
        let at = |row: &TurnRow| {
            let same = |other: &&TurnRow| other.post_id == row.post_id && other.on_day == row.on_day;
            after.iter().find(same).expect("is there").lawyer_id
        };
        assert_eq!((at(a), at(b)), (b.lawyer_id, a.lawyer_id));
        assert_eq!(after.len(), there.len());

        // One is cancelled: the gap is shown, and drawing up again fills nothing else.
        let gone = after.last().expect("some");
        let cancel = format!("/aid/rota/turns/{}/cancel", gone.id);
        let version = gone.version.to_string();
        assert_eq!(clerk.post(&cancel, &[("version", version.as_str())]).await.status, 422);
        let why = [("version", version.as_str()), ("cancel_reason", "法院停电")];
        assert_eq!(clerk.post(&cancel, &why).await.status, 303);
        assert_eq!(clerk.post(&cancel, &why).await.status, 409, "once");
        let month = clerk.get("/aid/rota?month=2022-04").await.text();
        assert!(month.contains("有 1 个班次没有人"), "{month}");
        assert!(clerk.get("/aid/rota?month=2022-04&all=1").await.text().contains("已取消"));
        published(&site, &clerk, "2022-04", &[2]).await?;
        let full = standing(&site, "2022-04-01").await?;
        assert_eq!(full.len(), after.len());
        assert!(full.iter().any(|row| row.on_day == gone.on_day && row.lawyer_id == site.world.lawyers[2]));

        // What is over stays as it was.
        site.clock.set(Moment::parse("2022-05-02T09:00")?);
        let old = &full[0];
        let page = format!("/aid/rota/turns/{}", old.id);
        assert!(!clerk.get(&page).await.text().contains("取消这次值班"));
        let version = old.version.to_string();
        let late = [("version", version.as_str()), ("cancel_reason", "补记")];
        let late = clerk.post(&format!("{page}/cancel"), &late).await;
        assert!(late.status == 409, "{}", late.main());
        let mut tx = site.db.begin_read().await?;
        let acts: i64 = tx
            .scalar(
                "select count(*) from audit_row where action like 'legal-aid.turn.%' or action = 'legal-aid.rota.publish'",
                params![],
            )
            .await?;
        assert_eq!(acts, 5, "two months published, one replaced, one exchange, one cancelled");
        Ok(())
    });
}

#[test]
fn a_place_is_changed_closed_and_opened_again_by_one_at_a_time() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        two_posts(&clerk).await;
        published(&site, &clerk, "2022-04", &[0, 1, 2]).await?;
        let turns = standing(&site, "2022-04-01").await?.len();
        let there = posts(&site).await?;
        let court = there.iter().find(|row| row.organ == "武进区人民法院").expect("the court");
        let page = format!("/aid/rota/posts/{}", court.id);
        assert!(clerk.get(&page).await.text().contains("武进区人民法院"));
        let version = court.version.to_string();
        let first = [
            ("organ", "武进区人民法院湖塘法庭"),
            ("w2", "pm"),
            ("state", "closed"),
            ("version", version.as_str()),
        ];
        assert_eq!(clerk.post(&page, &first).await.status, 303);

        // The second one saw the page before the first one saved: told so, and what was typed is there.
        let second =
            [("organ", "另一个法院"), ("w1", "am"), ("state", "active"), ("version", version.as_str())];
        let stale = clerk.post(&page, &second).await;
        assert!(stale.status == 409 && stale.text().contains("另一个法院"), "{}", stale.main());
        let now = posts(&site).await?;
        let court = now.iter().find(|row| row.id == court.id).expect("the court");
        assert_eq!(
            (court.organ.as_str(), court.week().text().as_str()),
            ("武进区人民法院湖塘法庭", "-p-----")
        );
        assert!(!court.is_active());

        // Closed: not offered to the next month; what was published stands.
        assert!(!clerk.get("/aid/rota/plan?month=2022-05").await.text().contains("湖塘法庭"));
        assert_eq!(standing(&site, "2022-04-01").await?.len(), turns);

        // Opened again only if no other place took its name meanwhile.
        let taken = [("place", "court"), ("organ", "武进区人民法院湖塘法庭"), ("w1", "am")];
        assert_eq!(clerk.post("/aid/rota/posts", &taken).await.status, 303);
        let version = court.version.to_string();
        let again =
            |organ| [("organ", organ), ("w2", "pm"), ("state", "active"), ("version", version.as_str())];
        let twin = clerk.post(&page, &again("武进区人民法院湖塘法庭")).await;
        assert!(twin.text().contains("已经有这个值班点"), "{}", twin.main());
        assert_eq!(clerk.post(&page, &again("武进区人民法院前黄法庭")).await.status, 303);
        assert!(clerk.get("/aid/rota/plan?month=2022-05").await.text().contains("前黄法庭"));
        Ok(())
    });
}

/// What stands for an account: the keys, in order.
async fn told(site: &Site, account: i64) -> Result<Vec<String>> {
    let mut tx = site.db.begin_read().await?;
    let all = outreach::testing::notices(&mut tx).await?;
    let own = all.into_iter().filter(|(whom, _, _, gone)| *whom == account && gone.is_none());
    let mut keys: Vec<String> = own.map(|(.., key, _)| key).collect();
    keys.sort_unstable();
    Ok(keys)
}

#[test]
fn lawyers_are_told_of_their_months_their_changes_and_the_eve() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        let mut accounts = Vec::new();
        for (nth, lawyer) in site.world.lawyers.iter().enumerate() {
            let subject = Some(lawyer.raw());
            let name = format!("lawyer{nth}");
            accounts.push(an_account_with(&site.db, &name, &[Role::Adviser], &[], subject).await?.raw());
        }
        two_posts(&clerk).await;
        published(&site, &clerk, "2022-04", &[0, 1]).await?;
        let there = standing(&site, "2022-04-01").await?;
        for nth in [0, 1] {
            let own: Vec<&TurnRow> =
                there.iter().filter(|row| row.lawyer_id == site.world.lawyers[nth]).collect();
            let month = format!("2022-04|{}|{}", own[0].on_day, own.len());
            assert_eq!(told(&site, accounts[nth]).await?, [month]);
        }
        assert!(told(&site, accounts[2]).await?.is_empty());

        // A turn of the first one goes to the third.
        let turn = there.iter().find(|row| row.lawyer_id == site.world.lawyers[0]).expect("a turn");
        let (version, third) = (turn.version.to_string(), site.world.lawyers[2].to_string());
        let fields = [("version", version.as_str()), ("lawyer", third.as_str()), ("reason", "开庭")];
        let done = clerk.post(&format!("/aid/rota/turns/{}/replace", turn.id), &fields).await;
        assert_eq!(done.status, 303, "{}", done.main());
        assert_eq!(told(&site, accounts[2]).await?, ["given"]);
        assert!(told(&site, accounts[0]).await?.contains(&"gone".to_owned()));

        // The eve, the day, and the day after; nothing is told twice.
        let remind = async |days: i64| -> Result<(u64, Vec<String>)> {
            let on = Moment::at(turn.on_day.add_days(days), 9, 0);
            site.clock.set(on);
            let first = crate::actions::rota::remind_all(&site.server.app).await?;
            assert_eq!(
                crate::actions::rota::remind_all(&site.server.app).await?,
                outreach::Settled::default()
            );
            Ok((first.told, told(&site, accounts[2]).await?))
        };
        assert_eq!(remind(-1).await?.1, ["eve"], "and not also that it was given");
        assert_eq!(remind(0).await?.1, ["today"]);
        assert!(remind(1).await?.1.is_empty());

        // Who does not practise here hears nothing, and a cancelled turn of tomorrow takes the eve back.
        let there = standing(&site, "2022-04-01").await?;
        let next = there
            .iter()
            .find(|row| row.on_day > turn.on_day.add_days(2) && row.lawyer_id == site.world.lawyers[1])
            .expect("another");
        site.clock.set(Moment::at(next.on_day.add_days(-1), 9, 0));
        crate::actions::rota::remind_all(&site.server.app).await?;
        assert!(told(&site, accounts[1]).await?.contains(&"eve".to_owned()));
        let version = next.version.to_string();
        let fields = [("version", version.as_str()), ("cancel_reason", "停电")];
        let done = clerk.post(&format!("/aid/rota/turns/{}/cancel", next.id), &fields).await;
        assert_eq!(done.status, 303, "{}", done.main());
        let keys = told(&site, accounts[1]).await?;
        assert!(keys.contains(&"gone".to_owned()) && !keys.contains(&"eve".to_owned()), "{keys:?}");
        Ok(())
    });
}

#[test]
fn nobody_sits_in_two_places_whoever_writes_it() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        two_posts(&site.as_role(Role::Clerk, 7)).await;
        let posts = posts(&site).await?;
        let on = Day::parse("2022-04-06")?;
        let turn = |post: usize, half, nth: usize| NewTurn {
            post: posts[post].id,
            on,
            half,
            lawyer: site.world.lawyers[nth],
            instead_of: None,
        };
        let now = Moment::parse("2022-03-01T09:00")?;
        let mut tx = site.db.begin_write().await?;
        let first: Id<Turn> = turns::insert(&mut tx, turn(0, Half::Morning, 0), "测试", now).await?;
        turns::insert(&mut tx, turn(1, Half::Afternoon, 0), "测试", now).await?;
        tx.commit().await?;
        // The same lawyer at the same time, and the same place at the same time.
        let refused = [
            turn(1, Half::Morning, 0),
            turn(1, Half::Day, 0),
            turn(0, Half::Day, 1),
            turn(0, Half::Morning, 2),
            turn(1, Half::Day, 2),
        ];
        for new in refused {
            let mut tx = site.db.begin_write().await?;
            let wrong = turns::insert(&mut tx, new, "测试", now).await;
            assert!(wrong.is_err(), "{new:?}");
        }
        // What was given away takes nobody's time.
        let mut tx = site.db.begin_write().await?;
        let row = turns::turn(&mut tx, &Reach::Region, first).await?.expect("is there");
        assert!(turns::close(&mut tx, &row, TurnState::Changed, "开庭", "测试", now).await?);
        assert!(!turns::close(&mut tx, &row, TurnState::Changed, "开庭", "测试", now).await?, "once");
        turns::insert(&mut tx, turn(0, Half::Morning, 0), "测试", now).await?;
        tx.commit().await?;
        Ok(())
    });
}

#[test]
fn a_lawyer_sees_the_own_turns_and_other_pages_know_them() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let clerk = site.as_role(Role::Clerk, 7);
        two_posts(&clerk).await;
        published(&site, &clerk, "2022-03", &[0, 1]).await?;
        let there = standing(&site, "2022-03-01").await?;
        let mine = there.iter().find(|row| row.lawyer_id == site.world.lawyers[0]).expect("a turn");
        let theirs = there.iter().find(|row| row.lawyer_id == site.world.lawyers[1]).expect("a turn");
        let hers = site.lawyer(0);
        let month = hers.get("/aid/rota?month=2022-03").await.text();
        assert!(
            month.contains("薛微澜") && month.contains("其他律师") && !month.contains("承意如"),
            "{month}"
        );
        assert!(!month.contains("/aid/rota/plan"));
        assert_eq!(hers.get(&format!("/aid/rota/turns/{}", mine.id)).await.status, 200);
        assert_eq!(hers.get(&format!("/aid/rota/turns/{}", theirs.id)).await.status, 404);
        let cancel = format!("/aid/rota/turns/{}/cancel", mine.id);
        assert_eq!(hers.post(&cancel, &[("cancel_reason", "有事")]).await.status, 403);
        let diary = hers.get("/aid/diary").await.text();
        assert!(diary.contains("我的值班") && diary.contains(&mine.said()), "{diary}");
        assert!(!clerk.get("/aid/diary").await.text().contains("我的值班"));

        // On the first day somebody sits in the court: the form is filled in with it.
        let today = &there[0];
        assert_eq!(
            (today.on_day.to_string().as_str(), today.organ.as_str()),
            ("2022-03-01", "武进区人民法院")
        );
        let form = clerk.get("/aid/help/new?place=court").await.text();
        let chosen = format!("<option value=\"{}\" selected>", today.lawyer_id);
        assert!(form.contains(&chosen) && form.contains("value=\"武进区人民法院\""), "{form}");
        assert!(form.contains("按值班表填"));
        assert!(!clerk.get("/aid/help/new").await.text().contains(" selected>"), "nobody sits in the centre");
        let nth = usize::from(today.lawyer_id != site.world.lawyers[0]);
        let own = site.lawyer(nth).get("/aid/help/new").await.text();
        assert!(own.contains(&chosen), "a lawyer's own turn decides the place: {own}");

        // Whom to assign knows who is on duty.
        let id = site.applied().await?;
        let manager = site.as_role(Role::Manager, 8);
        let granted = [("decision", "grant"), ("words", "建议给予")];
        assert_eq!(site.act(&clerk, id, "propose", &granted).await?, 303);
        assert_eq!(site.act(&manager, id, "decide", &granted).await?, 303);
        let assign = clerk.get(&format!("/aid/{id}/assign")).await.text();
        assert!(assign.contains("今天在武进区人民法院值班"), "{assign}");
        assert!(assign.contains("轮到：今年指派最少（0 件），还没有指派过"), "{assign}");

        // A lawyer leaves: the check names every turn that is left.
        let mut tx = site.db.begin_write().await?;
        counsel::leave(
            &mut tx,
            None,
            site.world.lawyers[1],
            Day::parse("2022-03-01")?,
            Day::parse("2022-03-01")?,
        )
        .await?;
        tx.commit().await?;
        let check =
            crate::checks::all().into_iter().find(|check| check.id == "legal_aid.rota").expect("is there");
        let mut tx = site.db.begin_read().await?;
        let found = (check.run)(&mut tx, Day::parse("2022-03-01")?).await?;
        let left = there.iter().filter(|row| row.lawyer_id == site.world.lawyers[1]).count();
        assert_eq!(found.len(), left);
        let leader = site.server.log_in(Actor { id: 77, ..actor(Role::Leader) });
        assert_eq!(leader.get("/aid/rota").await.status, 200);
        assert_eq!(leader.get("/aid/rota/plan").await.status, 403);
        Ok(())
    });
}
