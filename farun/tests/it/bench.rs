//! The benchmark's works on registers, over the demonstration world: they run, and find what is planted in them.

use crate::{
    command_line::{binary, code},
    world::{World, run},
};
use std::{fs, path::Path, process::Output};
use store::params;

/// Runs parts of the benchmark over prepared data.
fn bench(data: &Path, entries: i64, parts: &str, plant: bool) -> Output {
    let mut command = binary();
    command
        .args(["bench", "--json", "--rows", "400", "--entries", &entries.to_string(), "--only", parts])
        .arg("--data")
        .arg(data)
        .env_remove("FARUN_DATA");
    if plant {
        command.arg("--plant");
    }
    command.output().expect("the binary runs")
}

#[test]
fn every_part_of_the_benchmark_holds_and_a_planted_fault_fails_it() {
    run(async {
        let world = World::demo().await?;
        let mut tx = world.db.begin_read().await?;
        let entries: i64 = tx
            .scalar("select count(*) from advisers_service where region_id = $1", params![tx.region()?])
            .await?;
        drop(tx);
        world.db.close().await?;
        let data = tempfile::tempdir()?;
        let prepared = data.path().join(entries.to_string());
        fs::create_dir_all(prepared.join("keys"))?;
        for name in ["farun.db", "keys/master.key"] {
            fs::copy(world.path().join(name), prepared.join(name))?;
        }
        let output = bench(data.path(), entries, "replay,seal,import,export,backup", false);
        assert_eq!(code(&output), 0, "{output:?}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(report["outcomes"].as_array().map(Vec::len), Some(0), "pages were not asked for");
        let parts = report["parts"].as_array().expect("parts");
        let names: Vec<&str> = parts.iter().filter_map(|part| part["part"].as_str()).collect();
        assert_eq!(names, ["replay", "seal", "import", "export", "backup"]);
        for part in parts {
            let steps = part["found"]["steps"].as_array().expect("steps");
            assert!(!steps.is_empty() && part["found"]["held"][0].is_string(), "{part}");
            for step in steps {
                let number = |name: &str| step[name].as_f64().unwrap_or(-1.0);
                assert!(number("seconds") > 0.0 && number("cpu_seconds") >= 0.0, "{step}");
                assert!(number("peak_mib") > 1.0, "{step}");
            }
        }
        for (part, told) in [
            ("replay", "totals are wrong after the replay"),
            ("seal", "the page is not reprinted byte for byte"),
            ("import", "after the import: the book has"),
            ("export", "rows were exported, the book has"),
            ("backup", "the restored data"),
        ] {
            let output = bench(data.path(), entries, part, true);
            assert_eq!(code(&output), 3, "{part}: {output:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(told) && said.contains(&format!("{part} failed")), "{part}: {said}");
            assert!(output.stdout.is_empty(), "{part}: no figures of a run that is wrong");
        }
        Ok(())
    });
}
