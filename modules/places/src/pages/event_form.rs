//! Recording an event: choose what happened, fill in, look at every consequence, confirm.

use crate::{
    actions::record_event::{self, record_event},
    event::{EventKind, MOST, NewEvent, SCHEMES, Successor},
    follower::{Consequence, followers},
    store::{self, UnitRow},
    unit::{Unit, UnitKind},
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Day, Id, Refusal, Result};
use std::fmt::Write as _;
use web::{Ctx, Form, Html, Listing, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/event_kinds.html")]
struct KindsMain;

#[derive(Template)]
#[template(path = "pages/event_form.html")]
struct FormMain {
    form: Form,
    kind: EventKind,
    towns: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    before: usize,
    after: usize,
}

#[derive(Template)]
#[template(path = "pages/event_preview.html")]
struct PreviewMain {
    form: Form,
    title: String,
    event: NewEvent,
    groups: Vec<(&'static str, Vec<Consequence>)>,
}

impl FormMain {
    fn units(&self) -> Html {
        let mut html = String::new();
        for n in 1..=self.before {
            let label = match self.kind {
                EventKind::Merge => format!("要合并的村（社区）{n}{}", if n > 2 { "（选填）" } else { "" }),
                EventKind::Split => "要拆分的村（社区）".to_owned(),
                EventKind::Abolish => "要撤销的村（社区）".to_owned(),
                EventKind::Move => "要划转的村（社区）".to_owned(),
                EventKind::Rename | EventKind::Create => "要更名的村（社区）".to_owned(),
            };
            let hint = if n == 1 {
                "可输汉字或拼音首字母，如 mh；重名的请带上镇名"
            } else {
                ""
            };
            html.push_str(&self.form.combobox(&format!("unit-{n}"), &label, hint, "/places/search").0);
        }
        Html(html)
    }

    fn successor(&self, n: &usize) -> Html {
        let (form, optional) = (&self.form, if *n > 2 { "（选填）" } else { "" });
        let field = |name: &str| format!("{name}-{n}");
        let mut html = String::new();
        html.push_str(
            &form.input(&field("name"), &format!("名称{optional}"), "公章上的全称", "class='w-l'").0,
        );
        html.push_str(
            &form.input(&field("short_name"), &format!("简称{optional}"), "群众平时的叫法", "class='w-m'").0,
        );
        if self.kind != EventKind::Rename {
            html.push_str(&form.select(&field("kind"), "类别", "", &self.kinds).0);
        }
        if self.kind == EventKind::Split {
            let hint = "拆分前有人口数的必填，各村合计要等于原来的人数";
            let share =
                form.input(&field("share"), "分得人口（选填）", hint, "inputmode='numeric' class='w-s'");
            html.push_str(&share.0);
        }
        html.push_str(&self.codes(*n).0);
        Html(html)
    }

    fn codes(&self, n: usize) -> Html {
        let mut html = String::from(r#"<details class="filters-more"><summary>新的代码（选填）</summary>"#);
        for (scheme, label) in SCHEMES {
            let name = format!("code-{scheme}-{n}");
            html.push_str(&self.form.input(&name, label, "", "class='w-l'").0);
        }
        html.push_str("</details>");
        Html(html)
    }

    fn wants_after(&self) -> bool {
        !matches!(self.kind, EventKind::Abolish | EventKind::Move)
    }

    fn wants_town(&self) -> bool {
        !matches!(self.kind, EventKind::Abolish | EventKind::Rename)
    }

    fn town_label(&self) -> &'static str {
        if self.kind == EventKind::Move { "划入的镇（街道）" } else { "所属镇（街道）" }
    }
}

impl PreviewMain {
    /// What has to be decided, as chips; what was chosen before is kept.
    fn question(&self, consequence: &&Consequence) -> Html {
        let Some(question) = &consequence.question else { return Html::default() };
        let kept = self.form.has("asked", question.name).then(|| self.form.all(question.name));
        let ticked = |value: &str| match &kept {
            Some(kept) => kept.contains(&value),
            None => question.default.iter().any(|default| default == value),
        };
        let kind = if question.several { "checkbox" } else { "radio" };
        let mut html = format!(
            r#"<fieldset class="field"><legend>{}</legend><p class="hint">{}</p><input type="hidden" name="asked" value="{}"><div class="chips">"#,
            web::escape(&question.label),
            web::escape(&question.hint),
            question.name
        );
        for (value, label) in &question.options {
            write!(
                html,
                r#"<label class="chip"><input type="{kind}" name="{}" value="{}"{}><span>{}</span></label>"#,
                question.name,
                web::escape(value),
                if ticked(value) { " checked" } else { "" },
                web::escape(label)
            )
            .ok();
        }
        html.push_str("</div></fieldset>");
        Html(html)
    }

    /// Everything typed, without what the page asks itself.
    fn carried(&self) -> Html {
        let mut except = vec!["step", "idempotency_key", "asked"];
        for (_, consequences) in &self.groups {
            except.extend(consequences.iter().filter_map(|c| c.question.as_ref()).map(|q| q.name));
        }
        self.form.carry(&except)
    }
}

fn kind_of(form: &Form) -> Option<EventKind> {
    EventKind::from_text(form.get("what"))
}

/// `GET /places/events/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    if listing.get("what").and_then(EventKind::from_text).is_none() {
        return Ok(Page::new("登记村（社区）调整", &KindsMain)?.crumb("调整记录", "/places/events").narrow());
    }
    let mut known = vec![("what", listing.show("what")), ("n", listing.show("n"))];
    let today = ctx.today().to_string();
    known.push(("day", &today));
    let mut form = ctx.form(&known);
    // From a unit's page: the unit is chosen already.
    let mut tx = ctx.begin_read().await?;
    if let Some(id) = listing.get("unit").and_then(|id| id.parse().ok())
        && let Some(unit) = store::unit(&mut tx, id).await?
    {
        form.set("unit-1", &unit.id.to_string());
        form.set("unit-1_text", &format!("{} {}", unit.town_name, unit.short_name));
        form.set("town", &unit.town_id.to_string());
    }
    drop(tx);
    show_form(&ctx, form).await
}

