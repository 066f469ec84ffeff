//! Backups without a database: blocks, manifests, damage.

use super::*;
use std::{fs, path::Path, sync::Arc};

fn manifest(id: &str, database: Content) -> Manifest {
    Manifest {
        format: FORMAT,
        id: id.to_owned(),
        at: Moment::from_micros(1_651_798_800_123_456),
        farun: "0".to_owned(),
        engine: "sqlite".to_owned(),
        facts: Facts::default(),
        keys: BTreeMap::new(),
        database,
        files: Vec::new(),
        digest: String::new(),
    }
}

fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    (0..length)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        })
        .collect()
}

async fn stored(repository: &Arc<Repository>, bytes: &[u8]) -> (Content, Written) {
    let mut line = Line::new(repository);
    line.push(bytes).await.expect("stored");
    line.finish().await.expect("stored")
}

fn blocks(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder.join("blocks"))
        .expect("blocks")
        .flatten()
        .flat_map(|folder| fs::read_dir(folder.path()).expect("a folder").flatten())
        .map(|entry| entry.path())
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_was_stored_comes_back_and_only_changes_cost() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = Arc::new(Repository::for_writing(folder.path()).expect("opens"));
    assert!(Repository::for_writing(folder.path()).is_err(), "one at a time");
    let mut bytes = noise(1_000_000, 1);
    bytes.extend(vec![0; 500_000]);
    let (content, written) = stored(&repository, &bytes).await;
    assert_eq!(content.bytes, 1_500_000);
    let different = content.blocks.iter().collect::<std::collections::BTreeSet<_>>().len();
    // Equal blocks may be written side by side, but they are one file.
    assert_eq!(blocks(folder.path()).len(), different);
    assert!(written.bytes > 1_000_000 && written.bytes < 1_200_000, "{written:?}");
    let mut first = manifest("a", content.clone());
    repository.complete(&mut first).expect("written");
    bytes[700_000] ^= 1;
    let (content, written) = stored(&repository, &bytes).await;
    assert_eq!(written.blocks, 1);
    let mut second = manifest("b", content);
    repository.complete(&mut second).expect("written");
    for (id, expected) in [("a", bytes[700_000] ^ 1), ("b", bytes[700_000])] {
        let out = folder.path().join("out");
        let found = repository.manifest(id).expect("it is there");
        assert_eq!(repository.verify(&found).expect("read"), Vec::<String>::new());
        assert_eq!(repository.write_out(&found.database, &out).expect("written"), Vec::<String>::new());
        let back = fs::read(&out).expect("there");
        assert_eq!(back[700_000], expected);
        assert_eq!((&back[..700_000], &back[700_001..]), (&bytes[..700_000], &bytes[700_001..]));
        assert!(repository.write_out(&found.database, &out).is_err(), "nothing is overwritten");
        fs::remove_file(out).expect("it goes");
    }
    let before = blocks(folder.path()).len();
    let pruned = repository.prune(Keep { recent: 1, hourly: 0, daily: 0, monthly: 0 }).expect("cleaned");
    assert_eq!((pruned.backups, pruned.blocks), (1, 1));
    assert_eq!(blocks(folder.path()).len(), before - 1);
    let left = repository.find(None).expect("the newest");
    assert_eq!(left.id, "b");
    assert_eq!(repository.verify(&left).expect("read"), Vec::<String>::new());
}

#[tokio::test]
async fn content_that_is_cut_by_itself_finds_its_blocks_again_after_an_insertion() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = Arc::new(Repository::for_writing(folder.path()).expect("opens"));
    let mut bytes = noise(2_000_000, 5);
    let mut contents = Vec::new();
    for piece in [1000, 70_000] {
        let mut line = Line::new(&repository);
        for part in bytes.chunks(piece) {
            line.push_by_content(part).await.expect("stored");
        }
        let (content, written) = line.finish().await.expect("stored");
        contents.push((content, written));
        bytes.splice(300_000..300_000, *b"a few more bytes");
    }
    let [(first, _), (second, written)] = &contents[..] else { panic!("two") };
    assert_eq!(second.bytes, first.bytes + 16);
    assert!(first.blocks.len() > 30, "{}", first.blocks.len());
    assert!(written.blocks <= 2, "{written:?}");
}

