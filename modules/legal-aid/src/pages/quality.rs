//! Assessing quality: samples, their cases, and the sheet of an expert.

use super::{matter_name, matters};
use crate::{
    QUALITY,
    actions::quality::{QualityRefusal, assess, draw_batch},
    quality::{Assessment, Batch, grade, grade_badge},
    store::quality::{self, AssessmentRow, BatchRow},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Refusal, Result};
use web::{Cell, Ctx, Form, Page, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/quality.html")]
struct BatchesMain {
    form: Form,
    rows: Vec<BatchRow>,
    may: bool,
}

/// `GET /aid/quality`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let today = ctx.today();
    let (from, to) = (today.add_months(-3).first_of_month().to_string(), today.to_string());
    let form = ctx.form(&[("from_on", from.as_str()), ("to_on", to.as_str()), ("share", "10")]);
    show_list(&ctx, form).await
}

async fn show_list(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let rows = quality::batches(&mut tx).await?;
    let main = BatchesMain { rows, may: ctx.actor()?.may(QUALITY), form };
    Ok(Page::new("质量评估", &main)?.crumb("法律援助", "/aid").answering(&main.form))
}

/// `POST /aid/quality`
pub(crate) async fn draw(ctx: Ctx, mut form: Form) -> Reply {
    match try_draw(&ctx, &mut form).await {
        Ok((tx, batch, many)) => {
            let told = format!("抽了 {many} 件，已分给别的律所的专家。");
            ctx.see_other(tx, &format!("/aid/quality/{batch}"), &told).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_list(&ctx, form).await?.into_response())
        }
    }
}

async fn try_draw(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Batch>, usize)> {
    let title = form.need("title", "请填写名称");
    form.need("from_on", "请填写开始日期");
    form.need("to_on", "请填写结束日期");
    let from = form.parse("from_on", Day::parse);
    let to = form.parse("to_on", Day::parse);
    let share = form.parse("share", |text| match text.trim().parse::<i64>() {
        Ok(share) if (1..=100).contains(&share) => Ok(share),
        _ => Err("抽查比例请填写 1 到 100 的整数"),
    });
    form.need("share", "请填写抽查比例");
    form.check()?;
    let (Some(from), Some(to)) = (from, to) else { return Err(QualityRefusal::BadDays.into()) };
    let share = share.ok_or(QualityRefusal::BadShare)?;
    let mut tx = ctx.begin_write().await?;
    let (batch, many) = draw_batch(&mut tx, ctx.actor()?, &title, (from, to), share, ctx.now()).await?;
    Ok((tx, batch, many))
}

#[derive(Template)]
#[template(path = "pages/quality_batch.html")]
struct BatchMain {
    batch: BatchRow,
    lines: Vec<Line>,
    may: bool,
    /// Grades with how many cases have them.
    grades: Vec<(&'static str, usize)>,
}

struct Line {
    row: AssessmentRow,
    matter: String,
}

impl Line {
    fn grade(&self) -> Option<(&'static str, &'static str)> {
        self.row.total.map(|total| (grade(total), grade_badge(total)))
    }
}

async fn find_batch(tx: &mut Tx, id: &str) -> Result<BatchRow> {
    let missing = || Refusal::not_found("没有这次抽查。");
    let id: Id<Batch> = id.parse().map_err(|_| missing())?;
    Ok(quality::batch(tx, id).await?.ok_or_else(missing)?)
}

async fn lines(ctx: &Ctx, tx: &mut Tx, batch: Id<Batch>) -> Result<Vec<Line>> {
    let matters = matters(ctx, tx).await?;
    let rows = quality::of_batch(tx, batch).await?;
    let line = |row: AssessmentRow| Line { matter: matter_name(&matters, &row.matter), row };
    Ok(rows.into_iter().map(line).collect())
}

/// `GET /aid/quality/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let batch = find_batch(&mut tx, &id).await?;
    let lines = lines(&ctx, &mut tx, batch.id).await?;
    let grades = ["优秀", "良好", "合格", "不合格"];
    let many =
        |name: &str| lines.iter().filter(|line| line.grade().is_some_and(|(of, _)| of == name)).count();
    let grades = grades.into_iter().map(|name| (name, many(name))).collect();
    let main = BatchMain { batch, lines, may: ctx.actor()?.may(QUALITY), grades };
    Ok(Page::new("质量评估", &main)?.crumb("法律援助", "/aid").crumb("质量评估", "/aid/quality"))
}

/// `GET /aid/quality/{id}/results.xlsx`
pub(crate) async fn export(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let batch = find_batch(&mut tx, &id).await?;
    let lines = lines(&ctx, &mut tx, batch.id).await?;
    let columns = [
        ("案号", 24.0),
        ("事项", 30.0),
        ("承办律师", 12.0),
        ("专家", 30.0),
        ("各项得分", 20.0),
        ("总分", 8.0),
        ("等次", 8.0),
        ("录入人", 12.0),
    ];
    let sheet = Sheet {
        name: "质量评估".to_owned(),
        title: format!("{}：{}", ctx.app.settings.district, batch.title),
        subtitle: format!(
            "{} 至 {} 归档 {} 件，抽 {} 件，抽签种子 {}",
            batch.from_on, batch.to_on, batch.of_all, batch.cases, batch.seed
        ),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: lines.iter().map(cells).collect(),
    };
    Ok(workbook("法律援助质量评估.xlsx", &[sheet])?)
}

