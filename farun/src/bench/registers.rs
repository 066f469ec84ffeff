//! The parts beside pages and entries: each in a process of its own over a copy of the data, so that time and memory
//! are its own; a part that finds something wrong fails the run.

use super::{Bench, Part, backup, data, export, import, process::Step, replay, seal};
use crate::{Place, cli::say, wiring};
use kernel::{Fault, Result};
use serde::{Deserialize, Serialize};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// What a part found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// What was measured.
    pub(crate) steps: Vec<Step>,
    /// What was compared and is as it must be.
    pub(crate) held: Vec<String>,
}

/// Measures a part over a fresh copy of the prepared data, in a process of its own.
pub(super) fn measure(bench: &Bench, part: Part, entries: i64, prepared: &Path) -> Result<Found, Fault> {
    let folder = data::scratch(prepared, &bench.data)?;
    let output = command(bench, part, entries)?.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(Fault::new(format!(
            "{} failed ({}); its data is in {}",
            part.name(),
            output.status,
            folder.display()
        )));
    }
    let last = said.lines().last().unwrap_or_default();
    let found = serde_json::from_str(last)
        .map_err(|error| Fault::from(error).context(format!("{} did not say what it found", part.name())))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(found)
}

#[expect(clippy::disallowed_methods, reason = "what is measured is a process of its own")]
fn command(bench: &Bench, part: Part, entries: i64) -> Result<Command, Fault> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["bench", "--alone", part.name(), "--entries", &entries.to_string()])
        .args(["--rows", &bench.rows.to_string()])
        .arg("--data")
        .arg(&bench.data)
        .stderr(Stdio::inherit());
    if bench.plant {
        command.arg("--plant");
    }
    Ok(command)
}

/// Does one part here, over the copy that was made for it, and says what it found.
pub(super) async fn alone(bench: &Bench, part: Part) -> Result<()> {
    let place = Place::folder(&data::run_folder(&bench.data));
    let db = wiring::open_existing(&place).await?;
    let found = match part {
        Part::Pages | Part::Cases => return Err(Fault::new("pages are measured from outside").into()),
        Part::Replay => replay::replay(&db, bench.plant).await?,
        Part::Seal => seal::seal(db, &place, bench.plant).await?,
        Part::Import => {
            import::import(db, &place, usize::try_from(bench.rows).map_err(Fault::from)?, bench.plant).await?
        }
        Part::Export => export::export(db, &place, bench.plant).await?,
        Part::Backup => backup::back_up(db, &place, &bench.data, bench.plant).await?,
    };
    say(&serde_json::to_string(&found)?);
    Ok(())
}
