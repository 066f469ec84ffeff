//! Numbers shown whole, once, for a reason: one page and one small form for all modules.

use crate::{
    actions::read_whole::read_whole,
    reading::{Reason, Whole},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Refusal, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/reveal.html")]
struct RevealMain {
    form: Form,
    action: String,
    whole: Whole,
    /// Which reading of the day it is, and how many there may be; none while the reason is missing.
    shown: Option<(i64, i64)>,
}

#[derive(Template)]
#[template(path = "pages/reveal_form.html")]
struct ReasonForm<'a> {
    form: &'a Form,
    action: &'a str,
    what: &'a str,
    reasons: Vec<(String, String)>,
}

/// The small form that asks for the reason, to be put on a record's page: it leads to `action`, a route of the module
/// that answers with [`show_whole`]. `what`: 完整电话.
///
/// # Errors
/// A fault if it cannot be rendered.
pub fn reason_form(form: &Form, action: &str, what: &str) -> Reply<Html> {
    let reasons = Reason::CHOICES.map(|r| (r.as_str().to_owned(), r.label().to_owned())).into();
    Ok(Html(ReasonForm { form, action, what, reasons }.render()?))
}

/// Answers a form of [`reason_form`]: the values once, if the reason is given and the day's limit is not reached; what
/// is shown is noted in the same transaction. `tx` must be able to write.
///
/// # Errors
/// A fault if it cannot be written; refusals are shown on the page.
pub async fn show_whole(ctx: &Ctx, mut tx: Tx, mut form: Form, whole: Whole) -> Reply {
    let shown = match try_read(ctx, &mut tx, &mut form, &whole).await {
        Ok(shown) => {
            tx.commit().await?;
            Some(shown)
        }
        Err(error) => {
            drop(tx);
            ctx.refused(error, &mut form)?;
            None
        }
    };
    let (title, href) = (whole.title.clone(), whole.href.clone());
    let main = RevealMain { action: ctx.uri.clone(), whole, shown, form };
    Ok(Page::new("查看完整号码", &main)?.crumb(title, href).narrow().answering(&main.form).into_response())
}

async fn try_read(ctx: &Ctx, tx: &mut Tx, form: &mut Form, whole: &Whole) -> Result<(i64, i64)> {
    let (reason, note) = read_reason(form)?;
    read_whole(tx, ctx.actor()?, whole, reason, &note).await
}

/// The reason of a form: one of the list, with words if it is 其他.
pub(crate) fn read_reason(form: &mut Form) -> Result<(Reason, String), Refusal> {
    let chosen = Reason::from_text(form.get("reason")).filter(|reason| Reason::CHOICES.contains(reason));
    if chosen.is_none() {
        form.error("reason", "请选择查看理由");
    }
    let note = form.text("reason_text", 100);
    if chosen == Some(Reason::Other) && note.is_empty() {
        form.error("reason_text", "选“其他”的，请写明理由");
    }
    form.check()?;
    chosen.map(|reason| (reason, note)).ok_or_else(|| Refusal::invalid("请选择查看理由"))
}

impl ReasonForm<'_> {
    fn heading(&self) -> String {
        format!("显示{}，理由是", self.what)
    }
}

impl RevealMain {
    fn ask(&self) -> Html {
        reason_form(&self.form, &self.action, "完整号码").unwrap_or_default()
    }
}