fn cells(line: &Line) -> Vec<Cell> {
    let row = &line.row;
    vec![
        row.official_number.clone().unwrap_or_default().into(),
        line.matter.as_str().into(),
        row.handler_name.clone().unwrap_or_default().into(),
        row.expert_name.as_str().into(),
        row.points.replace(';', " + ").into(),
        row.total.map_or(String::new(), |total| total.to_string()).into(),
        line.grade().map_or("", |(grade, _)| grade).into(),
        row.assessed_name.as_str().into(),
    ]
}

#[derive(Template)]
#[template(path = "pages/quality_sheet.html")]
struct SheetMain {
    form: Form,
    row: AssessmentRow,
    matter: String,
    words: String,
    /// Fields with titles and the most points of each.
    parts: Vec<(String, String)>,
    experts: Vec<(String, String)>,
    may: bool,
}

async fn find(tx: &mut Tx, batch: &str, id: &str) -> Result<AssessmentRow> {
    let missing = || Refusal::not_found("没有这份评估。");
    let (batch, id): (Id<Batch>, Id<Assessment>) =
        (batch.parse().map_err(|_| missing())?, id.parse().map_err(|_| missing())?);
    let row = quality::assessment(tx, id).await?.filter(|row| row.batch_id == batch);
    Ok(row.ok_or_else(missing)?)
}

/// `GET /aid/quality/{batch}/{id}`
pub(crate) async fn ask(ctx: Ctx, Path((batch, id)): Path<(String, String)>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&mut tx, &batch, &id).await?;
    drop(tx);
    ctx.note_read("legal_aid_assessment", row.id.raw(), &["words"], "").await?;
    let (version, expert) = (row.version.to_string(), row.expert_id.to_string());
    let form = ctx.form(&[("version", version.as_str()), ("expert", expert.as_str())]);
    show_sheet(&ctx, form, row).await
}

async fn show_sheet(ctx: &Ctx, form: Form, row: AssessmentRow) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let matters = matters(ctx, &mut tx).await?;
    let experts = quality::experts(&mut tx).await?.into_iter();
    let experts = experts.filter(|(_, firm, _)| Some(*firm) != row.handler_firm);
    let given = row.parts();
    let parts = row.sheet().into_iter().enumerate().map(|(nth, (title, most))| {
        let said = match given.get(nth) {
            Some(points) => format!("{title}：{points} / {most}"),
            None => format!("{title}（满分 {most}）"),
        };
        (format!("part{nth}"), said)
    });
    let main = SheetMain {
        matter: matter_name(&matters, &row.matter),
        words: row.words(&ctx.app.db)?,
        parts: parts.collect(),
        experts: experts.map(|(id, _, name)| (id.to_string(), name)).collect(),
        may: ctx.actor()?.may(QUALITY),
        row,
        form,
    };
    let href = format!("/aid/quality/{}", main.row.batch_id);
    Ok(Page::new("评估", &main)?
        .crumb("法律援助", "/aid")
        .crumb("质量评估", href)
        .narrow()
        .answering(&main.form))
}

impl SheetMain {
    fn grade(&self) -> Option<(i64, &'static str, &'static str)> {
        self.row.total.map(|total| (total, grade(total), grade_badge(total)))
    }
}

/// `POST /aid/quality/{batch}/{id}`
pub(crate) async fn save(ctx: Ctx, Path((batch, id)): Path<(String, String)>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = find(&mut tx, &batch, &id).await?;
    drop(tx);
    match try_save(&ctx, &row, &mut form).await {
        Ok((tx, total)) => {
            let told = format!("已录入：{total} 分，{}。", grade(total));
            ctx.see_other(tx, &format!("/aid/quality/{}", row.batch_id), &told).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_sheet(&ctx, form, row).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, row: &AssessmentRow, form: &mut Form) -> Result<(Tx, i64)> {
    let expert = form.id("expert", "请选择专家");
    let mut points = Vec::new();
    for (nth, (title, most)) in row.sheet().into_iter().enumerate() {
        let name = format!("part{nth}");
        form.need(&name, &format!("请填写“{title}”的得分"));
        let read = |text: &str| match text.trim().parse::<i64>() {
            Ok(points) if (0..=most).contains(&points) => Ok(points),
            _ => Err(format!("“{title}”请填写 0 到 {most} 的整数")),
        };
        points.push(form.parse(&name, read).unwrap_or(-1));
    }
    let words = form.text("words", 2000);
    form.check()?;
    let expert = expert.ok_or(QualityRefusal::NoExpert)?;
    let seen = AssessmentRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() };
    let mut tx = ctx.begin_write().await?;
    let total = assess(&mut tx, ctx.actor()?, &seen, expert, &points, &words, ctx.now()).await?;
    Ok((tx, total))
}
