//! Guessing passwords and storming the log-in: how little of it reaches the hash, and that the victim still gets in.

use super::{inside, log_in, on_both, serve};
use crate::{
    password,
    testing::{an_account, migrations},
    throttle::Throttle,
};
use kernel::{Result, TestClock};
use std::sync::Arc;
use store::Db;
use testkit::{Visitor, on_sqlite_at};
use web::Role;

/// What came of an attack on one account.
struct Outcome {
    /// Guesses whose hash was computed.
    reached: usize,
    /// Whether the victim got in afterwards from the browser used before.
    victim_in: bool,
}

/// Guesses one account's password from a hundred addresses, two seconds apart.
async fn attack(db: &Db, wall: &TestClock, throttle: Throttle, tries: usize) -> Result<Outcome> {
    an_account(db, "victim", &[Role::Manager]).await?;
    let server = serve(db, throttle);
    let mut victim = inside(&server, "victim").await;
    victim.post("/logout", &[]).await;
    let mut attackers = Vec::new();
    for n in 0..100 {
        let mut attacker = Visitor::new(&server).from_address(&format!("198.51.100.{n}"));
        attacker.get("/login").await;
        attackers.push(attacker);
    }
    let before = password::hashes();
    for n in 0..tries {
        wall.advance(2);
        let guess = format!("guess {n}");
        let answer = attackers[n % 100].post("/login", &[("username", "victim"), ("password", &guess)]).await;
        assert!(matches!(answer.status.as_u16(), 422 | 429), "{}", answer.text());
        if answer.status == 429 {
            assert!(answer.headers.contains_key("retry-after"));
        }
    }
    let reached = password::hashes() - before;
    let victim_in = log_in(&mut victim, "victim").await.status == 303;
    Ok(Outcome { reached, victim_in })
}

#[test]
fn of_ten_thousand_guesses_hardly_any_reaches_the_hash_and_the_victim_gets_in() {
    on_sqlite_at(&migrations(), |db, wall| async move {
        let outcome = attack(&db, &wall, Throttle::new(), 10_000).await?;
        assert!((5..=20).contains(&outcome.reached), "{}", outcome.reached);
        assert!(outcome.victim_in, "the browser used before has guesses of its own");
        Ok(())
    });
}

#[test]
fn without_the_limits_every_guess_reaches_the_hash() {
    // The planted fault: the same attack on a server without limits, so that the test above can fail.
    on_sqlite_at(&migrations(), |db, wall| async move {
        let outcome = attack(&db, &wall, Throttle::off(), 60).await?;
        assert_eq!(outcome.reached, 60);
        Ok(())
    });
}

#[test]
fn one_address_with_many_names_is_slowed_and_a_house_of_ipv6_counts_once() {
    on_both(|_, wall, server| async move {
        let before = password::hashes();
        for n in 0..120 {
            wall.advance(1);
            let mut attacker = Visitor::new(&server).from_address(&format!("2001:db8:7:1::{n:x}"));
            attacker.get("/login").await;
            attacker.post("/login", &[("username", &format!("name{n}")), ("password", "guess")]).await;
        }
        let reached = password::hashes() - before;
        assert!((25..=32).contains(&reached), "10 at once and one every 6 seconds of 120: {reached}");
        Ok(())
    });
}

#[test]
fn the_lock_says_how_long_why_and_whom_to_ring() {
    on_both(|db, _, server| async move {
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        an_account(&db, "victim", &[Role::Manager]).await?;
        let mut security = inside(&server, "sec").await;
        security.get("/accounts/security").await;
        let long = "信息科".repeat(30);
        assert_eq!(security.post("/accounts/security", &[("contact", &long)]).await.status, 422);
        assert_eq!(security.post("/accounts/security", &[("contact", "信息科 86312348")]).await.status, 303);
        let mut guesser = Visitor::new(&server);
        guesser.get("/login").await;
        for name in ["victim", "nobody"] {
            for _ in 0..5 {
                guesser.post("/login", &[("username", name), ("password", "guess")]).await;
            }
            let told = guesser.post("/login", &[("username", name), ("password", "guess")]).await;
            assert_eq!(told.status, 429);
            for words in
                ["请 1 分钟后再试", "为防止他人猜密码", "仍可登录", "安全管理员（信息科 86312348）解锁"]
            {
                assert!(told.text().contains(words), "{words}: {}", told.text());
            }
        }
        let locks = security.get("/accounts/locks").await.text();
        assert!(locks.contains("victim本人") && locks.contains("有 1 个不存在的用户名被锁定"), "{locks}");
        let id = super::between(&locks, "/accounts/320412-", "\"").to_owned();
        let unlocked = security.post(&format!("/accounts/320412-{id}/unlock"), &[("back", "locks")]).await;
        assert_eq!(unlocked.location(), "/accounts/locks");
        assert!(security.get("/accounts/locks").await.text().contains("现在没有账号被锁定"));
        assert_eq!(log_in(&mut guesser, "victim").await.status, 303);
        assert_eq!(guesser.get("/accounts/locks").await.status, 403, "not a manager's matter");
        Ok(())
    });
}

#[test]
fn a_storm_of_log_ins_is_queued_shortly_and_then_told_to_come_back() {
    on_sqlite_at(&migrations(), |db, _| async move {
        let server = Arc::new(serve(&db, Throttle::new()));
        let mut storm = tokio::task::JoinSet::new();
        for n in 0..100 {
            let server = Arc::clone(&server);
            storm.spawn(async move {
                let name = format!("name{n}");
                server.post("/login", &[("username", &name), ("password", "guess")]).await
            });
        }
        let (mut looked_at, mut told) = (0, 0);
        while let Some(answer) = storm.join_next().await {
            let answer = answer?;
            match answer.status.as_u16() {
                422 => looked_at += 1,
                429 => {
                    assert!(answer.headers.contains_key("retry-after"));
                    assert!(answer.text().contains("现在登录的人太多，请几秒后再试"), "{}", answer.text());
                    told += 1;
                }
                other => panic!("{other}: {}", answer.text()),
            }
        }
        let (most, allowed) = password::most_at_a_time();
        assert!(most <= allowed, "{most} of {allowed}");
        assert_eq!(looked_at + told, 100);
        assert!(looked_at >= 32 && told >= 1, "{looked_at} {told}");
        Ok(())
    });
}
