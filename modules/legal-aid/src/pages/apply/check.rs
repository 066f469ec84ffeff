//! Check your answers, read the notice, send.

use super::{SAVING, draft, page_of, where_to, within};
use crate::{
    actions::citizen::{CODE, CitizenRefusal, send_application},
    application::Hardship,
    pages::AREA,
    store::{
        photos::{self, Holder},
        tickets,
    },
    ticket::{Answers, LAY, MONEY, REACH, SITUATIONS, Step},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Phone, ResidentId, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/check.html")]
struct CheckMain {
    form: Form,
    /// None if this browser holds no draft.
    pages: Vec<Answered>,
    missing: Option<Step>,
    code: String,
    photos: usize,
    hotline: String,
}

/// A page with its answers as people read them.
struct Answered {
    href: String,
    title: &'static str,
    lines: Vec<(&'static str, String)>,
}

/// `GET /apply/check`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    page(&ctx, form).await
}

async fn page(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let answers = draft(ctx, &mut tx).await?.map(|(_, answers)| answers).unwrap_or_default();
    let town = match answers.get("town").parse() {
        Ok(id) => places::town(&mut tx, id).await?.map_or(String::new(), |town| town.name),
        Err(_) => String::new(),
    };
    let pages = Step::ALL
        .iter()
        .filter(|step| answers.asks(**step))
        .map(|step| Answered {
            href: format!("{}?back=1", page_of(*step)),
            title: step.title(),
            lines: lines(*step, &answers, &town),
        })
        .collect();
    let photos = match tickets::of_browser(&mut tx, &ctx.browser(), false, ctx.now()).await? {
        Some(row) => photos::all(&mut tx, Holder::Draft(row.id)).await?.len(),
        None => 0,
    };
    let main = CheckMain {
        photos,
        pages,
        missing: answers.missing(),
        code: answers.get(CODE).to_owned(),
        hotline: ctx.app.settings.hotline.clone(),
        form,
    };
    Ok(Page::new("核对后提交", &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

fn lines(step: Step, answers: &Answers, town: &str) -> Vec<(&'static str, String)> {
    let one = |field: &str| answers.get(field).to_owned();
    let yes = |field: &str| if answers.get(field).is_empty() { "没有" } else { "是" }.to_owned();
    let label = |list: &[(&str, &str)], code: &str| {
        list.iter().find(|(known, _)| *known == code).map_or(String::new(), |(_, label)| (*label).to_owned())
    };
    match step {
        Step::Who if answers.get("for") == "other" => vec![
            ("给谁申请", "替别人申请".to_owned()),
            ("您的姓名", one("agent_name")),
            ("您是他（她）的", one("agent_relation")),
        ],
        Step::Who => {
            let whose = if answers.get("for") == "self" { "给自己" } else { "" };
            vec![("给谁申请", whose.to_owned())]
        }
        Step::Matter => {
            let lay = LAY.iter().find(|lay| lay.key == answers.get("about"));
            vec![("什么事", lay.map_or(String::new(), |lay| lay.label.to_owned()))]
        }
        Step::Story => vec![("经过", one("story")), ("对方", one("opponent"))],
        Step::Situation => {
            let groups: Vec<String> = answers.all("groups").map(|code| label(SITUATIONS, code)).collect();
            vec![
                ("有没有这些情况", groups.join("、")),
                ("行动不便、重病、怀孕", yes("cannot_move")),
                ("要上门办理", yes("visit")),
            ]
        }
        Step::Hardship => {
            let way = Hardship::from_text(answers.get("money"));
            let way = MONEY.iter().find(|(known, _)| Some(*known) == way);
            vec![("经济情况怎么说明", way.map_or(String::new(), |(_, label)| (*label).to_owned()))]
        }
        // Somebody may look over the shoulder, or find the telephone.
        Step::Person => vec![
            ("姓名", one("name")),
            (
                "身份证号",
                ResidentId::parse(&one("id_number")).map_or(String::new(), |number| number.masked()),
            ),
            (
                "电话",
                Phone::parse_with_area(&one("phone"), AREA).map_or(String::new(), |phone| phone.masked()),
            ),
        ],
        Step::Contact => vec![
            ("镇（街道）", town.to_owned()),
            ("地址", one("address")),
            ("怎么联系", label(REACH, answers.get("reach"))),
            ("可以发短信", yes("sms")),
            ("不说明来电单位", yes("quiet")),
        ],
        Step::Papers => vec![("有哪些材料", answers.all("papers").collect::<Vec<_>>().join("、"))],
    }
}

/// `POST /apply/send`
pub(crate) async fn send(ctx: Ctx, mut form: Form) -> Reply {
    match try_send(&ctx, &form).await {
        Ok(tx) => {
            ctx.see_other(tx, "/apply/progress", "已经收到您的申请。请抄下查询码，以后凭它查进展。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_send(ctx: &Ctx, form: &Form) -> Result<Tx> {
    within(&SAVING, ctx)?;
    if !form.has("agree", "1") {
        return Err(CitizenRefusal::NotRead.into());
    }
    let mut tx = ctx.begin_write().await?;
    let row = tickets::of_browser(&mut tx, &ctx.browser(), false, ctx.now())
        .await?
        .ok_or(CitizenRefusal::Incomplete)?;
    send_application(&mut tx, &row, AREA, ctx.now()).await?;
    Ok(tx)
}

impl CheckMain {
    fn next(&self) -> String {
        self.missing.map_or_else(|| where_to(&Answers::default()), page_of)
    }
}
