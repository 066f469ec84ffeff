//! Logging a month of visits to several villages: one box per village and day.

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
use web::{Ctx, Form, Listing, Page, Reply};

struct Cell {
    value: String,
    number: i8,
    weekday: &'static str,
    label: String,
    checked: bool,
    /// A visit of that day is in the book already.
    done: bool,
    weekend: bool,
}

struct Row {
    id: String,
    name: String,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "pages/month.html")]
struct MonthMain {
    form: Form,
    title: String,
    month: String,
    previous: String,
    next: Option<String>,
    rows: Vec<Row>,
    kinds: Vec<(String, String)>,
}

/// With more villages than this the grid is no help: the person keys in for a whole town.
const MOST: usize = 60;

/// `GET /services/month?month=2022-05`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let month = Listing::of(&ctx.uri).get("month").map(str::to_owned);
    let form =
        ctx.form(&[("month", month.as_deref().unwrap_or_default()), ("kind", ServiceKind::Visit.as_str())]);
    let mut tx = ctx.begin_read().await?;
    show(&ctx, &mut tx, form).await
}

fn first_of(form: &Form, today: Day) -> Day {
    let first = format!("{}-01", form.get("month")).parse::<Day>().unwrap_or(today).first_of_month();
    first.min(today.first_of_month())
}

async fn show(ctx: &Ctx, tx: &mut Tx, form: Form) -> Reply<Page> {
    let today = ctx.today();
    let first = first_of(&form, today);
    let field = Field::of(tx, ctx.actor()?).await?;
    if field.units.is_empty() {
        return ctx.notice(
            "还没有可登记的村（社区）",
            "您名下没有在聘的村（社区）。如有疑问，请联系司法所或业务主管。",
            "/desk",
            "回到工作台",
        );
    }
    let units: Vec<_> = field.units.iter().take(MOST).map(|unit| unit.id).collect();
    let logged = services::visited(tx, first, first.last_of_month(), &units).await?;
    let length = first.days_until(first.last_of_month());
    let rows = field
        .units
        .iter()
        .take(MOST)
        .map(|unit| Row {
            id: unit.id.to_string(),
            name: unit.short_name.clone(),
            cells: (0..=length)
                .map(|offset| first.add_days(offset))
                .filter(|day| *day <= today)
                .map(|day| {
                    let value = format!("{}_{day}", unit.id);
                    Cell {
                        number: day.day(),
                        weekday: short_weekday(day),
                        label: format!("{} {}月{}日", unit.short_name, day.month(), day.day()),
                        checked: form.has("d", &value),
                        done: logged.contains(&(unit.id, day)),
                        weekend: day.weekday() > 5,
                        value,
                    }
                })
                .collect(),
        })
        .collect();
    let key = |day: Day| day.to_string()[..7].to_owned();
    let next = first.add_months(1);
    let main = MonthMain {
        title: format!("{}年{}月", first.year(), first.month()),
        month: key(first),
        previous: key(first.add_days(-1)),
        next: (next <= today).then(|| key(next)),
        rows,
        kinds: pages::kinds(),
        form,
    };
    Ok(Page::new("按月勾选上门服务", &main)?.crumb("服务记录", "/services").answering(&main.form))
}

fn short_weekday(day: Day) -> &'static str {
    ["一", "二", "三", "四", "五", "六", "日"]
        .get(usize::try_from(day.weekday() - 1).unwrap_or(0))
        .copied()
        .unwrap_or("")
}

/// `POST /services/month`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, count)) => ctx.see_other(tx, "/services", &format!("已记下 {count} 次服务。")).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            Ok(show(&ctx, &mut tx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, usize)> {
    let mut tx = ctx.begin_read().await?;
    let field = Field::of(&mut tx, ctx.actor()?).await?;
    drop(tx);
    let kind = form.parse("kind", |text| ServiceKind::from_text(text).ok_or("请选择服务方式"));
    let note = form.need("note", "请用一句话写明主要内容");
    let mut entries = Vec::new();
    for value in form.all("d").into_iter().map(str::to_owned).collect::<Vec<_>>() {
        let Some((unit, day)) = value
            .rsplit_once('_')
            .and_then(|(unit, day)| Some((unit.parse().ok()?, day.parse::<Day>().ok()?)))
        else {
            return Err(Refusal::invalid("勾选的内容无法识别，请刷新页面后重试。").into());
        };
        if !field.units.iter().any(|row| row.id == unit) {
            return Err(Refusal::invalid("勾选了不属于您的村（社区），请刷新页面后重试。").into());
        }
        let deed = Deed {
            kind: kind.unwrap_or(ServiceKind::Visit),
            quantity: 1,
            happened_on: day,
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: note.clone(),
        };
        entries.push(Entry { unit, deed, own: field.own });
    }
    if entries.is_empty() {
        form.error("d", "请勾选服务过的日期");
    }
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let ids = log_service(&mut tx, ctx.actor_id(), &entries, ctx.now()).await?;
    Ok((tx, ids.len()))
}