async fn show_form(ctx: &Ctx, form: Form) -> Reply<Page> {
    let Some(kind) = kind_of(&form) else {
        return Ok(Page::new("登记村（社区）调整", &KindsMain)?.crumb("调整记录", "/places/events").narrow());
    };
    let mut tx = ctx.begin_read().await?;
    let towns = store::towns(&mut tx).await?.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
    let kinds = UnitKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect();
    let asked: usize = form.get("n").parse().unwrap_or(0);
    let [(least, most), (least_after, most_after)] = kind.sizes();
    let size = |least: usize, most: usize| if most > 1 { asked.clamp(least + 1, MOST) } else { least };
    let main = FormMain {
        kind,
        towns,
        kinds,
        before: size(least, most),
        after: size(least_after, most_after),
        form,
    };
    let title = format!("登记{}", kind.label());
    Ok(Page::new(title, &main)?.crumb("调整记录", "/places/events").narrow().answering(&main.form))
}

/// `POST /places/events/new`: the preview, the way back to the form, or the deed.
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match form.get("step") {
        "edit" => Ok(show_form(&ctx, form).await?.into_response()),
        "confirm" => match try_record(&ctx, &mut form).await {
            Ok((tx, id)) => {
                ctx.see_other(tx, &format!("/places/events/{id}"), "已登记调整，所有以前的数字都没有变。")
                    .await
            }
            Err(error) => {
                ctx.refused(error, &mut form)?;
                Ok(show_form(&ctx, form).await?.into_response())
            }
        },
        _ => match preview(&ctx, &mut form).await {
            Ok(main) => {
                Ok(Page::new("核对调整的影响", &main)?.crumb("调整记录", "/places/events").into_response())
            }
            Err(error) => {
                ctx.refused(error, &mut form)?;
                Ok(show_form(&ctx, form).await?.into_response())
            }
        },
    }
}

async fn preview(ctx: &Ctx, form: &mut Form) -> Result<PreviewMain> {
    let mut tx = ctx.begin_read().await?;
    let event = read(&mut tx, form).await?;
    let checked = record_event::check(&mut tx, &event, ctx.today()).await?;
    let (_, title) = record_event::describe(&mut tx, &event, &checked.before).await?;
    let own = record_event::own_consequences(&mut tx, &event, &checked).await?;
    let mut groups = vec![("名册", own)];
    for follower in followers(&ctx.app) {
        let found = (follower.preview)(&mut tx, &checked.change).await?;
        if !found.is_empty() {
            groups.push((follower.title, found));
        }
    }
    drop(tx);
    Ok(PreviewMain { form: form.clone(), title, event, groups })
}

