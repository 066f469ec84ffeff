//! One block in its file: named by the hash of what is in it, packed when that is shorter, with a checksum of the
//! stored bytes at the end.

use super::sha256;
use flate2::{Compress, Compression, FlushCompress, Status, read::DeflateDecoder};
use kernel::Fault;
use sha2::{Digest as _, Sha256};
use std::{
    cell::RefCell,
    fs,
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

const RAW: u8 = 0;
const DEFLATED: u8 = 1;
const CHECK: usize = 16;
/// No block is larger: a damaged one cannot fill the memory.
const LARGEST: u64 = 1 << 22;

/// Where a block lies below the folder of blocks.
pub(super) fn path(folder: &Path, hash: &str) -> PathBuf {
    let start = hash.get(..2).unwrap_or("00");
    folder.join(start).join(hash)
}

/// Stores a block unless it is there already; returns its hash and how many bytes were written. Durable with the
/// folder's next sync.
pub(super) fn put(folder: &Path, bytes: &[u8]) -> Result<(String, Option<u64>), Fault> {
    let hash = sha256(bytes);
    let target = path(folder, &hash);
    if target.exists() {
        return Ok((hash, None));
    }
    let mut stored = packed(bytes)?;
    let check = Sha256::digest(&stored);
    stored.extend_from_slice(&check[..CHECK]);
    let part =
        target.with_extension(format!("{}.part", crate::audit::hex(&crate::keys::random_bytes::<4>()?)));
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = fs::File::create_new(&part)?;
    file.write_all(&stored)?;
    file.sync_all()?;
    fs::rename(&part, &target)?;
    Ok((hash, Some(stored.len() as u64)))
}

thread_local! {
    /// A packer has tables of a third of a megabyte: one per thread, not one per block.
    static PACKER: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(3), false));
}

/// The content as it is stored: packed, or as it is if that is not longer.
fn packed(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut stored = Vec::with_capacity(bytes.len() + 1 + CHECK);
    stored.push(DEFLATED);
    let status = PACKER.with_borrow_mut(|packer| {
        packer.reset();
        packer.compress_vec(bytes, &mut stored, FlushCompress::Finish)
    })?;
    if status != Status::StreamEnd {
        stored.clear();
        stored.push(RAW);
        stored.extend_from_slice(bytes);
    }
    Ok(stored)
}

/// Reads a block; what is wrong with it is said in Chinese.
pub(super) fn get(folder: &Path, hash: &str) -> Result<Result<Vec<u8>, String>, Fault> {
    let stored = match fs::read(path(folder, hash)) {
        Ok(stored) => stored,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Err(format!("缺少数据块 {hash}"))),
        Err(error) => return Ok(Err(format!("数据块 {hash} 读不出来：{error}"))),
    };
    let damaged = || format!("数据块 {hash} 已损坏");
    let Some((body, check)) = stored.split_last_chunk::<CHECK>() else { return Ok(Err(damaged())) };
    if Sha256::digest(body)[..CHECK] != check[..] {
        return Ok(Err(damaged()));
    }
    let bytes = match body.split_first() {
        Some((&RAW, bytes)) => bytes.to_vec(),
        Some((&DEFLATED, packed)) => {
            let mut bytes = Vec::new();
            if DeflateDecoder::new(packed).take(LARGEST).read_to_end(&mut bytes).is_err() {
                return Ok(Err(damaged()));
            }
            bytes
        }
        _ => return Ok(Err(damaged())),
    };
    Ok(if sha256(&bytes) == hash { Ok(bytes) } else { Err(damaged()) })
}
