//! The folder of backups: blocks, manifests, what is kept and what goes.

use super::{Content, FORMAT, Manifest, blocks};
use kernel::{Fault, Moment, Refusal};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

const HEAD: &str = "farun-backup 1";

/// How many backups are kept: the newest, and the newest of each hour, day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keep {
    /// The newest ones, whatever their time.
    pub recent: usize,
    /// One for each of so many hours.
    pub hourly: usize,
    /// One for each of so many days.
    pub daily: usize,
    /// One for each of so many months.
    pub monthly: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { recent: 12, hourly: 24, daily: 31, monthly: 12 }
    }
}

/// What a clean-up removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Backups.
    pub backups: usize,
    /// Blocks that no backup names.
    pub blocks: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// What came of a restore drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// When it was done.
    pub at: Moment,
    /// The backup that was restored.
    pub backup: String,
    /// What was found, in Chinese; nothing, if all is well.
    pub findings: Vec<String>,
    /// How long it took, in seconds rounded up.
    pub seconds: u64,
    /// Whether it was really restored; otherwise it was only read to its end.
    #[serde(default = "yes")]
    pub restored: bool,
}

/// Drills of before there was a difference are not told apart.
fn yes() -> bool {
    true
}

/// A folder of backups, held by one process at a time while it is changed.
pub struct Repository {
    folder: PathBuf,
    lock: Option<fs::File>,
}

