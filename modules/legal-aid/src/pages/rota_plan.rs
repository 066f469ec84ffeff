//! Drawing a month of the rota up: places and lawyers are chosen, the month is looked at, and published as it was looked at.

use super::rota::{month_of, month_text};
use crate::{
    actions::rota::{Drawn, Plan, RotaRefusal, draw, publish},
    rota::Slot,
    store::turns::{self, PostRow, Practising},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use counsel::Lawyer;
use kernel::{Day, Id, Result};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/rota_plan.html")]
struct PlanMain {
    form: Form,
    posts: Vec<PostRow>,
    /// Those who practise, by firm.
    firms: Vec<(String, Vec<Practising>)>,
    preview: Option<Preview>,
}

/// A month as it would be published.
struct Preview {
    title: String,
    fingerprint: String,
    lines: Vec<Shown>,
    /// Name, turns of this year before, of this month, together.
    counts: Vec<(String, i64, i64, i64)>,
    gaps: usize,
    turns: usize,
    left_out: usize,
}

struct Shown {
    slot: Slot,
    organ: String,
    name: Option<String>,
}

/// Whoever sat within so many months is ticked at first.
const LATELY: i32 = 3;

/// `GET /aid/rota/plan`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let today = ctx.today();
    let mut tx = ctx.begin_read().await?;
    let month = match listing.get("month") {
        Some(text) => month_of(Some(text), today),
        None => today.first_of_month().add_months(1),
    };
    let month = month_text(month.max(today.first_of_month()));
    let posts: Vec<String> = turns::posts(&mut tx)
        .await?
        .iter()
        .filter(|post| post.is_active())
        .map(|post| post.id.to_string())
        .collect();
    let sat = turns::sat(&mut tx, today.add_months(-LATELY), today.add_months(LATELY)).await?;
    let lawyers: Vec<String> = sat.iter().map(|sat| sat.lawyer_id.to_string()).collect();
    drop(tx);
    let mut known = vec![("month", month.as_str())];
    known.extend(posts.iter().map(|id| ("posts", id.as_str())));
    known.extend(lawyers.iter().map(|id| ("lawyers", id.as_str())));
    let form = ctx.form(&known);
    show(&ctx, form, None).await
}

async fn show(ctx: &Ctx, form: Form, preview: Option<Preview>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let posts = turns::posts(&mut tx).await?.into_iter().filter(PostRow::is_active).collect();
    let mut firms: Vec<(String, Vec<Practising>)> = Vec::new();
    for lawyer in turns::practising(&mut tx).await? {
        match firms.last_mut().filter(|(firm, _)| *firm == lawyer.firm_name) {
            Some((_, lawyers)) => lawyers.push(lawyer),
            None => firms.push((lawyer.firm_name.clone(), vec![lawyer])),
        }
    }
    let main = PlanMain { form, posts, firms, preview };
    Ok(Page::new("排班", &main)?
        .crumb("法律援助", "/aid")
        .crumb("值班排班", "/aid/rota")
        .answering(&main.form))
}

fn read(form: &mut Form, today: Day) -> Result<Plan> {
    form.need("month", "请选择月份");
    let month = form.parse("month", |text| Day::parse(&format!("{text}-01")).map_err(|_| "请选择月份"));
    let posts = form.ids("posts", "请重新选择值班点");
    let lawyers: Vec<Id<Lawyer>> = form.ids("lawyers", "请重新选择律师");
    if posts.is_empty() {
        form.error("posts", "请至少选一个值班点");
    }
    if lawyers.is_empty() {
        form.error("lawyers", "请至少选一位轮值律师");
    }
    form.check()?;
    Ok(Plan { month: month.unwrap_or(today), posts, lawyers })
}

/// `POST /aid/rota/plan`: shows the month, or publishes it as it was shown.
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    if form.get("step") == "publish" {
        return match try_publish(&ctx, &mut form).await {
            Ok((tx, month, many)) => {
                let done = format!("已公布，共 {many} 次值班。");
                ctx.see_other(tx, &format!("/aid/rota?month={month}"), &done).await
            }
            Err(error) => {
                ctx.refused(error, &mut form)?;
                let preview = preview(&ctx, &mut form).await.ok();
                Ok(show(&ctx, form, preview).await?.into_response())
            }
        };
    }
    match preview(&ctx, &mut form).await {
        Ok(preview) => Ok(show(&ctx, form, Some(preview)).await?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, None).await?.into_response())
        }
    }
}

async fn preview(ctx: &Ctx, form: &mut Form) -> Result<Preview> {
    let plan = read(form, ctx.today())?;
    let mut tx = ctx.begin_read().await?;
    let Drawn { roster, sitters, left_out } = draw(&mut tx, &plan, ctx.today()).await?;
    let posts = turns::posts(&mut tx).await?;
    let lawyers = turns::practising(&mut tx).await?;
    let name_of = |id: Id<Lawyer>| {
        lawyers.iter().find(|lawyer| lawyer.id == id).map_or(String::new(), |lawyer| lawyer.name.clone())
    };
    let organ_of = |slot: &Slot| {
        posts.iter().find(|post| post.id == slot.post).map_or(String::new(), |post| post.organ.clone())
    };
    let counts = roster.counts();
    let counts = sitters
        .iter()
        .map(|sitter| {
            let now = counts.get(&sitter.id.raw()).copied().unwrap_or(0);
            (name_of(sitter.id), sitter.before, now, sitter.before + now)
        })
        .collect();
    let lines = roster.lines.iter();
    let lines =
        lines.map(|(slot, lawyer)| Shown { slot: *slot, organ: organ_of(slot), name: lawyer.map(name_of) });
    Ok(Preview {
        title: format!("{}年{}月", plan.month.year(), plan.month.month()),
        fingerprint: roster.fingerprint(),
        lines: lines.collect(),
        counts,
        gaps: roster.gaps(),
        turns: roster.lines.len() - roster.gaps(),
        left_out,
    })
}

async fn try_publish(ctx: &Ctx, form: &mut Form) -> Result<(Tx, String, usize)> {
    let plan = read(form, ctx.today())?;
    let seen = form.get("seen").to_owned();
    if seen.is_empty() {
        return Err(RotaRefusal::Changed.into());
    }
    let mut tx = ctx.begin_write().await?;
    let many = publish(&mut tx, ctx.actor()?, &plan, Some(&seen), ctx.now()).await?;
    Ok((tx, month_text(plan.month), many))
}

impl PlanMain {
    fn has(&self, name: &str, id: String) -> bool {
        self.form.has(name, &id)
    }

    /// Whether one of a firm is ticked.
    fn any(&self, lawyers: &[Practising]) -> bool {
        lawyers.iter().any(|lawyer| self.form.has("lawyers", &lawyer.id.to_string()))
    }

    fn month_value(&self) -> &str {
        self.form.get("month")
    }
}
