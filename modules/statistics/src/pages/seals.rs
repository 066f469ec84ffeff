//! The seals there are, one of them with its files, publishing it, and taking it back by two persons.

use super::view::{self, address};
use crate::{
    actions::{
        publish::{publish, withdraw},
        unseal::{UnsealRefusal, ask_unseal, decide_unseal},
    },
    seal::{Seal, Unseal, UnsealState},
    sealed::Form as File,
    store::seals,
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Refusal, Result, Scheme};
use std::collections::BTreeMap;
use web::{Ctx, Form, Listing, Page, Pager, Reply, chart::thousands, download};

#[derive(Template)]
#[template(path = "pages/seals.html")]
struct SealsMain {
    seals: Vec<Seal>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "pages/seal_record.html")]
struct RecordMain {
    form: Form,
    seal: Seal,
    scheme: &'static str,
    report: String,
    /// The seal that stands now, when this one does not.
    newer: Option<(String, String)>,
    files: Vec<(&'static str, String, i64)>,
    open: BTreeMap<String, usize>,
    pending: Option<Unseal>,
    /// Whether the person who looks is the one who asked.
    own: bool,
    history: Vec<Unseal>,
    versions: Vec<Seal>,
    /// What happens to the numbers that later seals reported.
    later: String,
    may_seal: bool,
    may_decide: bool,
    may_publish: bool,
}

/// `GET /statistics/seals`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (seals, total) = seals::page(&mut tx, false, &listing).await?;
    let (seals, pager) = listing.page(seals, total, |seal| (seal.last_day.to_string(), seal.id.raw()));
    Ok(Page::new("定稿记录", &SealsMain { seals, pager })?.crumb("统计报表", "/statistics"))
}

/// Reads the id of an address.
pub(crate) fn id_of(text: &str) -> Result<Id<Seal>> {
    Ok(text.parse().map_err(|_| Refusal::from(UnsealRefusal::Unknown))?)
}

/// `GET /statistics/seals/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    record(&ctx, &id, ctx.form(&[])).await
}

async fn record(ctx: &Ctx, id: &str, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let seal = seals::seal(&mut tx, id_of(id)?).await?.ok_or(UnsealRefusal::Unknown)?;
    let period = seal.period()?;
    let versions = seals::versions(&mut tx, period).await?;
    let standing = versions.iter().find(|other| other.stands() && other.id != seal.id);
    let (pending, history): (Vec<Unseal>, Vec<Unseal>) = seals::unseals(&mut tx, seal.id)
        .await?
        .into_iter()
        .partition(|unseal| unseal.state == UnsealState::Pending);
    let pending = pending.into_iter().next();
    let actor = ctx.actor()?;
    let file = |(form, sha256, length): (File, String, i64)| {
        let name = match form {
            File::Json => "数据文件（JSON）",
            File::Html => "报表（网页）",
            File::Xlsx => "报表（Excel）",
            File::Facts => "依据记录的流水号",
        };
        (name, sha256, length)
    };
    let main = RecordMain {
        scheme: period.scheme().label(),
        report: address(period, None, "", &[]),
        newer: standing.map(|other| (other.number.clone(), format!("/statistics/seals/{}", other.id))),
        files: seals::files(&mut tx, seal.id).await?.into_iter().map(file).collect(),
        open: view::document(&mut tx, seal.id).await?.open,
        own: pending.as_ref().is_some_and(|request| request.asked_by == Some(actor.id)),
        later: later(&mut tx, &seal).await?,
        may_seal: actor.may(crate::SEAL),
        may_decide: actor.may(crate::UNSEAL),
        may_publish: actor.may(crate::PUBLISH),
        pending,
        history,
        versions,
        form,
        seal,
    };
    Ok(Page::new(format!("{}定稿", main.seal.label()), &main)?
        .crumb("统计报表", "/statistics")
        .crumb("定稿记录", "/statistics/seals")
        .answering(&main.form))
}

