//! What the provider calls our templates, and the limits of sending.

use crate::{
    message::{LIMITS, LimitKind, Template as Text},
    store::settings,
};
use ::store::{Audit, Tx};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::Result;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct SettingsMain {
    form: Form,
    templates: Vec<Text>,
}

/// The field of a template's number.
fn field(text: &Text) -> String {
    format!("template.{}", text.name)
}

/// A provider's number is short and plain: `SMS_154950909`, `1400786`.
const LONGEST: usize = 32;
/// No limit is larger.
const MOST: i64 = 1_000_000;

/// `GET /messages/settings`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let templates = crate::templates(&ctx.app);
    let mut form = ctx.form(&[]);
    let mut tx = ctx.begin_read().await?;
    for text in &templates {
        let number = settings::provider_number(&mut tx, text.name).await?;
        form.set(&field(text), &number.unwrap_or_default());
    }
    for limit in LIMITS {
        form.set(limit.name, &settings::limit(&mut tx, *limit).await?.to_string());
    }
    page(form, templates)
}

fn page(form: Form, templates: Vec<Text>) -> Reply<Page> {
    let main = SettingsMain { form, templates };
    Ok(Page::new("短信模板和限额", &main)?.crumb("短信", "/messages").narrow().answering(&main.form))
}

/// `POST /messages/settings`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    let templates = crate::templates(&ctx.app);
    match try_save(&ctx, &templates, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/messages/settings", "已保存。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(form, templates)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, templates: &[Text], form: &mut Form) -> Result<Tx> {
    let mut numbers = Vec::new();
    for text in templates {
        let name = field(text);
        let number = kernel::to_half_width(&form.text(&name, LONGEST)).trim().to_owned();
        if !number.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            form.error(&name, "模板编号只有字母、数字和下划线，请照服务商控制台上的填写");
        }
        numbers.push((text.name, number));
    }
    let mut quantities = Vec::new();
    for limit in LIMITS {
        let quantity = form.parse(limit.name, read_limit);
        quantities.push((*limit, quantity));
    }
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    for (template, number) in numbers {
        settings::set_provider_number(&mut tx, template, &number).await?;
    }
    for (limit, quantity) in quantities {
        if let Some(quantity) = quantity {
            settings::set_limit(&mut tx, limit, quantity).await?;
        }
    }
    let region = kernel::Id::<()>::from_parts(tx.region()?, 1);
    tx.audit(Audit::new(ctx.actor_id(), "outreach.settings", "outreach_settings", region));
    Ok(tx)
}

fn read_limit(text: &str) -> std::result::Result<i64, String> {
    kernel::to_half_width(text)
        .trim()
        .parse()
        .ok()
        .filter(|quantity| (0..=MOST).contains(quantity))
        .ok_or_else(|| "请填写 0 到 1000000 的整数；0 表示一条也不发".to_owned())
}

impl SettingsMain {
    fn template(&self, text: &Text) -> web::Html {
        self.form.input(&field(text), text.title, text.words, "class='w-m' autocomplete='off'")
    }

    fn limit(&self, limit: &LimitKind) -> web::Html {
        self.form.input(limit.name, limit.label, limit.hint, "class='w-s' inputmode='numeric'")
    }
}
