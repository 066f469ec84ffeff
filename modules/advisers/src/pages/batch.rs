//! Logging a day's answers in a WeChat group at once: how many of each matter.

use crate::{
    Deed, Entry, ServiceKind,
    actions::log_service::log_service,
    pages::{self, Field},
    store::services,
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

/// Codes of the matters that villagers ask about most, in this order.
const USUAL: [&str; 9] = ["Q37", "L-NEI", "Q44", "L-HOME", "L-LAND", "L-LAB", "L-INH", "L-PRO", "Q35"];
/// Code of 其他.
const OTHER: &str = "L-OTH";

struct Line {
    code: String,
    name: String,
    count: String,
}

#[derive(Template)]
#[template(path = "pages/batch.html")]
struct BatchMain {
    form: Form,
    units: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    lines: Vec<Line>,
    more: Vec<Line>,
    more_open: bool,
    many: bool,
    rendered: (Day, i64),
}

/// `GET /services/batch`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let mut form =
        ctx.form(&[("happened_on", &ctx.today().to_string()), ("kind", ServiceKind::Wechat.as_str())]);
    if let Some(lawyer) = ctx.actor()?.subject
        && let Some((unit, _)) = services::last_logged(&mut tx, lawyer).await?
    {
        form.set("unit", &unit.to_string());
    }
    show(&ctx, &mut tx, form).await
}

async fn show(ctx: &Ctx, tx: &mut Tx, mut form: Form) -> Reply<Page> {
    let field = Field::of(tx, ctx.actor()?).await?;
    if field.units.is_empty() {
        return ctx.notice(
            "还没有可登记的村（社区）",
            "您名下没有在聘的村（社区）。如有疑问，请联系司法所或业务主管。",
            "/desk",
            "回到工作台",
        );
    }
    let units = field.options();
    if units.len() == 1 {
        form.set("unit", &units[0].0);
    }
    let mut lines: Vec<Line> = pages::terms(tx, "consult_topic", ctx)
        .await?
        .into_iter()
        .map(|(code, name)| Line { count: form.get(&format!("n-{code}")).to_owned(), code, name })
        .collect();
    // What villagers ask most stands first; the ministry's other items wait behind.
    lines.retain(|line| line.code != OTHER);
    let rank = |line: &Line| USUAL.iter().position(|code| *code == line.code).unwrap_or(USUAL.len());
    lines.sort_by_key(rank);
    let more = lines.split_off(lines.iter().take_while(|line| rank(line) < USUAL.len()).count());
    lines.push(Line {
        count: form.get(&format!("n-{OTHER}")).to_owned(),
        code: OTHER.to_owned(),
        name: "其他".to_owned(),
    });
    let more_open = more.iter().any(|line| !line.count.is_empty());
    let kinds = pages::kinds().into_iter().filter(|(kind, _)| kind == "wechat" || kind == "phone").collect();
    let (many, rendered) = (units.len() > 12, pages::rendered(ctx));
    let main = BatchMain { many, units, kinds, lines, more, more_open, rendered, form };
    Ok(Page::new("批量记微信群咨询", &main)?.crumb("服务记录", "/services").narrow().answering(&main.form))
}

/// `POST /services/batch`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, count)) => ctx.see_other(tx, "/services", &format!("已记下 {count} 次咨询。")).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            Ok(show(&ctx, &mut tx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, i64)> {
    let mut tx = ctx.begin_read().await?;
    let (unit, own) = Field::named(&mut tx, ctx.actor()?, form).await?;
    let terms = pages::terms(&mut tx, "consult_topic", ctx).await?;
    drop(tx);
    let day = form.parse("happened_on", Day::parse);
    if day.is_none() && form.get("happened_on").is_empty() {
        form.error("happened_on", "请填写发生日期");
    }
    let kind = form
        .parse("kind", |text| ServiceKind::from_text(text).ok_or("请选择服务方式"))
        .unwrap_or(ServiceKind::Wechat);
    let note = form.text("note", crate::service::NOTE_MAX);
    let mut rows = Vec::new();
    for (code, name) in terms.iter().map(|(code, name)| (code.as_str(), name.as_str())) {
        let field = format!("n-{code}");
        let count = form.parse(&field, |text| {
            kernel::to_half_width(text)
                .parse::<i64>()
                .ok()
                .filter(|n| (0..=200).contains(n))
                .ok_or_else(|| format!("“{name}”的次数请填 0 到 200 的整数"))
        });
        if let Some(count) = count.filter(|count| *count > 0) {
            rows.push((code.to_owned(), name.to_owned(), count));
        }
    }
    if rows.is_empty() {
        form.error("n-first", "请至少在一个事项后面填写次数");
    }
    form.check()?;
    let (Some(unit), Some(happened_on)) = (unit, day) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let total = rows.iter().map(|row| row.2).sum();
    let entries: Vec<Entry> = rows
        .into_iter()
        .map(|(matter, name, quantity)| {
            let note = if note.is_empty() { format!("{}：{name}", kind.label()) } else { note.clone() };
            let deed =
                Deed { kind, quantity, happened_on, people: quantity, matter, campaign: String::new(), note };
            Entry { unit, deed, own }
        })
        .collect();
    let mut tx = ctx.begin_write().await?;
    log_service(&mut tx, ctx.actor_id(), &entries, ctx.now()).await?;
    Ok((tx, total))
}
