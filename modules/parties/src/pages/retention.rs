//! How long personal data is kept: the kinds with their numbers, what will be purged, holding back, changing a period.

use crate::{
    actions::{decide_retention, retain},
    person::RestrictionRow,
    retention::{Due, Mark, MarkRow, MarkState, PeriodRow, RetentionPolicy, WARN_DAYS, cutoff},
    store::{retention, standing},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/retention.html")]
struct RetentionMain {
    form: Form,
    kinds: Vec<Kind>,
    marks: Vec<Line>,
    pager: Pager,
    restricted: Vec<RestrictionRow>,
    warn_days: i64,
    /// The marked record whose form was refused; empty if none was.
    refused: String,
}

/// A kind of data with what stands.
struct Kind {
    policy: RetentionPolicy,
    months: i64,
    basis: String,
    kept: i64,
    soon: i64,
    marked: i64,
    held: i64,
    purged: i64,
}

/// A marked record as the list shows it.
struct Line {
    row: MarkRow,
    title: &'static str,
    record: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/retention_edit.html")]
struct EditMain {
    form: Form,
    policy: RetentionPolicy,
    periods: Vec<PeriodRow>,
}

/// Counts beyond this are not worth the wait.
const SOON_CAP: i64 = 1000;
/// "Soon" is within so many months.
const SOON_MONTHS: i64 = 3;

async fn kinds(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Kind>> {
    let today = ctx.today();
    let counts = retention::counts(tx).await?;
    let mut kinds = Vec::new();
    for policy in retain::policies(&ctx.app) {
        let period = retention::period(tx, policy.key, today).await?;
        let months = period.as_ref().map_or(policy.months, |period| period.months);
        let soon = Due {
            before: cutoff(today, (months - SOON_MONTHS).max(0)),
            after: i64::MIN,
            upto: i64::MAX,
            limit: SOON_CAP,
        };
        let soon = i64::try_from((policy.due)(&ctx.app, tx, soon).await?.len()).unwrap_or(SOON_CAP);
        let count = |state| {
            counts
                .iter()
                .find(|(key, s, _)| key == policy.key && *s == state)
                .map_or(0, |(_, _, number)| *number)
        };
        let (marked, held) = (count(MarkState::Marked), count(MarkState::Held));
        kinds.push(Kind {
            months,
            basis: period.map_or(policy.basis.to_owned(), |period| period.basis),
            kept: (policy.kept)(tx).await?,
            soon: (soon - marked - held).max(0),
            marked,
            held,
            purged: count(MarkState::Purged),
            policy,
        });
    }
    Ok(kinds)
}

fn lines(ctx: &Ctx, rows: Vec<MarkRow>) -> Vec<Line> {
    let policies = retain::policies(&ctx.app);
    rows.into_iter()
        .map(|row| {
            let policy = policies.iter().find(|policy| policy.key == row.policy);
            let record = Id::<()>::from_raw(row.object_id).map_or(String::new(), |id| id.to_string());
            Line {
                title: policy.map_or("", |policy| policy.title),
                href: policy.and_then(|policy| policy.href).map(|href| href(row.object_id)),
                record,
                row,
            }
        })
        .collect()
}

/// `GET /retention`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    page(&ctx, ctx.form(&[]), String::new()).await
}

async fn page(ctx: &Ctx, form: Form, refused: String) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let kinds = kinds(ctx, &mut tx).await?;
    let total = kinds.iter().map(|kind| kind.marked + kind.held).sum();
    let after = listing.cursor.as_ref().filter(|cursor| !cursor.back);
    let after = after.and_then(|cursor| Some((Day::parse(&cursor.value).ok()?, cursor.id)));
    let rows = retention::list(&mut tx, None, after, listing.size + 1).await?;
    let (rows, mut pager) = listing.page(rows, total, |row| (row.purge_on.to_string(), row.id.raw()));
    // The list is short and goes forward only; the browser goes back.
    pager.previous = None;
    let main = RetentionMain {
        form,
        kinds,
        marks: lines(ctx, rows),
        pager,
        restricted: standing::restricted_now(&mut tx).await?,
        warn_days: WARN_DAYS,
        refused,
    };
    Ok(Page::new("个人信息保存期限", &main)?.answering(&main.form))
}

/// `GET /retention.xlsx`: numbers of records and days, no personal data.
pub(crate) async fn export(ctx: Ctx) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let rows = web::exported(retention::list(&mut tx, None, None, web::EXPORT_CAP + 1).await?)?;
    let cells = lines(&ctx, rows)
        .into_iter()
        .map(|line| -> Vec<Cell> {
            vec![
                line.title.into(),
                line.record.into(),
                line.row.since.to_string().into(),
                line.row.marked_on.to_string().into(),
                line.row.purge_on.to_string().into(),
                line.row.state.label().into(),
                line.row.hold_reason.into(),
            ]
        })
        .collect();
    let sheet = Sheet {
        name: "到期清单".to_owned(),
        title: format!("{}个人信息到期清单", ctx.app.settings.district),
        subtitle: format!("截至 {}　只有记录编号，不含个人信息", ctx.today().chinese()),
        columns: [
            ("类别", 18.0),
            ("记录编号", 20.0),
            ("期限起算", 13.0),
            ("标记日期", 13.0),
            ("清除日期", 13.0),
            ("状态", 10.0),
            ("暂缓理由", 30.0),
        ]
        .into_iter()
        .map(|(title, width)| SheetColumn::text(title, width))
        .collect(),
        rows: cells,
    };
    Ok(workbook("个人信息到期清单.xlsx", &[sheet])?)
}