impl Repository {
    /// Opens the folder for writing, and makes it if it is not there.
    ///
    /// # Errors
    /// A refusal if another process is backing up into it, or if it holds something else; a fault if it cannot be
    /// written.
    pub fn for_writing(folder: &Path) -> kernel::Result<Self> {
        let context =
            |e| Fault::from(e).context(format!("cannot use the backup folder {}", folder.display()));
        fs::create_dir_all(folder).map_err(context)?;
        let head = folder.join("format");
        if !head.exists() {
            let mut strangers = fs::read_dir(folder).map_err(context)?.flatten();
            if strangers.any(|entry| entry.file_name() != "lock") {
                return Err(Refusal::invalid(format!(
                    "{} 里有别的文件；请给备份一个空的或新的目录",
                    folder.display()
                ))
                .into());
            }
            fs::create_dir_all(folder.join("blocks")).map_err(context)?;
            fs::create_dir_all(folder.join("snapshots")).map_err(context)?;
            fs::create_dir_all(folder.join("drills")).map_err(context)?;
            write_whole(&head, format!("{HEAD}\n").as_bytes()).map_err(Fault::from)?;
        }
        let lock = fs::File::create(folder.join("lock")).map_err(context)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(Refusal::conflict("这个备份目录正在被另一个备份使用；请等它完成后再来").into());
            }
            Err(fs::TryLockError::Error(error)) => return Err(context(error).into()),
        }
        let mut this = Self::for_reading(folder)?;
        this.lock = Some(lock);
        Ok(this)
    }

    /// Opens the folder for reading.
    ///
    /// # Errors
    /// A refusal if there are no backups in it, or if a newer release made it.
    pub fn for_reading(folder: &Path) -> kernel::Result<Self> {
        let head = fs::read_to_string(folder.join("format"))
            .map_err(|_| Refusal::invalid(format!("{} 不是法润的备份目录", folder.display())))?;
        if head.trim() != HEAD {
            return Err(Refusal::invalid(format!(
                "{} 由更新的版本建立（{}），请用那个版本打开",
                folder.display(),
                head.trim()
            ))
            .into());
        }
        Ok(Self { folder: folder.to_owned(), lock: None })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn blocks(&self) -> PathBuf {
        self.folder.join("blocks")
    }

    fn snapshot(&self, id: &str) -> PathBuf {
        self.folder.join("snapshots").join(format!("{id}.json"))
    }

    /// Stores a block unless it is there; returns its hash and the bytes written.
    pub(super) fn put(&self, bytes: &[u8]) -> Result<(String, Option<u64>), Fault> {
        blocks::put(&self.blocks(), bytes).map_err(|fault| fault.context("cannot write a backup block"))
    }

    /// Makes a backup exist: all its blocks durable first, then its manifest.
    ///
    /// # Errors
    /// A fault if something cannot be written; then there is no such backup.
    pub fn complete(&self, manifest: &mut Manifest) -> Result<(), Fault> {
        manifest.digest = manifest.computed_digest()?;
        for folder in fs::read_dir(self.blocks())?.flatten() {
            sync_folder(&folder.path())?;
        }
        sync_folder(&self.blocks())?;
        write_whole(&self.snapshot(&manifest.id), &serde_json::to_vec(manifest)?)?;
        Ok(())
    }

    /// The names of all backups, the oldest first.
    ///
    /// # Errors
    /// A fault if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<String>, Fault> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.folder.join("snapshots"))? {
            if let Some(id) = entry?.file_name().to_string_lossy().strip_suffix(".json") {
                ids.push(id.to_owned());
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Reads a manifest and compares its digest.
    ///
    /// # Errors
    /// A refusal if it is not there, altered, or of a newer release.
    pub fn manifest(&self, id: &str) -> kernel::Result<Manifest> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            farun: String,
        }
        let damaged = || Refusal::invalid(format!("备份 {id} 的清单已损坏"));
        let bytes = fs::read(self.snapshot(id))
            .map_err(|_| Refusal::invalid(format!("没有备份 {id}；用 farun backup list 查看有哪些")))?;
        let head: Head = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if head.format > FORMAT {
            return Err(Refusal::invalid(format!(
                "备份 {id} 由更新的版本 {} 建立，请用那个版本恢复",
                head.farun
            ))
            .into());
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if manifest.digest != manifest.computed_digest()? || manifest.id != id {
            return Err(damaged().into());
        }
        Ok(manifest)
    }

    /// The backup that is meant: none is the newest, else its name or the beginning of it, or a moment (the newest
    /// one not after it).
    ///
    /// # Errors
    /// A refusal if there is none.
    pub fn find(&self, at: Option<&str>) -> kernel::Result<Manifest> {
        let ids = self.list()?;
        let none = || Refusal::invalid(format!("{} 里没有这样的备份", self.folder.display()));
        let Some(at) = at else { return self.manifest(ids.last().ok_or_else(none)?) };
        let named: Vec<_> = ids.iter().filter(|id| id.starts_with(at)).collect();
        if let [id] = named[..] {
            return self.manifest(id);
        }
        let moment = Moment::parse(at).map_err(|_| none())?;
        for id in ids.iter().rev() {
            // A damaged one cannot say when it was: an older one will do.
            if let Ok(manifest) = self.manifest(id)
                && manifest.at <= moment
            {
                return Ok(manifest);
            }
        }
        Err(none().into())
    }

    /// Reads every block of a backup and compares its hash; what is wrong is returned, in Chinese.
    ///
    /// # Errors
    /// A fault if the folder cannot be read.
    pub fn verify(&self, manifest: &Manifest) -> Result<Vec<String>, Fault> {
        let mut findings = Vec::new();
        let mut seen = BTreeMap::new();
        for content in manifest.contents() {
            let mut bytes = 0;
            let mut whole = true;
            for hash in &content.blocks {
                let length = match seen.get(hash) {
                    Some(length) => *length,
                    None => {
                        let length = match blocks::get(&self.blocks(), hash)? {
                            Ok(block) => Some(block.len() as u64),
                            Err(finding) => {
                                findings.push(finding);
                                None
                            }
                        };
                        seen.insert(hash, length);
                        length
                    }
                };
                match length {
                    Some(length) => bytes += length,
                    None => whole = false,
                }
            }
            if whole && bytes != content.bytes {
                findings.push(format!("内容应有 {} 字节，实有 {bytes} 字节", content.bytes));
            }
        }
        Ok(findings)
    }

    /// Writes a content into a new file, every block compared with its hash; what is wrong is returned, in Chinese,
    /// and then there is no file.
    ///
    /// # Errors
    /// A fault if the file is there already or cannot be written.
    pub fn write_out(&self, content: &Content, target: &Path) -> Result<Vec<String>, Fault> {
        let context = |e| Fault::from(e).context(format!("cannot write {}", target.display()));
        let mut file = fs::File::create_new(target).map_err(context)?;
        let mut bytes = 0;
        for hash in &content.blocks {
            match blocks::get(&self.blocks(), hash)? {
                Ok(block) => {
                    bytes += block.len() as u64;
                    file.write_all(&block).map_err(context)?;
                }
                Err(finding) => {
                    fs::remove_file(target)?;
                    return Ok(vec![finding]);
                }
            }
        }
        file.sync_all().map_err(context)?;
        if bytes == content.bytes {
            return Ok(Vec::new());
        }
        fs::remove_file(target)?;
        Ok(vec![format!("内容应有 {} 字节，实有 {bytes} 字节", content.bytes)])
    }

    /// Whether these bytes occur anywhere in a backup: for tests and for whoever wants to be sure that no clear
    /// personal data lies in it.
    ///
    /// # Errors
    /// A fault if a block cannot be read or is damaged.
    pub fn contains(&self, manifest: &Manifest, bytes: &[u8]) -> Result<bool, Fault> {
        for content in manifest.contents() {
            let mut window: Vec<u8> = Vec::new();
            for hash in &content.blocks {
                let block = blocks::get(&self.blocks(), hash)?.map_err(Fault::new)?;
                // The end of the block before: what is sought may lie across.
                window.drain(..window.len().saturating_sub(bytes.len()));
                window.extend_from_slice(&block);
                if window.windows(bytes.len().max(1)).any(|part| part == bytes) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Removes the backups that need not be kept and the blocks that no backup names.
    ///
    /// # Errors
    /// A refusal if a manifest cannot be read: what it names is not known, so nothing is removed. A fault if the
    /// folder was not opened for writing or cannot be changed.
    pub fn prune(&self, keep: Keep) -> kernel::Result<Pruned> {
        if self.lock.is_none() {
            return Err(Fault::new("the backup folder was not opened for writing").into());
        }
        let mut manifests = Vec::new();
        for id in self.list()? {
            let manifest = self.manifest(&id)?;
            let named: Vec<String> =
                manifest.contents().flat_map(|content| &content.blocks).cloned().collect();
            manifests.push((id, manifest.at, named));
        }
        let kept = kept(manifests.iter().map(|(id, at, _)| (id.as_str(), *at)), keep);
        let mut pruned = Pruned::default();
        let mut named = BTreeSet::new();
        for (id, _, blocks) in &manifests {
            if kept.contains(id.as_str()) {
                named.extend(blocks);
            } else {
                fs::remove_file(self.snapshot(id)).map_err(Fault::from)?;
                pruned.backups += 1;
            }
        }
        // The manifests are gone for good before their blocks go.
        sync_folder(&self.folder.join("snapshots"))?;
        for folder in fs::read_dir(self.blocks()).map_err(Fault::from)?.flatten() {
            for block in fs::read_dir(folder.path()).map_err(Fault::from)?.flatten() {
                let name = block.file_name().to_string_lossy().into_owned();
                if !named.contains(&name) {
                    pruned.bytes += block.metadata().map_err(Fault::from)?.len();
                    pruned.blocks += 1;
                    fs::remove_file(block.path()).map_err(Fault::from)?;
                }
            }
        }
        Ok(pruned)
    }

    /// Notes what came of a drill.
    ///
    /// # Errors
    /// A fault if it cannot be written.
    pub fn note_drill(&self, drill: &Drill) -> Result<(), Fault> {
        let folder = self.folder.join("drills");
        fs::create_dir_all(&folder)?;
        write_whole(&folder.join(format!("{}.json", super::new_id(drill.at)?)), &serde_json::to_vec(drill)?)?;
        Ok(())
    }

    /// The last drill, if there was one.
    ///
    /// # Errors
    /// A fault if the folder cannot be read.
    pub fn last_drill(&self) -> Result<Option<Drill>, Fault> {
        let folder = self.folder.join("drills");
        if !folder.exists() {
            return Ok(None);
        }
        let mut last: Option<Drill> = None;
        for entry in fs::read_dir(folder)? {
            let drill: Drill = serde_json::from_slice(&fs::read(entry?.path())?)?;
            if last.as_ref().is_none_or(|last| last.at < drill.at) {
                last = Some(drill);
            }
        }
        Ok(last)
    }
}

/// Which of the backups (the oldest first) are kept.
fn kept<'a>(all: impl DoubleEndedIterator<Item = (&'a str, Moment)>, keep: Keep) -> BTreeSet<&'a str> {
    let mut kept = BTreeSet::new();
    let (mut hours, mut days, mut months) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (at, (id, moment)) in all.rev().enumerate() {
        let (day, hour, _) = moment.local_parts();
        let mut wanted = at < keep.recent.max(1);
        wanted |= hours.len() < keep.hourly && hours.insert((day, hour));
        wanted |= days.len() < keep.daily && days.insert(day);
        wanted |= months.len() < keep.monthly && months.insert(day.first_of_month());
        if wanted {
            kept.insert(id);
        }
    }
    kept
}

