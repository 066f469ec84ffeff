//! The time limits as the system applies them, each with its source; the manager confirms those that are not law, or sets
//! another length from a day on.

use crate::{
    RULES,
    actions::set_rule::{RuleRefusal, Word, set_rule, take_back},
    rule::{Rule, Rules, Standing, TermUnit, known},
    store::rules::{self, VersionRow, seen},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Result};
use web::{Cell, Ctx, Form, Page, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/rules.html")]
struct RulesMain {
    lines: Vec<Line>,
    may_set: bool,
    waiting: usize,
}

/// A rule as it holds today, and what it will be.
struct Line {
    rule: Rule,
    next: String,
}

/// Each rule with what the bureau set for later.
fn lines(rules: &Rules, today: Day) -> Vec<Line> {
    let next = |rule: &Rule| {
        let ahead = rules.versions(rule.id).find(|next| {
            next.valid_from > today && *next != rule && rules.on(rule.id, next.valid_from) == Some(*next)
        });
        ahead.map_or(String::new(), |next| format!("{} 起改为 {}", next.valid_from, next.term.label()))
    };
    rules.each_on(today).into_iter().map(|rule| Line { next: next(rule), rule: rule.clone() }).collect()
}

/// `GET /aid/rules`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lines = lines(&rules::load(&mut tx).await?, ctx.today());
    let waiting = lines.iter().filter(|line| line.rule.standing == Standing::Confirm).count();
    let main = RulesMain { lines, waiting, may_set: ctx.actor()?.may(RULES) };
    Ok(Page::new("期限规则", &main)?.crumb("法律援助", "/aid"))
}

/// `GET /aid/rules.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let lines = lines(&rules::load(&mut tx).await?, ctx.today());
    let columns =
        [("要办的事", 30.0), ("期限", 14.0), ("性质", 14.0), ("施行", 12.0), ("以后", 28.0), ("依据", 60.0)];
    let cells = |line: &Line| -> Vec<Cell> {
        vec![
            line.rule.title.into(),
            line.rule.term.label().into(),
            line.rule.standing.label().into(),
            line.rule.valid_from.to_string().into(),
            line.next.as_str().into(),
            line.rule.citation.to_string().into(),
        ]
    };
    let sheet = Sheet {
        name: "期限规则".to_owned(),
        title: format!("{}法律援助期限规则", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条", ctx.today().chinese(), lines.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: lines.iter().map(cells).collect(),
    };
    Ok(workbook("法律援助期限规则.xlsx", &[sheet])?)
}

#[derive(Template)]
#[template(path = "pages/rule.html")]
struct RuleMain {
    form: Form,
    rule: Rule,
    versions: Vec<Version>,
    ways: Vec<(String, String)>,
    units: Vec<(String, String)>,
    ahead: Vec<(String, String)>,
    may_set: bool,
}

/// A version as people read it.
struct Version {
    term: String,
    from: Day,
    until: Option<Day>,
    word: &'static str,
    badge: &'static str,
    source: String,
    reason: String,
    by: String,
    withdrawn: String,
}

impl Version {
    /// Those of the bureau, also what it took back, then those of the release.
    fn all(rules: &Rules, current: &Rule, rows: &[VersionRow], today: Day) -> Vec<Self> {
        let state = |from: Day, standing: Standing| {
            if from == current.valid_from && standing == current.standing {
                ("现行", "ok")
            } else if from > today {
                ("尚未施行", "info")
            } else {
                ("以前", "muted")
            }
        };
        let standing_rows = || rows.iter().filter(|row| row.withdrawn_at.is_none());
        let next = |from: Option<Day>| {
            let later =
                standing_rows().map(|row| row.valid_from).filter(|day| from.is_none_or(|from| *day > from));
            later.min().map(|day| day.add_days(-1))
        };
        let own = rows.iter().map(|row| {
            let (word, badge) = match row.withdrawn_at {
                Some(_) => ("已收回", "muted"),
                None => state(row.valid_from, Standing::Confirmed),
            };
            Self {
                term: row.term().label(),
                from: row.valid_from,
                until: if row.withdrawn_at.is_none() { next(Some(row.valid_from)) } else { None },
                word,
                badge,
                source: row.document.clone(),
                reason: row.reason.clone(),
                by: format!("{}，{}", row.set_name, row.set_at.chinese()),
                withdrawn: row.withdrawn_at.map_or(String::new(), |at| {
                    format!("{} {}收回：{}", at.chinese(), row.withdrawn_name, row.withdraw_reason)
                }),
            }
        });
        let released = rules.versions(current.id).filter(|rule| rule.standing != Standing::Confirmed);
        let released = released.map(|rule| {
            let (word, badge) = state(rule.valid_from, rule.standing);
            let until = if rule.standing == Standing::Confirm { next(None) } else { rule.valid_to };
            Self {
                term: rule.term.label(),
                from: rule.valid_from,
                until: until.filter(|day| *day >= rule.valid_from),
                word,
                badge,
                source: rule.citation.to_string(),
                reason: String::new(),
                by: "系统".to_owned(),
                withdrawn: String::new(),
            }
        });
        own.chain(released).collect()
    }
}

