//! What was sent to people outside, for managers: states, reasons, once more, stop, export.

use crate::{
    SETTINGS,
    message::{Message, State, Template as Text},
    store::messages::{self, MessageRow},
};
use ::store::{Audit, Tx};
use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Fault, Id, Moment, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/messages.html")]
struct MessagesMain {
    form: Form,
    listing: Listing,
    templates: Vec<Text>,
    lines: Vec<Line>,
    pager: Pager,
    provider: Option<String>,
    may_set: bool,
}

struct Line {
    row: MessageRow,
    title: String,
    phone: String,
    /// Whether it can wait once more.
    again: bool,
}

fn title(templates: &[Text], name: &str) -> String {
    templates
        .iter()
        .find(|text| text.name == name)
        .map_or_else(|| name.to_owned(), |text| text.title.to_owned())
}

fn line(ctx: &Ctx, templates: &[Text], row: MessageRow) -> Result<Line, Fault> {
    Ok(Line {
        title: title(templates, &row.template),
        phone: row.masked(&ctx.app.db)?,
        again: matches!(row.state, State::Failed | State::Cancelled)
            && row.phone_sealed.is_some()
            && row.values_sealed.is_some(),
        row,
    })
}

/// `GET /messages`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let templates = crate::templates(&ctx.app);
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = messages::list(&mut tx, &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.created_at.micros().to_string(), row.id.raw()));
    let lines = rows.into_iter().map(|row| line(&ctx, &templates, row)).collect::<Result<_, Fault>>()?;
    let provider = crate::sms(&ctx.app).map(|sms| format!("{}，签名【{}】", sms.name(), sms.sign()));
    let may_set = ctx.actor()?.may(SETTINGS);
    let form = ctx.form(&[]);
    Page::new("短信", &MessagesMain { form, listing, templates, lines, pager, provider, may_set })
}

/// `GET /messages.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let templates = crate::templates(&ctx.app);
    let mut tx = ctx.begin_read().await?;
    let rows = messages::whole_list(&mut tx, &listing).await?;
    let columns = [
        ("编号", 16.0),
        ("用途", 24.0),
        ("号码", 16.0),
        ("状态", 10.0),
        ("写入时间", 18.0),
        ("发出或终止时间", 18.0),
        ("尝试次数", 10.0),
        ("服务商流水号", 24.0),
        ("原因", 40.0),
    ];
    let mut cells = Vec::new();
    for row in rows {
        let line = line(&ctx, &templates, row)?;
        cells.push(vec![
            line.row.id.to_string().into(),
            line.title.into(),
            line.phone.into(),
            line.row.state.label().into(),
            line.row.created_at.local().into(),
            line.row.done_at.map_or(String::new(), Moment::local).into(),
            line.row.attempts.to_string().into(),
            line.row.provider_number.into(),
            Cell::from(line.row.reason),
        ]);
    }
    let sheet = Sheet {
        name: "短信".to_owned(),
        title: format!("{}短信发送清单", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条", ctx.today().chinese(), cells.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: cells,
    };
    Ok(workbook("短信发送清单.xlsx", &[sheet])?)
}

const OBJECT: &str = "outreach_message";
/// A message that is sent once more has a day for it.
const ONCE_MORE: i64 = 86_400;

async fn find(tx: &mut Tx, id: &str) -> Result<MessageRow> {
    let missing = || Refusal::not_found("没有这条短信。");
    let id: Id<Message> = id.parse().map_err(|_| missing())?;
    Ok(messages::message(tx, id).await?.ok_or_else(missing)?)
}

/// `POST /messages/{id}/retry`
pub(crate) async fn retry(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&mut tx, &id).await?;
    let now = ctx.app.db.wall().now();
    if !messages::retry(&mut tx, row.id, now, now.plus_seconds(ONCE_MORE)).await? {
        return Err(Refusal::conflict(
            "只有失败或者取消、内容还没有清除的短信可以重新发送。请刷新看最新状态。",
        )
        .into());
    }
    tx.audit(Audit::new(ctx.actor_id(), "outreach.message.retry", OBJECT, row.id));
    ctx.see_other(tx, "/messages", "一分钟内重新发送。").await
}

/// `POST /messages/{id}/cancel`
pub(crate) async fn cancel(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&mut tx, &id).await?;
    let now = ctx.app.db.wall().now();
    if !messages::cancel(&mut tx, row.id, "人工取消", now).await? {
        return Err(Refusal::conflict("这条短信已经发出、正在发送或者已经取消。请刷新看最新状态。").into());
    }
    tx.audit(Audit::new(ctx.actor_id(), "outreach.message.cancel", OBJECT, row.id));
    ctx.see_other(tx, "/messages", "已取消，不会发出。").await
}

impl MessagesMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.get(name) == Some(value)
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/messages.xlsx", &[])
    }
}