/// Writes a file beside and puts it in place, durable.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("part");
    let mut file = fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_hour_day_and_month_are_kept() {
        let at = |text: &str| Moment::parse(text).expect("a moment");
        let all = [
            ("m1", at("2022-03-31T23:00")),
            ("m2", at("2022-04-30T22:00")),
            ("m3", at("2022-04-30T23:00")),
            ("d1", at("2022-05-05T08:00")),
            ("d2", at("2022-05-05T09:00")),
            ("h1", at("2022-05-06T08:05")),
            ("h2", at("2022-05-06T08:55")),
            ("r1", at("2022-05-06T09:00")),
            ("r2", at("2022-05-06T09:05")),
        ];
        let keep = |recent, hourly, daily, monthly| {
            kept(all.into_iter(), Keep { recent, hourly, daily, monthly }).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(keep(2, 0, 0, 0), ["r1", "r2"]);
        assert_eq!(keep(0, 0, 0, 0), ["r2"], "the last one never goes");
        assert_eq!(keep(1, 2, 0, 0), ["h2", "r2"]);
        assert_eq!(keep(1, 0, 2, 0), ["d2", "r2"]);
        assert_eq!(keep(1, 0, 0, 3), ["m1", "m3", "r2"]);
        assert_eq!(keep(2, 2, 2, 3), ["d2", "h2", "m1", "m3", "r1", "r2"]);
    }
}
