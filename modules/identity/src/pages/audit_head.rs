//! The heads of the audit trail: printed, photographed, filed or copied to another machine, they prove later that
//! nothing before was cut off or written anew.

use ::store::{
    Audit,
    audit::{self, Head, Witness},
};
use askama::Template;
use axum::response::Response;
use kernel::{Fault, Moment};
use std::path::Path;
use web::{App, Ctx, Html, Page, Reply, download, qr};

#[derive(Template)]
#[template(path = "pages/audit_head.html")]
struct HeadMain {
    at: Moment,
    region: u32,
    heads: Vec<Head>,
    root: String,
    qr: Html,
    folder: bool,
}

/// `GET /audit/head`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let witness = audit::witness(&mut tx).await?;
    let at = Moment::from_micros(witness.at);
    let text = format!("法润审计链头 {} {} {}", witness.region, at.local(), witness.root);
    let main = HeadMain {
        at,
        region: witness.region,
        heads: witness.heads,
        root: spaced(&witness.root),
        qr: qr::svg(&text)?,
        folder: ctx.app.settings.witness_folder.is_some(),
    };
    Ok(Page::new("审计链头", &main)?.crumb("审计记录", "/audit").narrow())
}

/// Sixteen groups of four, which can be compared by eye.
fn spaced(hash: &str) -> String {
    let groups: Vec<&str> = (0..hash.len()).step_by(4).filter_map(|at| hash.get(at..at + 4)).collect();
    groups.join(" ")
}

/// `GET /audit/head.json`
pub(crate) async fn file(ctx: Ctx) -> Reply<Response> {
    let mut tx = ctx.begin_write().await?;
    let witness = audit::witness(&mut tx).await?;
    let details = serde_json::json!({ "root": witness.root });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.witness", "audit_row").with(&details));
    tx.commit().await?;
    Ok(download("application/json", &name(&witness), written(&witness)?))
}

/// `farun-witness-320412-20220506T0900.json`: names sort by time.
fn name(witness: &Witness) -> String {
    let (day, hour, minute) = Moment::from_micros(witness.at).local_parts();
    let day = day.to_string().replace('-', "");
    format!("farun-witness-{}-{day}T{hour:02}{minute:02}.json", witness.region)
}

fn written(witness: &Witness) -> Result<Vec<u8>, Fault> {
    Ok(serde_json::to_vec_pretty(witness)?)
}

/// The hourly job: the heads go to the folder outside, if one is configured.
pub(crate) async fn keep_witness(app: &App) -> kernel::Result<String> {
    let Some(folder) = app.settings.witness_folder.clone() else {
        return Ok("没有配置外部见证文件夹（farun.toml 的 witness），没有写。".to_owned());
    };
    let mut tx = app.db.begin_read().await?;
    let witness = audit::witness(&mut tx).await?;
    drop(tx);
    let name = name(&witness);
    let bytes = written(&witness)?;
    let file = name.clone();
    tokio::task::spawn_blocking(move || write(&folder, &file, &bytes)).await??;
    Ok(format!("已写入外部见证 {name}。"))
}

/// Writes the whole file or nothing of it: under another name first, durable, then renamed.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Fault> {
    use std::io::Write as _;
    let aside = folder.join(format!(".{name}.part"));
    let written = std::fs::File::create(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, folder.join(name))?;
        std::fs::File::open(folder)?.sync_all()
    });
    written
        .map_err(|error| Fault::from(error).context(format!("外部见证文件夹 {} 写不进去", folder.display())))
}
