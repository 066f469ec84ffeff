//! One question page: what was answered is there again, everything is saved before the next page comes.

use super::{SAVING, draft, page_of, within};
use crate::{
    actions::citizen::{CODE, save_page},
    application::suggest,
    pages::AREA,
    ticket::{Answers, LAY, MONEY, PAPERS, REACH, RELATIONS, SITUATIONS, Step},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Phone, Refusal, ResidentId, Result};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/step.html")]
struct StepMain {
    form: Form,
    step: Step,
    answers: Answers,
    code: String,
    towns: Vec<(String, String)>,
    hotline: String,
}

fn pairs<'a>(list: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    list.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned())).collect()
}

fn named(step: &str) -> Result<Step, Refusal> {
    Step::from_text(step).ok_or_else(|| Refusal::not_found("没有这一页。请从“申请法律援助”重新开始。"))
}

/// `GET /apply/{step}`
pub(crate) async fn ask(ctx: Ctx, Path(step): Path<String>) -> Reply<Page> {
    let step = named(&step)?;
    let mut tx = ctx.begin_read().await?;
    let answers = draft(&ctx, &mut tx).await?.map(|(_, answers)| answers).unwrap_or_default();
    let mut known: Vec<(&str, &str)> = answers
        .pairs()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| step.fields().contains(name))
        .collect();
    for (field, usual) in [("for", "self"), ("reach", "call")] {
        if step.fields().contains(&field) && answers.get(field).is_empty() {
            known.push((field, usual));
        }
    }
    // Reached from the page where all answers are checked, it leads back there.
    let back = Listing::of(&ctx.uri).get("back").unwrap_or_default().to_owned();
    if !back.is_empty() {
        known.push(("back", "1"));
    }
    let form = ctx.form(&known);
    drop(tx);
    show(&ctx, form, step, answers).await
}

async fn show(ctx: &Ctx, form: Form, step: Step, answers: Answers) -> Reply<Page> {
    let towns = match step {
        Step::Contact => {
            let mut tx = ctx.begin_read().await?;
            places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name)).collect()
        }
        _ => Vec::new(),
    };
    let code = answers.get(CODE).to_owned();
    let main = StepMain { step, answers, code, towns, hotline: ctx.app.settings.hotline.clone(), form };
    Ok(Page::new(step.title(), &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

/// `POST /apply/{step}`
pub(crate) async fn save(ctx: Ctx, Path(step): Path<String>, mut form: Form) -> Reply {
    let step = named(&step)?;
    match try_save(&ctx, step, &mut form).await {
        Ok((tx, next)) => ctx.see_other(tx, &next, "").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            let answers = draft(&ctx, &mut tx).await?.map(|(_, answers)| answers).unwrap_or_default();
            drop(tx);
            Ok(show(&ctx, form, step, answers).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, step: Step, form: &mut Form) -> Result<(Tx, String)> {
    within(&SAVING, ctx)?;
    check(step, form);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let answers = save_page(&mut tx, &ctx.browser(), step, form.pairs(), ctx.now()).await?;
    let next = match step.after(&answers) {
        Some(next) if form.get("back").is_empty() => page_of(next),
        _ => "/apply/check".to_owned(),
    };
    Ok((tx, next))
}

/// What is wrong with a page, noted beside its fields. Whether somebody gets aid is no question of right or wrong.
fn check(step: Step, form: &mut Form) {
    let among = |list: &[(&str, &str)], value: &str| list.iter().any(|(code, _)| *code == value);
    match step {
        Step::Who => {
            form.text("agent_name", 30);
            if form.get("for") != "self" {
                if form.get("for") != "other" {
                    form.error("for", "请选一项");
                }
                form.need("agent_name", "请写上您自己的姓名");
                if !RELATIONS.contains(&form.get("agent_relation")) {
                    form.error("agent_relation", "请选您和申请人是什么关系");
                }
            }
        }
        Step::Matter => {
            if !LAY.iter().any(|lay| lay.key == form.get("about")) {
                form.error("about", "请点最像的一项；都不像的点最后一项");
            }
        }
        Step::Story => {
            form.text("story", 4000);
            form.text("opponent", 100);
            form.need("story", "请写几句：发生了什么、想要什么结果");
        }
        Step::Situation => {
            if form.all("groups").iter().any(|code| !among(SITUATIONS, code)) {
                form.error("groups", "请在下面的选项里选");
            }
        }
        Step::Hardship => {
            if !MONEY.iter().any(|(way, _)| way.as_str() == form.get("money")) {
                form.error("money", "请选一项；拿不准的选第一项");
            }
        }
        Step::Person => {
            form.parse("name", kernel::person_name);
            form.need("name", "请写申请人的姓名");
            let id_number = form.parse("id_number", ResidentId::parse);
            let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
            let nothing = form.get("id_number").is_empty() && form.get("phone").is_empty();
            if nothing && id_number.is_none() && phone.is_none() {
                form.error("phone", "身份证号和电话请至少填一项，以后凭它的后四位查进展");
            }
        }
        Step::Contact => {
            form.text("address", 120);
            form.id::<places::Town>("town", "请重新选择镇（街道）");
            form.need("town", "请选择住在哪个镇（街道）");
            if !among(REACH, form.get("reach")) {
                form.error("reach", "请选一项");
            }
        }
        Step::Papers => {
            if form.all("papers").iter().any(|paper| !PAPERS.contains(paper)) {
                form.error("papers", "请在下面的选项里选");
            }
        }
    }
}

impl StepMain {
    fn back_href(&self) -> String {
        if !self.form.get("back").is_empty() {
            return "/apply/check".to_owned();
        }
        self.step.before(&self.answers).map_or_else(|| "/apply".to_owned(), page_of)
    }

    fn whose(&self) -> Vec<(String, String)> {
        pairs([("self", "给我自己"), ("other", "替别人申请")])
    }

    fn relations(&self) -> Vec<(String, String)> {
        pairs(RELATIONS.iter().map(|text| (*text, *text)))
    }

    fn matters(&self) -> Vec<(String, String)> {
        pairs(LAY.iter().map(|lay| (lay.key, lay.label)))
    }

    fn situations(&self) -> Vec<(String, String)> {
        pairs(SITUATIONS.iter().copied())
    }

    fn ways(&self) -> Vec<(String, String)> {
        pairs(MONEY.iter().map(|(way, label)| (way.as_str(), *label)))
    }

    fn why(&self) -> &'static str {
        suggest(self.answers.matter(), &self.answers.groups()).1
    }

    fn reaches(&self) -> Vec<(String, String)> {
        pairs(REACH.iter().copied())
    }

    fn papers(&self) -> Vec<(String, String)> {
        pairs(PAPERS.iter().map(|text| (*text, *text)))
    }

    fn others(&self) -> bool {
        self.answers.get("for") == "other"
    }
}
