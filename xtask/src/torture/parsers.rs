//! S6: a million spoilt inputs to each parser of what people bring or type. The tests named `hostile` beside the
//! parsers do it, with a few thousand inputs every day; here they are asked for more.

use super::{Result, Setting};
use std::process::Command;

/// Crates with parsers, and whether they are built with optimisation: reading workbooks takes long without.
const RUNS: &[(&[&str], bool)] = &[(&["kernel", "sheet"], true), (&["stations", "portal"], false)];

pub(crate) fn parsers(setting: &Setting) -> Result<bool> {
    let inputs = setting.number("inputs", 1_000_000)?;
    let (mut parsers, mut slips, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for (crates, optimised) in RUNS {
        let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        command.args(["test", "--locked", "--lib", "--no-fail-fast"]).current_dir(&setting.root);
        command.args(crates.iter().flat_map(|name| ["-p", name]));
        if *optimised {
            command.arg("--release");
        }
        command.arg("hostile").env("PROPTEST_CASES", inputs.to_string());
        eprintln!("  {inputs} inputs to each parser of {}", crates.join(" and "));
        let done = command.output()?;
        let text = String::from_utf8_lossy(&done.stdout);
        let (mut ran, all) = (0, text.lines().filter_map(|line| line.strip_prefix("test ")));
        for line in all {
            let Some((test, said)) = line.split_once(" ... ") else { continue };
            let name = test.rsplit("::").next().unwrap_or(test);
            ran += 1;
            match (said, name.contains("_find")) {
                ("ok", true) => slips.push(name.to_owned()),
                ("ok", false) if name.starts_with("hostile_") => parsers.push(name.replace("hostile_", "")),
                ("ok", false) => {}
                _ => broken.push(name.to_owned()),
            }
        }
        if ran == 0 {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!("no test ran: {}", said.lines().last().unwrap_or_default()).into());
        }
        if !broken.is_empty() {
            println!("{text}");
        }
    }
    let value = format!(
        "{inputs} inputs each to {} ({}): {} broke; {} planted slips {}",
        parsers.len(),
        parsers.join(", "),
        if broken.is_empty() { "none".to_owned() } else { broken.join(", ") },
        slips.len(),
        if slips.len() >= 4 { "found" } else { "NOT FOUND" },
    );
    setting.report("S6", "parsers", &value, broken.is_empty() && slips.len() >= 4 && parsers.len() >= 8)
}
