//! Random histories over the whole product, ten thousand of them: the tests of `farun/tests/it/histories.rs` with
//! another seed in every run, several processes side by side.

use super::{Result, Setting};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

const PLAYED: &str = "histories::random_histories_keep_every_sum";
/// Each fails if a fault that it plants is not found.
const PLANTED: [&str; 2] =
    ["histories::every_planted_fault_is_found", "histories::a_doubled_merger_is_found_and_told_in_two_steps"];

/// What one process told.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Told {
    histories: u64,
    deeds: u64,
    refused: u64,
    seals: u64,
    cpu: f64,
}

/// Plays `--count` histories in `--jobs` processes.
pub(crate) fn histories(setting: &Setting) -> Result<bool> {
    let (count, jobs) = (setting.number("count", 10_000)?, setting.number("jobs", 2)?.max(1));
    let tests = tests(setting)?;
    let mut playing = Vec::new();
    for nth in 0..jobs {
        let share = count / jobs + u64::from(nth < count % jobs);
        if share > 0 {
            playing.push(start(setting, &tests, PLAYED, share, setting.seed + nth)?);
        }
    }
    let (mut sum, mut broken) = (Told::default(), 0);
    for child in playing {
        let (held, said) = end(child)?;
        match said.lines().find_map(told) {
            Some(told) if held => {
                sum.histories += told.histories;
                sum.deeds += told.deeds;
                sum.refused += told.refused;
                sum.seals += told.seals;
                sum.cpu += told.cpu;
            }
            _ => {
                eprintln!("{said}");
                broken += 1;
            }
        }
    }
    let mut found = 0;
    for name in PLANTED {
        let (held, said) = end(start(setting, &tests, name, count, setting.seed)?)?;
        if held {
            found += 1;
        } else {
            eprintln!("{said}");
        }
    }
    let value = format!(
        "{} histories: {} deeds, {} refused, {} seals, {} broken, {:.0} CPU s; planted faults: {found} of {} tests found theirs",
        sum.histories,
        sum.deeds,
        sum.refused,
        sum.seals,
        broken,
        sum.cpu,
        PLANTED.len()
    );
    let held = broken == 0 && sum.histories == count && found == PLANTED.len();
    setting.report("R14", "random histories over the whole product", &value, held)
}

/// The program of the integration tests, built if need be: optimised, unless `--debug` is given.
fn tests(setting: &Setting) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.current_dir(&setting.root).args(["test", "-p", "farun", "--test", "it", "--locked", "--no-run"]);
    if !setting.given("debug") {
        cargo.arg("--release");
    }
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let built = cargo.output()?;
    if !built.status.success() {
        return Err("the integration tests cannot be built".into());
    }
    let text = String::from_utf8(built.stdout)?;
    executable(&text).ok_or_else(|| "cargo names no program of the integration tests".into())
}

/// The program that cargo's messages name for the test `it`.
fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs = messages.filter(|message| message["target"]["name"] == "it");
    programs.find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

fn start(setting: &Setting, tests: &PathBuf, name: &str, count: u64, seed: u64) -> Result<Child> {
    Ok(Command::new(tests)
        .args([name, "--exact", "--nocapture"])
        .current_dir(setting.root.join("farun"))
        .env("FARUN_HISTORIES", count.to_string())
        .env("FARUN_SEED", (seed % u64::from(u32::MAX)).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?)
}

/// Whether the test held, and what it said.
fn end(child: Child) -> Result<(bool, String)> {
    let done = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    // A name that no longer exists runs nothing, and that must not look like a success.
    Ok((done.status.success() && said.contains("1 passed"), said))
}

/// Reads `histories: Sqlite, 20 histories, 273 deeds, 82 refused, 18 seals, 2.0 CPU seconds`.
fn told(line: &str) -> Option<Told> {
    let parts: Vec<&str> = line.strip_prefix("histories: ")?.split(", ").collect();
    let number = |nth: usize, word: &str| -> Option<&str> { parts.get(nth)?.strip_suffix(word) };
    Some(Told {
        histories: number(1, " histories")?.parse().ok()?,
        deeds: number(2, " deeds")?.parse().ok()?,
        refused: number(3, " refused")?.parse().ok()?,
        seals: number(4, " seals")?.parse().ok()?,
        cpu: number(5, " CPU seconds")?.parse().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_test_is_read() {
        let line = "histories: Sqlite, 20 histories, 273 deeds, 82 refused, 18 seals, 2.5 CPU seconds";
        let told = told(line).expect("a line");
        assert_eq!(told, Told { histories: 20, deeds: 273, refused: 82, seals: 18, cpu: 2.5 });
        assert_eq!(super::told("test histories::… ok"), None);
    }

    #[test]
    fn the_program_is_found_among_the_messages_of_cargo() {
        let messages = "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"farun\"},\"executable\":\"/a\"}\n\
                        {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"it\"},\"executable\":\"/b/it-1\"}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/b/it-1")));
        assert_eq!(executable("{}"), None);
    }
}