/// `GET /aid/rules/{rule}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let rules = rules::load(&mut tx).await?;
    let rule = rules.on(&id, ctx.today()).ok_or(RuleRefusal::NoRule)?;
    let rows = rules::versions(&mut tx, rule.id).await?;
    drop(tx);
    let (unit, count) = TermUnit::split(rule.term);
    let (version, count, tomorrow) =
        (seen(&rows).to_string(), count.to_string(), ctx.today().add_days(1).to_string());
    let how = if rule.standing == Standing::Confirm { "confirm" } else { "change" };
    let form = ctx.form(&[
        ("version", version.as_str()),
        ("how", how),
        ("count", count.as_str()),
        ("unit", unit.as_str()),
        ("valid_from", tomorrow.as_str()),
    ]);
    show_rule(&ctx, form, &id).await
}

async fn show_rule(ctx: &Ctx, form: Form, id: &str) -> Reply<Page> {
    let today = ctx.today();
    let mut tx = ctx.begin_read().await?;
    let rules = rules::load(&mut tx).await?;
    let rule = rules.on(id, today).cloned().ok_or(RuleRefusal::NoRule)?;
    let rows = rules::versions(&mut tx, rule.id).await?;
    drop(tx);
    let pair = |key: &str, label: String| (key.to_owned(), label);
    let mut ways = vec![pair("change", "另设期限".to_owned())];
    if rule.standing == Standing::Confirm {
        ways.insert(0, pair("confirm", format!("按现在的期限确认（{}）", rule.term.label())));
    }
    let ahead = rows.iter().filter(|row| row.is_ahead(today));
    let ahead =
        ahead.map(|row| pair(&row.id.to_string(), format!("{}，{} 起", row.term().label(), row.valid_from)));
    let main = RuleMain {
        versions: Version::all(&rules, &rule, &rows, today),
        units: TermUnit::ALL.iter().map(|unit| pair(unit.as_str(), unit.label().to_owned())).collect(),
        ahead: ahead.collect(),
        ways,
        may_set: ctx.actor()?.may(RULES),
        rule,
        form,
    };
    Ok(Page::new(main.rule.title, &main)?
        .crumb("法律援助", "/aid")
        .crumb("期限规则", "/aid/rules")
        .narrow()
        .answering(&main.form))
}

impl RuleMain {
    fn is_law(&self) -> bool {
        self.rule.standing == Standing::Law
    }
}

/// `POST /aid/rules/{rule}`
pub(crate) async fn set(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_set(&ctx, &id, &mut form).await {
        Ok((tx, done)) => ctx.see_other(tx, &format!("/aid/rules/{id}"), done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            again(&ctx, form, &id).await
        }
    }
}

/// The page once more with what was typed, and with the version that stands now.
async fn again(ctx: &Ctx, mut form: Form, id: &str) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let rows = rules::versions(&mut tx, id).await?;
    drop(tx);
    form.set("version", &seen(&rows).to_string());
    Ok(show_rule(ctx, form, id).await?.into_response())
}

async fn try_set(ctx: &Ctx, id: &str, form: &mut Form) -> Result<(Tx, &'static str)> {
    let document = form.text("document", 200);
    let reason = form.text("reason", 500);
    let (word, done) = match form.get("how") {
        "confirm" => (Word::Confirm, "已确认。期限没有变，正在计时的案件不受影响。"),
        "change" => {
            let unit = TermUnit::from_text(form.get("unit"));
            if unit.is_none() {
                form.error("unit", "请选择单位");
            }
            let unit = unit.unwrap_or(TermUnit::Days);
            let wrong = || format!("请填写 1 到 {} 的整数", unit.most());
            form.need("count", "请填写期限");
            let count = form.parse("count", |text| match kernel::to_half_width(text).trim().parse::<u32>() {
                Ok(count) if (1..=unit.most()).contains(&count) => Ok(count),
                _ => Err(wrong()),
            });
            form.need("valid_from", "请填写从哪一天起");
            let from = form.parse("valid_from", Day::parse);
            let change = Word::Change { unit, count: count.unwrap_or(0), from: from.unwrap_or(ctx.today()) };
            (change, "已设期限。从那一天起开始计时的案件按它算，以前开始的不变。")
        }
        _ => {
            form.error("how", "请选择确认还是另设期限");
            (Word::Confirm, "")
        }
    };
    form.check()?;
    let version: i64 = form.get("version").parse().unwrap_or(-1);
    let mut tx = ctx.begin_write().await?;
    set_rule(&mut tx, ctx.actor()?, id, word, (&document, &reason), version, ctx.now()).await?;
    Ok((tx, done))
}

/// `POST /aid/rules/{rule}/withdraw`
pub(crate) async fn withdraw(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    known(&id).ok_or(RuleRefusal::NoRule)?;
    match try_withdraw(&ctx, &id, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/rules/{id}"), "已收回，期限还按以前的算。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            again(&ctx, form, &id).await
        }
    }
}

async fn try_withdraw(ctx: &Ctx, id: &str, form: &mut Form) -> Result<Tx> {
    let which: Option<Id<Rule>> = form.id("which", "请重新选择收回哪一条");
    if which.is_none() && form.get("which").is_empty() {
        form.error("which", "请选择收回哪一条");
    }
    form.need("withdraw_reason", "请写明为什么收回");
    let reason = form.text("withdraw_reason", 200);
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let which = which.ok_or(RuleRefusal::Gone)?;
    take_back(&mut tx, ctx.actor()?, id, which, &reason, ctx.now()).await?;
    Ok(tx)
}
