//! Subsidies: approving one, the standards, the list for the finance office, and what was paid.

use super::{find, matter_name, matters};
use crate::{
    SUBSIDY,
    act::Act,
    actions::{
        do_act::{ActRefusal, Saying, do_act, may},
        subsidies::{NewStandard, pay_all, set_standard},
    },
    particulars::Domain,
    store::{
        Entry,
        subsidies::{self, StandardRow, SubsidyRow},
    },
    subsidy::{MOST, Subsidy, SubsidyKind, standard_on, usual_kind},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/subsidy.html")]
struct ApproveMain {
    form: Form,
    entry: Entry,
    applicant: String,
    matter: String,
    result: String,
    kinds: Vec<(String, String)>,
    no_standard: bool,
}

/// `GET /aid/{id}/subsidy`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    may(ctx.actor()?, &entry, Act::Price)?;
    drop(tx);
    let kind = usual_kind(entry.settled().domain == Domain::Criminal, &entry.result);
    let version = entry.version.to_string();
    let known = [("version", version.as_str()), ("kind", kind.as_str())];
    let form = ctx.form(&known);
    show(&ctx, form, entry).await
}

async fn standards(tx: &mut Tx) -> Result<Vec<(SubsidyKind, Day, i64)>> {
    let rows = subsidies::standards(tx).await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.valid_from, row.amount)).collect())
}

async fn show(ctx: &Ctx, form: Form, entry: Entry) -> Reply<Page> {
    if !entry.facts().permits(Act::Price) {
        return Err(crate::act::StageRefusal::NotNow.into());
    }
    let mut tx = ctx.begin_read().await?;
    let today = ctx.today();
    let standards = standards(&mut tx).await?;
    let kinds = SubsidyKind::ALL.iter().map(|kind| {
        let label = match standard_on(&standards, *kind, today) {
            Some(sum) => format!("{}（标准 {sum} 元）", kind.label()),
            None => format!("{}（没有设标准）", kind.label()),
        };
        (kind.as_str().to_owned(), label)
    });
    let list = Act::File.code_list(entry.settled().domain == Domain::Criminal).unwrap_or_default();
    let matters = matters(ctx, &mut tx).await?;
    let main = ApproveMain {
        kinds: kinds.collect(),
        no_standard: standards.is_empty(),
        applicant: parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name),
        matter: matter_name(&matters, &entry.matter),
        result: parties::term_name(&mut tx, list, &entry.result, today).await?.unwrap_or_default(),
        entry,
        form,
    };
    let href = format!("/aid/{}", main.entry.id);
    Ok(Page::new("核定补贴", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/subsidy`
pub(crate) async fn approve(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_approve(&ctx, &entry, &mut form).await {
        Ok((tx, total)) => {
            ctx.see_other(tx, &format!("/aid/{}", entry.id), &format!("已核定补贴 {total} 元。")).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &entry.version.to_string());
            Ok(show(&ctx, form, entry).await?.into_response())
        }
    }
}

/// A sum in yuan; an empty field is none.
fn sum(form: &mut Form, name: &str, what: &str) -> i64 {
    let read = |text: &str| match text.trim().parse::<i64>() {
        Ok(sum) if (0..=MOST).contains(&sum) => Ok(sum),
        _ => Err(format!("{what}请填写 0 到 1000000 的整数，单位为元")),
    };
    form.parse(name, read).unwrap_or(0)
}

async fn try_approve(ctx: &Ctx, seen: &Entry, form: &mut Form) -> Result<(Tx, i64)> {
    let kind = SubsidyKind::from_text(form.get("kind"));
    if kind.is_none() {
        form.error("kind", "请选择案件类别");
    }
    let kind = kind.unwrap_or(SubsidyKind::Other);
    // Left empty it is the standard of the kind that was chosen, whichever stood there at first.
    let standard = match form.get("standard").trim() {
        "" => {
            let mut tx = ctx.begin_read().await?;
            let known = standard_on(&standards(&mut tx).await?, kind, ctx.today());
            if known.is_none() {
                form.error("standard", "这一类案件还没有设标准，请填写金额；没有补贴的填 0");
            }
            known.unwrap_or(0)
        }
        _ => sum(form, "standard", "标准"),
    };
    let subsidy = Subsidy {
        kind,
        standard,
        other_place: sum(form, "other_place", "异地办案增加"),
        translation: sum(form, "translation", "翻译增加"),
        other: sum(form, "other", "其他增加"),
        other_reason: form.text("other_reason", 200),
        deduction: sum(form, "deduction", "扣减"),
        deduction_reason: form.text("deduction_reason", 200),
    };
    let words = form.text("words", 500);
    form.check()?;
    let version: i64 = form.get("version").parse().unwrap_or(0);
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = crate::store::entry(&mut tx, &actor.reach(), seen.id).await?;
    let entry = entry.ok_or_else(|| Refusal::not_found("没有这个案件。"))?;
    if entry.version != version {
        return Err(ActRefusal::Stale.into());
    }
    let total = subsidy.total();
    let saying = Saying { words, subsidy: Some(subsidy), ..Saying::default() };
    do_act(&mut tx, actor, &entry, Act::Price, &saying, ctx.now()).await?;
    Ok((tx, total))
}

#[derive(Template)]
#[template(path = "pages/standards.html")]
struct StandardsMain {
    form: Form,
    rows: Vec<StandardRow>,
    kinds: Vec<(String, String)>,
    may_set: bool,
}

/// `GET /aid/standards`
pub(crate) async fn list_standards(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show_standards(&ctx, form).await
}

async fn show_standards(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let kinds = SubsidyKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned()));
    let main = StandardsMain {
        rows: subsidies::standards(&mut tx).await?,
        kinds: kinds.collect(),
        may_set: ctx.actor()?.may(SUBSIDY),
        form,
    };
    Ok(Page::new("补贴标准", &main)?
        .crumb("法律援助", "/aid")
        .crumb("补贴", "/aid/subsidies")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/standards`
pub(crate) async fn set(ctx: Ctx, mut form: Form) -> Reply {
    match try_set(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/aid/standards", "已设标准，以后核定补贴按它算。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_standards(&ctx, form).await?.into_response())
        }
    }
}