fn policy(ctx: &Ctx, key: &str) -> Result<RetentionPolicy> {
    let found = retain::policies(&ctx.app).into_iter().find(|policy| policy.key == key);
    Ok(found.ok_or(decide_retention::RetentionRefusal::UnknownPolicy)?)
}

/// `GET /retention/{key}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    let policy = policy(&ctx, &key)?;
    let mut tx = ctx.begin_read().await?;
    let period = retention::period(&mut tx, policy.key, ctx.today()).await?;
    drop(tx);
    let (months, basis) =
        period.map_or((policy.months, policy.basis.to_owned()), |period| (period.months, period.basis));
    let from = ctx.today().to_string();
    let form = ctx.form(&[("months", &months.to_string()), ("basis", &basis), ("valid_from", &from)]);
    edit_page(&ctx, policy, form).await
}

async fn edit_page(ctx: &Ctx, policy: RetentionPolicy, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let main = EditMain { periods: retention::periods(&mut tx, policy.key).await?, policy, form };
    let page = Page::new(format!("{}的保存期限", policy.title), &main)?;
    Ok(page.crumb("个人信息保存期限", "/retention").narrow().answering(&main.form))
}

/// `POST /retention/{key}/edit`
pub(crate) async fn save(ctx: Ctx, Path(key): Path<String>, mut form: Form) -> Reply {
    let policy = policy(&ctx, &key)?;
    match try_save(&ctx, &policy, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/retention", "已保存保存期限。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(edit_page(&ctx, policy, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, policy: &RetentionPolicy, form: &mut Form) -> Result<Tx> {
    let months = form.parse("months", |text| text.parse::<i64>().map_err(|_| "请填写 1 到 1200 之间的月数"));
    form.need("months", "请填写月数");
    let basis = form.text("basis", 200);
    form.need("basis", "请写明依据，例如法律条文或本局文件");
    let from = form.parse("valid_from", Day::parse);
    form.need("valid_from", "请填写生效日期");
    form.check()?;
    let (Some(months), Some(from)) = (months, from) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let mut tx = ctx.begin_write().await?;
    decide_retention::set_period(&mut tx, ctx.actor()?, policy, months, &basis, from, ctx.today()).await?;
    Ok(tx)
}

/// `POST /retention/marked/{id}/hold`
pub(crate) async fn hold(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_turn(&ctx, &id, &mut form, true).await {
        Ok(tx) => ctx.see_other(tx, "/retention", "已暂缓，不会清除，直到您让它继续。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form, id).await?.into_response())
        }
    }
}

/// `POST /retention/marked/{id}/resume`
pub(crate) async fn resume(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_turn(&ctx, &id, &mut form, false).await {
        Ok(tx) => ctx.see_other(tx, "/retention", "已恢复，重新等满预告期后清除。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form, id).await?.into_response())
        }
    }
}

async fn try_turn(ctx: &Ctx, id: &str, form: &mut Form, hold: bool) -> Result<Tx> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let reason = form.text("reason", 100);
    if hold {
        form.need("reason", "请写明暂缓的理由");
    }
    form.check()?;
    let id: Id<Mark> = id.parse().map_err(|_| decide_retention::RetentionRefusal::Unknown)?;
    let mut tx = ctx.begin_write().await?;
    if hold {
        decide_retention::hold(&mut tx, ctx.actor()?, id, version, &reason).await?;
    } else {
        decide_retention::resume(&mut tx, ctx.actor()?, id, version, ctx.today()).await?;
    }
    Ok(tx)
}
