//! The binary as people call it: help, exit codes, the bulletin beside a running server.

use crate::world::{World, run};
use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

#[expect(clippy::disallowed_methods, reason = "these tests start the product as people do")]
pub(crate) fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_farun"))
}

pub(crate) fn farun(args: &[&str]) -> Output {
    binary().args(args).env_remove("FARUN_DATA").output().expect("the binary runs")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// Makes the account `chenyi` with that password on standard input.
fn add_user(data: &str, password: &str) -> Output {
    let mut child = binary()
        .args([
            "user",
            "add",
            "--data",
            data,
            "--username",
            "chenyi",
            "--name",
            "陈一",
            "--role",
            "system_admin",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(format!("{password}\n").as_bytes()).expect("it reads");
    drop(input);
    child.wait_with_output().expect("it ends")
}

#[test]
fn every_command_has_help_and_wrong_usage_says_so() {
    for command in [
        "serve",
        "demo",
        "bulletin",
        "returns",
        "check",
        "backup",
        "restore",
        "rotate-key",
        "verify",
        "migrate",
        "user",
    ] {
        let output = farun(&[command, "--help"]);
        assert_eq!(code(&output), 0, "{command}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("--data"), "{command}");
    }
    assert_eq!(code(&farun(&["--nonsense"])), 2);
    let nowhere = farun(&["bulletin", "--data", "/nonexistent-farun", "--period", "2022Q1"]);
    assert_eq!(code(&nowhere), 3);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no installation"), "{nowhere:?}");
}

#[test]
fn the_bulletin_works_while_the_server_runs_and_checks_find_planted_faults() {
    run(async {
        let world = World::demo().await?;
        let _site = world.serve().await?;
        let data = world.path().to_string_lossy().into_owned();
        let output = farun(&["bulletin", "--data", &data, "--period", "2022Q1", "--format", "json"]);
        assert_eq!(code(&output), 0, "{output:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let visits = json["figures"]
            .as_array()
            .expect("figures")
            .iter()
            .find(|figure| figure["key"] == "advisers.visits")
            .expect("visits");
        assert_eq!(visits["value"], 1372);
        assert_eq!(code(&farun(&["bulletin", "--data", &data, "--period", "2022Q9"])), 2, "no such quarter");
        assert_eq!(code(&farun(&["check", "--data", &data])), 0);
        let mut tx = world.db.begin_write().await?;
        tx.execute(
            "update tally_total set quantity = quantity + 1 where lane = 0 and measure = 'advisers.visits'",
            store::params![],
        )
        .await?;
        tx.commit().await?;
        let broken = farun(&["check", "--data", &data, "--json"]);
        assert_eq!(code(&broken), 1, "a changed sum is found");
        assert!(String::from_utf8_lossy(&broken.stdout).contains("store.tally"));
        assert_eq!(code(&farun(&["check", "--data", &data, "--rebuild"])), 0, "and mended from the facts");
        Ok(())
    });
}

#[test]
fn an_empty_folder_gets_a_set_up_link_and_the_demo_never_overwrites_real_data() {
    run(async {
        let world = World::empty().await?;
        let data = world.path().to_string_lossy().into_owned();
        let link = farun(&["user", "--data", &data, "setup-link"]);
        assert_eq!(code(&link), 0);
        assert!(String::from_utf8_lossy(&link.stdout).contains("/setup/"), "{link:?}");
        let weak = add_user(&data, "a");
        assert_eq!(code(&weak), 2, "the password rule holds on the command line too");
        assert_eq!(code(&add_user(&data, "correct horse battery")), 0);
        let list = farun(&["user", "list", "--data", &data]);
        assert!(String::from_utf8_lossy(&list.stdout).contains("chenyi"), "{list:?}");
        let rescue = farun(&["user", "rescue-link", "chenyi", "--data", &data]);
        assert!(String::from_utf8_lossy(&rescue.stdout).contains("/join/"), "{rescue:?}");
        let refused = farun(&["demo", "--data", &data, "--prepare"]);
        assert_eq!(code(&refused), 2);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("空目录"), "{refused:?}");
        Ok(())
    });
}