async fn try_set(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let kind = SubsidyKind::from_text(form.get("kind"));
    if kind.is_none() {
        form.error("kind", "请选择案件类别");
    }
    form.need("amount", "请填写金额");
    form.need("valid_from", "请填写从哪一天起");
    let amount = sum(form, "amount", "标准");
    let valid_from = form.parse("valid_from", Day::parse);
    let basis = form.need("basis", "请写明依据，例如文件名称和文号");
    form.check()?;
    let actor = ctx.actor()?;
    let new = NewStandard {
        kind: kind.unwrap_or(SubsidyKind::Other),
        amount,
        valid_from: valid_from.unwrap_or(ctx.today()),
        basis,
    };
    let mut tx = ctx.begin_write().await?;
    set_standard(&mut tx, actor, &new, ctx.now()).await?;
    Ok(tx)
}

#[derive(Template)]
#[template(path = "pages/subsidies.html")]
struct ListMain {
    form: Form,
    listing: Listing,
    rows: Vec<SubsidyRow>,
    pager: Pager,
    may_pay: bool,
}

/// `GET /aid/subsidies`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[("on", &ctx.today().to_string())]);
    show_list(&ctx, form).await
}

async fn show_list(ctx: &Ctx, form: Form) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = subsidies::list(&mut tx, &listing).await?;
    let (rows, pager) =
        listing.page(rows, total, |row| (row.approved_at.micros().to_string(), row.case_id.raw()));
    let main = ListMain { listing, rows, pager, may_pay: ctx.actor()?.may(crate::PAY), form };
    Ok(Page::new("补贴", &main)?.crumb("法律援助", "/aid").answering(&main.form))
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.get(name) == Some(value)
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/aid/subsidies.xlsx", &[])
    }

    /// Whether something on this page can be marked as paid.
    fn payable(&self) -> bool {
        self.may_pay && self.rows.iter().any(|row| row.paid_on.is_none())
    }

    fn sum(&self) -> i64 {
        self.rows.iter().map(|row| row.total).sum()
    }

    fn chosen(&self, row: &SubsidyRow) -> bool {
        let id = row.case_id.to_string();
        self.form.has("case", &id)
    }
}

/// `POST /aid/subsidies`
pub(crate) async fn pay(ctx: Ctx, mut form: Form) -> Reply {
    match try_pay(&ctx, &mut form).await {
        Ok((tx, many)) => ctx.see_other(tx, "/aid/subsidies", &format!("已登记 {many} 件补贴发放。")).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_list(&ctx, form).await?.into_response())
        }
    }
}

async fn try_pay(ctx: &Ctx, form: &mut Form) -> Result<(Tx, usize)> {
    let cases = form.ids("case", "请选择案件");
    if cases.is_empty() {
        form.error("case", "请至少选一件");
    }
    form.need("on", "请填写发放日期");
    let on = form.parse("on", Day::parse);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let on = on.unwrap_or(ctx.today());
    let many = pay_all(&mut tx, ctx.actor()?, &cases, on, ctx.now()).await?;
    Ok((tx, many))
}

/// `GET /aid/subsidies.xlsx`: what the finance office pays by.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = subsidies::whole_list(&mut tx, &listing).await?;
    let (text, sums) = (SheetColumn::text, SheetColumn::sum);
    let columns = vec![
        text("案号", 24.0),
        text("受援人", 14.0),
        text("承办律师", 12.0),
        text("律师事务所", 26.0),
        text("案件类别", 20.0),
        sums("标准（元）", 11.0),
        sums("异地（元）", 11.0),
        sums("翻译（元）", 11.0),
        sums("其他增加（元）", 13.0),
        text("增加理由", 20.0),
        sums("扣减（元）", 11.0),
        text("扣减理由", 20.0),
        sums("应发（元）", 11.0),
        text("核定日期", 12.0),
        text("核定人", 12.0),
        text("发放日期", 12.0),
    ];
    let total: i64 = rows.iter().map(|row| row.total).sum();
    let sheet = Sheet {
        name: "法律援助补贴".to_owned(),
        title: format!("{}法律援助补贴发放表", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 件，{total} 元", ctx.today().chinese(), rows.len()),
        columns,
        rows: rows.iter().map(cells).collect(),
    };
    Ok(workbook("法律援助补贴发放表.xlsx", &[sheet])?)
}

fn cells(row: &SubsidyRow) -> Vec<Cell> {
    vec![
        row.official_number.clone().unwrap_or_default().into(),
        row.applicant.as_str().into(),
        row.lawyer_name.clone().unwrap_or_default().into(),
        row.firm_name.clone().unwrap_or_default().into(),
        row.kind.label().into(),
        row.standard.into(),
        row.other_place.into(),
        row.translation.into(),
        row.other.into(),
        row.other_reason.as_str().into(),
        row.deduction.into(),
        row.deduction_reason.as_str().into(),
        row.total.into(),
        row.approved_at.day().to_string().into(),
        row.approved_name.as_str().into(),
        row.paid_on.map_or(String::new(), |day| day.to_string()).into(),
    ]
}