#[tokio::test]
async fn every_flipped_bit_and_every_missing_block_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = Arc::new(Repository::for_writing(folder.path()).expect("opens"));
    let mut bytes = noise(BLOCK_BYTES, 3);
    bytes.extend(b"the same again ".repeat(5000));
    let (content, _) = stored(&repository, &bytes).await;
    let mut made = manifest("a", content);
    repository.complete(&mut made).expect("written");
    for path in blocks(folder.path()) {
        let good = fs::read(&path).expect("there");
        let step = (good.len() / 40).max(1);
        for at in (0..good.len()).step_by(step).chain([good.len() - 1, good.len() - 17]) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            fs::write(&path, bad).expect("written");
            assert_eq!(repository.verify(&made).expect("read").len(), 1, "byte {at} of {}", path.display());
        }
        fs::write(&path, &good[..good.len() / 2]).expect("written");
        assert_eq!(repository.verify(&made).expect("read").len(), 1);
        fs::remove_file(&path).expect("it goes");
        assert!(repository.verify(&made).expect("read")[0].contains("缺少数据块"));
        let out = folder.path().join("out");
        assert_eq!(repository.write_out(&made.database, &out).expect("read").len(), 1);
        assert!(!out.exists(), "half a file is none");
        fs::write(&path, good).expect("written");
    }
    assert_eq!(repository.verify(&made).expect("read"), Vec::<String>::new());
    // A block that is sound in itself but belongs elsewhere.
    let all = blocks(folder.path());
    let kept = fs::read(&all[0]).expect("there");
    fs::copy(&all[1], &all[0]).expect("copied");
    assert_eq!(repository.verify(&made).expect("read").len(), 1);
    fs::write(&all[0], kept).expect("written");
}

const BLOCK_BYTES: usize = super::line::BLOCK;

#[tokio::test]
async fn an_altered_manifest_and_one_of_a_newer_release_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = Arc::new(Repository::for_writing(folder.path()).expect("opens"));
    let (content, _) = stored(&repository, b"abc").await;
    let mut made = manifest("a", content);
    made.facts.tables.insert("station".to_owned(), 7);
    repository.complete(&mut made).expect("written");
    let path = folder.path().join("snapshots/a.json");
    let text = fs::read_to_string(&path).expect("there");
    fs::write(&path, text.replace("\"station\":7", "\"station\":8")).expect("written");
    assert!(repository.manifest("a").expect_err("altered").to_string().contains("已损坏"));
    assert!(repository.prune(Keep::default()).is_err(), "what it names is not known");
    assert_eq!(blocks(folder.path()).len(), 1, "so nothing goes");
    fs::write(&path, text.replace("\"format\":1", "\"format\":2")).expect("written");
    assert!(repository.manifest("a").expect_err("newer").to_string().contains("更新的版本"));
    fs::write(&path, &text).expect("written");
    fs::write(folder.path().join("snapshots/b.json"), &text).expect("written");
    assert!(repository.manifest("b").is_err(), "a manifest under another name");
    fs::remove_file(folder.path().join("snapshots/b.json")).expect("it goes");
    fs::write(folder.path().join("snapshots/c.part"), &text).expect("half a backup");
    assert_eq!(repository.list().expect("read"), ["a"]);
    fs::write(folder.path().join("format"), "farun-backup 2\n").expect("written");
    assert!(Repository::for_reading(folder.path()).is_err());
}

#[test]
fn a_folder_with_other_things_is_not_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "x").expect("written");
    assert!(Repository::for_writing(folder.path()).is_err());
    assert!(Repository::for_reading(folder.path()).is_err());
}

#[test]
fn names_sort_as_the_moments_of_their_backups_do() {
    let first = Moment::parse("2022-05-06T09:00").expect("a moment");
    let names: Vec<String> = (0..200)
        .map(|nth| new_id(Moment::from_micros(first.micros() + nth * 7_000)).expect("a name"))
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names[0][..19], *"20220506-090000-000");
}
