//! What was measured as Markdown, ready for `docs/benchmarks.md`.

use super::{Measured, Outcome, Part, Report, cases};
use std::fmt::Write as _;

/// The whole report.
pub(crate) fn markdown(report: &Report) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "{} · {} × {} · Linux {} · {:.0} GiB\n",
        report.day, machine.processors, machine.model, machine.kernel, machine.memory_gib
    );
    for outcome in &report.outcomes {
        size(&mut text, outcome);
    }
    for outcome in &report.cases {
        of_cases(&mut text, outcome);
    }
    for measured in &report.parts {
        part(&mut text, measured);
    }
    text
}

fn part(text: &mut String, measured: &Measured) {
    let title = match measured.part {
        Part::Pages => "Pages and entries",
        Part::Cases => "Legal aid cases",
        Part::Replay => "The 45 changes of villages replayed",
        Part::Seal => "A quarter sealed and reprinted",
        Part::Import => "A file imported",
        Part::Export => "Large tables exported",
        Part::Backup => "Backup and restore",
    };
    writeln!(text, "\n### {title}: {} entries\n", thousands(measured.entries)).ok();
    text.push_str("| step | wall s | CPU s | peak MiB | |\n|---|--:|--:|--:|---|\n");
    for step in &measured.found.steps {
        writeln!(
            text,
            "| {} | {} | {} | {:.0} | {} |",
            step.name,
            seconds(step.seconds),
            seconds(step.cpu_seconds),
            step.peak_mib,
            step.note
        )
        .ok();
    }
    text.push('\n');
    for held in &measured.found.held {
        writeln!(text, "- {held}").ok();
    }
}

fn of_cases(text: &mut String, outcome: &cases::Outcome) {
    writeln!(
        text,
        "\n### {} cases (file {:.0} MiB after the writes)\n",
        thousands(outcome.cases),
        outcome.database_mib
    )
    .ok();
    text.push_str("| request |");
    let paces = outcome.asked.first().map(|asked| asked.paces.as_slice()).unwrap_or_default();
    for pace in paces {
        let many = if pace.clients == 1 { "client" } else { "clients" };
        write!(text, " {} {many}: CPU; p50, p99 ms |", pace.clients).ok();
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(paces.len()));
    text.push('\n');
    for asked in &outcome.asked {
        write!(text, "| {} |", asked.name).ok();
        for pace in &asked.paces {
            write!(text, " {:.2}; {:.2}, {:.2} |", pace.cpu_ms, pace.median_ms, pace.p99_ms).ok();
        }
        text.push('\n');
    }
    let away: usize = outcome.asked.iter().flat_map(|asked| &asked.paces).map(|pace| pace.turned_away).sum();
    writeln!(
        text,
        "\n- After `kill -9`: {} cases and {} decisions acknowledged and found; every stage follows from its facts, every name is found by its parts; sums equal their facts; {} audit rows in unbroken chains; {away} times turned away",
        outcome.taken, outcome.decided, outcome.audit_rows
    )
    .ok();
}

/// Three decimals below a second, one above ten.
fn seconds(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{seconds:.3}")
    } else if seconds < 10.0 {
        format!("{seconds:.2}")
    } else {
        format!("{seconds:.1}")
    }
}

fn size(text: &mut String, outcome: &Outcome) {
    writeln!(
        text,
        "\n### {} entries (file {:.0} MiB after the writes)\n",
        thousands(outcome.entries),
        outcome.database_mib
    )
    .ok();
    text.push_str(
        "| page, 1 client | CPU ms | median ms | p95 ms | requests/s | KB |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for page in &outcome.pages {
        writeln!(
            text,
            "| {} | {:.2} | {:.2} | {:.2} | {:.0} | {:.1} |",
            page.name, page.cpu_ms, page.median_ms, page.p95_ms, page.per_second, page.kilobytes
        )
        .ok();
    }
    text.push_str("\n| durable entries | entries/s | CPU ms | median ms | p95 ms | turned away |\n|---|--:|--:|--:|--:|--:|\n");
    for writing in &outcome.writing {
        let how = match (writing.clients, writing.grouped) {
            (1, _) => "1 client".to_owned(),
            (many, true) => format!("{many} clients, commits shared"),
            (many, false) => format!("{many} clients, a commit each"),
        };
        writeln!(
            text,
            "| {how} | {:.0} | {:.2} | {:.2} | {:.2} | {} |",
            writing.per_second, writing.cpu_ms, writing.median_ms, writing.p95_ms, writing.turned_away
        )
        .ok();
    }
    text.push('\n');
    let rate = |grouped| {
        outcome.writing.iter().find(|w| w.clients > 1 && w.grouped == grouped).map_or(0.0, |w| w.per_second)
    };
    writeln!(text, "- 4 KB written and synced just before: {:.2} ms (median of 50)", outcome.sync_ms).ok();
    writeln!(
        text,
        "- Shared commits against a commit each, {} clients: {:.1} times",
        super::MANY,
        rate(true) / rate(false)
    )
    .ok();
    writeln!(text, "- Start to first answer: {:.0} ms (median of {})", outcome.start_ms, super::STARTS).ok();
    writeln!(
        text,
        "- Resident memory: {:.0} MiB started, {:.0} MiB after the list, {:.0} MiB after everything",
        outcome.resident_started_mib, outcome.resident_after_list_mib, outcome.resident_after_all_mib
    )
    .ok();
    writeln!(
        text,
        "- After `kill -9`: {} entries acknowledged, {} found; sums equal their facts; {} audit rows in unbroken chains",
        outcome.writing.iter().map(|writing| writing.acknowledged).sum::<usize>(),
        outcome.entries_added,
        outcome.audit_rows
    )
    .ok();
}

fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_numbers_are_readable() {
        assert_eq!(
            ["7", "700", "20000", "2000000"].map(|n| super::thousands(n.parse().expect("a number"))),
            ["7", "700", "20,000", "2,000,000"]
        );
    }
}