async fn try_record(ctx: &Ctx, form: &mut Form) -> Result<(::store::Tx, Id<crate::Event>)> {
    let mut tx = ctx.begin_write().await?;
    let event = read(&mut tx, form).await?;
    let id = record_event(&mut tx, ctx.actor_id(), &event, &followers(&ctx.app), ctx.now()).await?;
    Ok((tx, id))
}

/// Reads the form; what is wrong is noted in it.
async fn read(tx: &mut ::store::Tx, form: &mut Form) -> Result<NewEvent> {
    let kind = kind_of(form).ok_or_else(|| Refusal::invalid("请选择发生了什么调整。"))?;
    let day = form.parse("day", Day::parse);
    if form.get("day").is_empty() {
        form.error("day", "请填写生效日");
    }
    let document = form.need("document", "请填写批准文件的文号或标题");
    let units = store::units_in_reach(tx, &Reach::Region, None, None).await?;
    let before: Vec<UnitRow> = (1..=MOST).filter_map(|n| find(form, n, &units)).collect();
    let town = form.id("town", "请选择镇（街道）");
    if town.is_none() && matches!(kind, EventKind::Create | EventKind::Move) && form.get("town").is_empty() {
        form.error("town", "请选择镇（街道）");
    }
    let after = match kind {
        EventKind::Abolish => Vec::new(),
        EventKind::Move => before.iter().map(|unit| moved(form, unit)).collect(),
        _ => successors(form, kind, before.first().map(|unit| unit.kind)),
    };
    form.check()?;
    let (Some(day), Some(town)) = (day, town.or_else(|| before.first().map(|unit| unit.town_id))) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let choices = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(NewEvent {
        kind,
        day,
        town,
        document,
        note: form.get("note").to_owned(),
        interval_marked: !form.get("interval_marked").is_empty(),
        before: before.iter().map(|unit| unit.id).collect(),
        after,
        choices,
    })
}

/// The unit chosen in the nth field: by its id, or by what was typed.
fn find(form: &mut Form, n: usize, units: &[UnitRow]) -> Option<UnitRow> {
    let field = format!("unit-{n}");
    let id = form.get(&field).parse::<Id<Unit>>().ok();
    let text = form.get(&format!("{field}_text")).to_owned();
    if id.is_none() && text.is_empty() {
        return None;
    }
    let fits = |unit: &&UnitRow| match id {
        Some(id) => unit.id == id,
        None => unit.short_name == text || format!("{} {}", unit.town_name, unit.short_name) == text,
    };
    let found: Vec<&UnitRow> = units.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Some((*one).clone()),
        [] => {
            form.error(&field, "名单里没有这个村（社区），请从名单中选择");
            None
        }
        _ => {
            form.error(&field, "有重名的村（社区），请写成“镇名 村名”");
            None
        }
    }
}

fn codes(form: &Form, n: usize) -> Vec<(String, String)> {
    let code = |scheme: &str| form.get(&format!("code-{scheme}-{n}")).to_owned();
    let typed = SCHEMES.iter().map(|(scheme, _)| ((*scheme).to_owned(), code(scheme)));
    typed.filter(|(_, code)| !code.is_empty()).collect()
}

fn moved(form: &Form, unit: &UnitRow) -> Successor {
    Successor {
        name: unit.name.clone(),
        short_name: unit.short_name.clone(),
        kind: unit.kind,
        codes: codes(form, 1),
        share: None,
    }
}

fn successors(form: &mut Form, kind: EventKind, same_kind: Option<UnitKind>) -> Vec<Successor> {
    let [_, (least, _)] = kind.sizes();
    let mut found = Vec::new();
    for n in 1..=MOST {
        let name = form.get(&format!("name-{n}")).to_owned();
        let short_name = form.get(&format!("short_name-{n}")).to_owned();
        if name.is_empty() && short_name.is_empty() {
            if n <= least {
                form.error(&format!("name-{n}"), "请填写名称");
            }
            continue;
        }
        let field = format!("kind-{n}");
        let typed = form.parse(&field, |text| UnitKind::from_text(text).ok_or("请选择类别"));
        let kept = same_kind.filter(|_| kind == EventKind::Rename);
        let guessed = if short_name.ends_with("社区") { UnitKind::Community } else { UnitKind::Village };
        let share = form.parse(&format!("share-{n}"), |text| {
            kernel::to_half_width(text).parse::<i64>().map_err(|_| "请填写整数人数")
        });
        found.push(Successor {
            name,
            short_name,
            kind: typed.or(kept).unwrap_or(guessed),
            codes: codes(form, n),
            share,
        });
    }
    found
}
