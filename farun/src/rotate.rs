//! `farun rotate-key`: a new master key takes over while the server runs, and the old one goes when nothing needs it.

use crate::{cli::say, modules, sealed_fields};
use kernel::{Fault, Refusal};
use store::{
    Audit, Db, DigestField,
    keys::Suite,
    sealed::{KeyUse, key_use, reblind, reseal_some},
};

/// What is to be done with the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
#[group(skip)]
pub struct RotateKey {
    /// aes (AES-256-GCM) or sm4 (SM4-GCM); the suite of the current key unless given.
    #[arg(long, value_parser = suite)]
    pub suite: Option<Suite>,
    /// Only adds the new key to master.key, without using it. With several nodes: add it on one, copy keys/master.key
    /// to all others, then run rotate-key.
    #[arg(long, conflicts_with = "retire")]
    pub prepare: bool,
    /// Removes all keys that seal nothing any more. Keep a copy of them as long as you keep backups made under them.
    #[arg(long)]
    pub retire: bool,
}

fn suite(name: &str) -> Result<Suite, String> {
    Suite::from_name(name).ok_or_else(|| "aes or sm4".to_owned())
}

/// Does it; says what happens.
///
/// # Errors
/// A refusal if old keys are still in use; a fault if a value cannot be opened or the database not be written. What
/// was done stays, and the same command goes on from there.
pub async fn rotate(db: &Db, what: RotateKey) -> kernel::Result<()> {
    if what.retire {
        return retire(db).await;
    }
    let keys = db.keys().keys()?;
    let current = db.keys().current()?;
    let newest = keys.iter().map(|(id, _)| *id).max().unwrap_or(current);
    let behind = used_behind(db, current).await?;
    let key = if newest > current {
        // Added by --prepare.
        say(&format!("第 {newest} 号密钥已在 master.key 里，现在启用。"));
        newest
    } else if behind && !what.prepare {
        say(&format!("上次更换没有做完，接着换到第 {current} 号密钥。"));
        current
    } else {
        let same = keys.iter().find(|(id, _)| *id == current).map_or(Suite::Aes, |(_, suite)| *suite);
        let suite = what.suite.unwrap_or(same);
        let added = db.keys().add(suite)?;
        say(&format!("已加入第 {added} 号密钥（{}）。", suite.name()));
        added
    };
    if what.prepare {
        say("还没有启用。请把 keys/master.key 复制到其他节点，再运行 farun rotate-key。");
        return Ok(());
    }
    if key != current {
        db.keys().make_current(key)?;
        let mut tx = db.begin_write().await?;
        tx.audit(Audit::about(None, "farun.key.rotate", "key").with(&serde_json::json!({ "key": key })));
        tx.commit().await?;
    }
    let mut passes = 0;
    // A request that was under way may have sealed with the old key: go round until nothing is left.
    while reseal_all(db, passes == 0).await? > 0 && passes < 5 {
        passes += 1;
    }
    for field in sealed_fields() {
        let changed = reblind(db, &field).await?;
        if changed > 0 {
            say(&format!("{}：查找索引 {changed} 条已换。", field.field));
        }
    }
    let found = look(db, false).await?;
    report(&found)?;
    say(
        "已全部换到新密钥，服务不必停。确认无误并另存好旧密钥后，可运行 farun rotate-key --retire 停用旧密钥。",
    );
    Ok(())
}

async fn reseal_all(db: &Db, aloud: bool) -> Result<u64, Fault> {
    let mut all = 0;
    for field in sealed_fields() {
        let mut after = i64::MIN;
        let mut changed = 0;
        while let Some((last, more)) = reseal_some(db, &field, after).await? {
            after = last;
            changed += more;
        }
        if aloud {
            say(&format!("{}：{changed} 个值已换。", field.field));
        }
        all += changed;
    }
    Ok(all)
}

/// Whether something still needs another key than the current one.
async fn used_behind(db: &Db, current: u8) -> Result<bool, Fault> {
    let found = look(db, false).await?;
    Ok(db.keys().keys()?.iter().any(|(id, _)| *id != current && !found.is_free(*id)))
}

async fn look(db: &Db, deep: bool) -> Result<KeyUse, Fault> {
    let mut tx = db.begin_read().await?;
    key_use(&mut tx, &sealed_fields(), deep).await
}

fn report(found: &KeyUse) -> kernel::Result<()> {
    for (key, count) in &found.sealed {
        say(&format!("第 {key} 号密钥：{count} 个值。"));
    }
    if let Some((field, id)) = found.broken.first() {
        return Err(Refusal::conflict(format!(
            "有 {} 个密封值打不开或与查找索引不符，第一个是 {field}（{id}）；请先恢复它们，旧密钥不要删",
            found.broken.len()
        ))
        .into());
    }
    Ok(())
}

async fn retire(db: &Db) -> kernel::Result<()> {
    let found = look(db, true).await?;
    report(&found)?;
    let current = db.keys().current()?;
    let digests: Vec<DigestField> = modules()
        .iter()
        .flat_map(|module| &module.extensions)
        .filter_map(|extension| extension.get::<DigestField>().copied())
        .collect();
    let others: Vec<u8> =
        db.keys().keys()?.into_iter().map(|(id, _)| id).filter(|id| *id != current).collect();
    if others.is_empty() {
        say("没有可以停用的旧密钥。");
        return Ok(());
    }
    for id in others {
        if !found.is_free(id) {
            return Err(Refusal::conflict(format!(
                "第 {id} 号密钥还在用；请先运行 farun rotate-key 把值换到新密钥"
            ))
            .into());
        }
        db.keys().retire(id, &digests)?;
        let mut tx = db.begin_write().await?;
        tx.audit(Audit::about(None, "farun.key.retire", "key").with(&serde_json::json!({ "key": id })));
        tx.commit().await?;
        say(&format!("第 {id} 号密钥已停用。用它做过的旧备份仍要用它才能打开密封内容，请另存好。"));
    }
    say("请重启服务。已打开还没提交的表单会要求重新提交一次；登录不受影响。");
    Ok(())
}
