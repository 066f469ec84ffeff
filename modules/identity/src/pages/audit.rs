//! The audit trail: reading, filtering, exporting, checking.

use crate::store::{self, trail::TrailRow};
use crate::trail::Words;
use ::store::{
    Audit,
    audit::{Broken, PERSONAL_READ, verify},
};
use askama::Template;
use axum::response::Response;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/audit.html")]
struct AuditMain {
    listing: Listing,
    rows: Vec<TrailRow>,
    pager: Pager,
    words: Words,
}

/// `GET /audit`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let words = Words::of(&ctx.app);
    let (rows, total) = store::trail::list(&mut tx, &listing, &words).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.at.micros().to_string(), row.id));
    Page::new("审计记录", &AuditMain { listing, rows, pager, words })
}

impl AuditMain {
    fn export_href(&self, path: &str) -> String {
        self.listing.link_to(path, &[])
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }
}

impl TrailRow {
    fn who(&self) -> String {
        match (&self.name, &self.username, self.actor) {
            (Some(name), Some(username), _) => format!("{name}（{username}）"),
            (_, _, Some(actor)) => written(actor),
            _ => "系统或未登录".to_owned(),
        }
    }

    fn what(&self, words: &Words) -> String {
        let number =
            if self.object_id == 0 { String::new() } else { format!(" {}", written(self.object_id)) };
        match &self.about {
            Some(name) => format!("{name}{number}"),
            None => format!("{}{number}", words.get(&self.object).unwrap_or(&self.object)),
        }
    }

    /// The details: reason and fields of a look at personal data in words, everything else as it was written.
    fn more(&self) -> String {
        #[derive(serde::Deserialize)]
        struct Read {
            fields: Vec<String>,
            reason: String,
        }
        if self.details == "{}" {
            return String::new();
        }
        match serde_json::from_str::<Read>(&self.details) {
            Ok(read) if self.action == PERSONAL_READ => {
                format!("理由：{}；字段：{}", read.reason, read.fields.join("、"))
            }
            _ => self.details.clone(),
        }
    }
}

/// A number of a record as addresses write it.
fn written(raw: i64) -> String {
    kernel::Id::<crate::Account>::from_raw(raw).map_or_else(|| raw.to_string(), |id| id.to_string())
}

/// `GET /audit.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_write().await?;
    let words = Words::of(&ctx.app);
    let rows = store::trail::all(&mut tx, &listing, &words, MOST_SHEET).await?;
    let details = serde_json::json!({ "rows": rows.len() });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.export", "audit_row").with(&details));
    tx.commit().await?;
    let sheet = Sheet {
        name: "审计记录".to_owned(),
        title: format!("{}审计记录", ctx.app.settings.bureau),
        subtitle: format!("导出于 {}　共 {} 条", ctx.app.db.wall().now().local(), rows.len()),
        columns: vec![
            SheetColumn::text("时间", 22.0),
            SheetColumn::text("账号", 22.0),
            SheetColumn::text("动作", 30.0),
            SheetColumn::text("对象", 30.0),
            SheetColumn::text("细节", 50.0),
        ],
        rows: rows.iter().map(|row| cells(row, &words)).collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "审计记录.xlsx",
        xlsx(&[sheet])?,
    ))
}

fn cells(row: &TrailRow, words: &Words) -> Vec<Cell> {
    let action =
        words.get(&row.action).map_or_else(|| row.action.clone(), |label| format!("{label} {}", row.action));
    vec![row.at.local().into(), row.who().into(), action.into(), row.what(words).into(), row.more().into()]
}

/// `GET /audit.csv`: the same as plain text, with place in the chain and hash, for filing and for other programs.
pub(crate) async fn export_csv(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let words = Words::of(&ctx.app);
    let mut tx = ctx.begin_write().await?;
    let rows = store::trail::all(&mut tx, &listing, &words, MOST_CSV).await?;
    let details = serde_json::json!({ "rows": rows.len(), "format": "csv" });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.export", "audit_row").with(&details));
    tx.commit().await?;
    // The mark tells Excel and WPS that the text is UTF-8.
    let mut text = String::from("\u{feff}时间,账号,动作,动作代码,对象,对象编号,细节,链,序号,校验值\r\n");
    for row in &rows {
        let number = if row.object_id == 0 { String::new() } else { written(row.object_id) };
        let label = words.get(&row.action).unwrap_or_default();
        let (lane, seq) = (row.lane.to_string(), row.seq.to_string());
        let fields = [
            &row.at.local(),
            &row.who(),
            label,
            &row.action,
            &row.object,
            &number,
            &row.details,
            &lane,
            &seq,
            &row.hash,
        ];
        text.push_str(&fields.map(quoted).join(","));
        text.push_str("\r\n");
    }
    Ok(download("text/csv; charset=utf-8", "审计记录.csv", text.into_bytes()))
}

/// A field of a CSV file; what a spreadsheet would take for a formula gets a quote before it.
fn quoted(text: &str) -> String {
    let live = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\0']);
    format!("\"{}{}\"", if live { "'" } else { "" }, text.replace('"', "\"\""))
}

/// The most rows of a sheet.
const MOST_SHEET: i64 = 20_000;
/// The most rows of a text file.
const MOST_CSV: i64 = 200_000;

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyMain {
    rows: u64,
    broken: Vec<Broken>,
}

/// `GET /audit/verify`
pub(crate) async fn check(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (rows, broken) = verify(&mut tx).await?;
    drop(tx);
    let mut tx = ctx.begin_write().await?;
    let details = serde_json::json!({ "rows": rows, "broken": broken.len() });
    tx.audit(Audit::about(ctx.actor_id(), "identity.audit.verify", "audit_row").with(&details));
    tx.commit().await?;
    Ok(Page::new("校验完整性", &VerifyMain { rows, broken })?.crumb("审计记录", "/audit"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_field_becomes_a_formula() {
        assert_eq!(quoted(r#"{"a":1}"#), r#""{""a"":1}""#);
        for live in ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1"] {
            assert!(quoted(live).starts_with("\"'"), "{live:?}");
        }
    }
}