/// Later seals that reported late entries of this period: sealed again, they are in it too, and taken back once.
async fn later(tx: &mut Tx, seal: &Seal) -> Result<String> {
    let mut names = Vec::new();
    for id in seals::reporters(tx, seal.period()?).await? {
        let reporter = seals::seal(tx, id).await?.filter(|reporter| reporter.period != seal.period);
        names.extend(reporter.map(|reporter| reporter.label()));
    }
    if names.is_empty() {
        return Ok(String::new());
    }
    Ok(format!(
        "{}的定稿已经把本期的补报计作调整数；本期重新定稿后，再下一期会出现相应的冲抵。",
        names.join("、")
    ))
}

/// `GET /statistics/seals/{id}/{file}`: the very bytes that were sealed.
pub(crate) async fn file(ctx: Ctx, Path((id, name)): Path<(String, String)>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let seal = seals::seal(&mut tx, id_of(&id)?).await?.ok_or(UnsealRefusal::Unknown)?;
    sealed_file(&mut tx, &seal, &name).await
}

/// A sealed file for download.
pub(crate) async fn sealed_file(tx: &mut Tx, seal: &Seal, name: &str) -> Reply<Response> {
    let (form, kind) = match name {
        "file.json" => (File::Json, "application/json; charset=utf-8"),
        "file.html" => (File::Html, "text/html; charset=utf-8"),
        "file.xlsx" => (File::Xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        _ => return Err(Refusal::not_found("没有这个文件。").into()),
    };
    let bytes = view::file(tx, seal.id, form).await?;
    let end = form.as_str();
    Ok(download(kind, &format!("统计报表{}.{end}", seal.number), bytes))
}

/// `POST /statistics/seals/{id}/unseal`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let by = (ctx.actor_id(), ctx.actor()?.name.clone());
    let asked = async {
        let mut tx = ctx.begin_write().await?;
        ask_unseal(&mut tx, id_of(&id)?, form.get("reason"), (by.0, &by.1)).await?;
        Ok(tx)
    };
    match asked.await {
        Ok(tx) => {
            let done = "已提交解除申请，请另一位有权限的人批准。";
            ctx.see_other(tx, &format!("/statistics/seals/{id}"), done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(record(&ctx, &id, form).await?.into_response())
        }
    }
}

/// `POST /statistics/seals/{id}/unseal/decide`
pub(crate) async fn decide(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let by = (ctx.actor_id(), ctx.actor()?.name.clone());
    let approve = form.get("decision") == "approve";
    // Who takes an own request back need not say why.
    let decided = async {
        let mut tx = ctx.begin_write().await?;
        let seal = id_of(&id)?;
        let requests = seals::unseals(&mut tx, seal).await?;
        let own =
            requests.iter().any(|request| request.state == UnsealState::Pending && request.asked_by == by.0);
        let remark = match form.get("remark") {
            "" if own && !approve => "申请人撤回",
            remark => remark,
        };
        decide_unseal(&mut tx, seal, approve, remark, (by.0, &by.1)).await?;
        Ok(tx)
    };
    match decided.await {
        Ok(tx) => {
            let done = if approve {
                "已批准，这份定稿已解除。"
            } else {
                "已结束这份解除申请。"
            };
            ctx.see_other(tx, &format!("/statistics/seals/{id}"), done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(record(&ctx, &id, form).await?.into_response())
        }
    }
}

/// `POST /statistics/seals/{id}/publish`
pub(crate) async fn show_to_citizens(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    publish(&mut tx, id_of(&id)?, ctx.actor_id()).await?;
    ctx.see_other(tx, &format!("/statistics/seals/{id}"), "已公开。").await
}

/// `POST /statistics/seals/{id}/withdraw`
pub(crate) async fn hide(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    withdraw(&mut tx, id_of(&id)?, ctx.actor_id()).await?;
    ctx.see_other(tx, &format!("/statistics/seals/{id}"), "已撤回公开。").await
}

/// Lets a browser keep an answer that changes only when a bulletin is published or withdrawn.
pub(crate) fn cacheable(mut response: Response, seconds: u32, shared: bool) -> Response {
    let whose = if shared { "public" } else { "private" };
    if let Ok(value) = HeaderValue::from_str(&format!("{whose}, max-age={seconds}")) {
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}

/// The scheme's words.
pub(crate) fn scheme_label(key: &str) -> &'static str {
    key.parse::<Scheme>().unwrap_or_default().label()
}
