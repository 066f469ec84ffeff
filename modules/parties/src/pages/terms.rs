//! One dictionary: its terms; adding one, ending one.

use crate::{
    DICTIONARY_WRITE,
    actions::{add_term::add_term, end_term::end_term},
    pages::id_of,
    store::terms::{self, TermLine},
    term::{LISTS, NewTerm, Term, TermStatus, list_label},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/terms.html")]
struct TermsMain {
    list: String,
    label: String,
    lines: Vec<TermLine>,
    today: Day,
    may_write: bool,
}

#[derive(Template)]
#[template(path = "pages/term_new.html")]
struct NewMain {
    form: Form,
    list: String,
    label: String,
    parents: Vec<(String, String)>,
    statuses: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/term_end.html")]
struct EndMain {
    form: Form,
    term: TermLine,
}

const MISSING: &str = "没有这个字典。";
const MISSING_TERM: &str = "字典中没有这个条目。";

async fn lines(tx: &mut Tx, list: &str) -> Result<Vec<TermLine>> {
    let lines = terms::whole_list(tx, list).await?;
    if lines.is_empty() && LISTS.iter().all(|(code, _)| *code != list) {
        return Err(Refusal::not_found(MISSING).into());
    }
    Ok(lines)
}

/// `GET /dictionaries/{list}`
pub(crate) async fn show(ctx: Ctx, Path(list): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lines = lines(&mut tx, &list).await?;
    let label = list_label(&list).to_owned();
    let main =
        TermsMain { lines, label, list, today: ctx.today(), may_write: ctx.actor()?.may(DICTIONARY_WRITE) };
    Ok(Page::new(main.label.clone(), &main)?.crumb("字典", "/dictionaries"))
}

impl TermsMain {
    fn parent(&self, term: &TermLine) -> String {
        let Some(parent) = &term.parent else { return String::new() };
        self.lines.iter().find(|t| t.code == *parent).map_or_else(|| parent.clone(), |t| t.name.clone())
    }

    fn ended(&self, term: &TermLine) -> bool {
        term.valid_to.is_some_and(|last| last < self.today)
    }
}

/// `GET /dictionaries/{list}/new`
pub(crate) async fn blank(ctx: Ctx, Path(list): Path<String>) -> Reply<Page> {
    let today = ctx.today().to_string();
    show_new(&ctx, &list, ctx.form(&[("status", TermStatus::Confirm.as_str()), ("valid_from", &today)])).await
}

async fn show_new(ctx: &Ctx, list: &str, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    lines(&mut tx, list).await?;
    let parents = terms::term_options(&mut tx, list, ctx.today()).await?;
    let statuses = TermStatus::ALL.iter().map(|s| (s.as_str().to_owned(), s.label().to_owned())).collect();
    let label = list_label(list).to_owned();
    let main = NewMain { form, list: list.to_owned(), label, parents, statuses };
    let href = format!("/dictionaries/{list}");
    Ok(Page::new("新增条目", &main)?
        .crumb("字典", "/dictionaries")
        .crumb(&main.label, href)
        .narrow()
        .answering(&main.form))
}

/// `POST /dictionaries/{list}/new`
pub(crate) async fn create(ctx: Ctx, Path(list): Path<String>, mut form: Form) -> Reply {
    match try_create(&ctx, &list, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/dictionaries/{list}"), "已新增条目。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_new(&ctx, &list, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, list: &str, form: &mut Form) -> Result<Tx> {
    let code = form.parse("code", |text| {
        let text = kernel::to_half_width(text);
        let plain = text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if plain { Ok(text) } else { Err("代码只用字母、数字和 - _ .，40 个以内") }
    });
    let status = form.parse("status", |text| TermStatus::from_text(text).ok_or("请选择可信程度"));
    let valid_from = form.parse("valid_from", Day::parse);
    for (field, message) in [
        ("code", "请填写代码"),
        ("name", "请填写名称"),
        ("source", "请写明依据"),
        ("status", "请选择可信程度"),
        ("valid_from", "请填写启用日期"),
    ] {
        form.need(field, message);
    }
    let (name, source) = (form.text("name", 60), form.text("source", 120));
    let parent = Some(form.get("parent").to_owned()).filter(|parent| !parent.is_empty());
    form.check()?;
    let (Some(code), Some(status), Some(valid_from)) = (code, status, valid_from) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let mut tx = ctx.begin_write().await?;
    lines(&mut tx, list).await?;
    let sort = terms::next_sort(&mut tx, list).await?;
    let new = NewTerm { list: list.to_owned(), code, name, parent, source, status, valid_from, sort };
    add_term(&mut tx, ctx.actor_id(), &new).await?;
    Ok(tx)
}

async fn find(ctx: &Ctx, list: &str, id: &str) -> Result<TermLine> {
    let id = id_of::<Term>(id, MISSING_TERM)?;
    let mut tx = ctx.begin_read().await?;
    let term = terms::term(&mut tx, id).await?.filter(|term| term.list == list);
    Ok(term.ok_or_else(|| Refusal::not_found(MISSING_TERM))?)
}

/// `GET /dictionaries/{list}/{id}/end`
pub(crate) async fn ask_end(ctx: Ctx, Path((list, id)): Path<(String, String)>) -> Reply<Page> {
    let term = find(&ctx, &list, &id).await?;
    show_end(term, ctx.form(&[("valid_to", &ctx.today().to_string())]))
}

fn show_end(term: TermLine, form: Form) -> Reply<Page> {
    let href = format!("/dictionaries/{}", term.list);
    let label = list_label(&term.list).to_owned();
    let main = EndMain { form, term };
    Ok(Page::new("停用条目", &main)?
        .crumb("字典", "/dictionaries")
        .crumb(label, href)
        .narrow()
        .answering(&main.form))
}

/// `POST /dictionaries/{list}/{id}/end`
pub(crate) async fn end(ctx: Ctx, Path((list, id)): Path<(String, String)>, mut form: Form) -> Reply {
    let term = find(&ctx, &list, &id).await?;
    match try_end(&ctx, &term, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/dictionaries/{list}"), "已停用，已登记的数据不受影响。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_end(term, form)?.into_response())
        }
    }
}

async fn try_end(ctx: &Ctx, term: &TermLine, form: &mut Form) -> Result<Tx> {
    let last_day = form.parse("valid_to", Day::parse);
    form.need("valid_to", "请填写最后使用日");
    form.check()?;
    let Some(last_day) = last_day else { return Err(Refusal::invalid("请填写最后使用日").into()) };
    let mut tx = ctx.begin_write().await?;
    end_term(&mut tx, ctx.actor_id(), term.id, last_day).await?;
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use crate::testing::migrations;
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn dictionaries_are_read_extended_and_ended() {
        on_both(&migrations(), |db| async move {
            let mut tx = db.begin_write().await?;
            crate::install_standard_terms(&mut tx).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let reader = server.log_in(actor(Role::Leader));
            insta::assert_snapshot!("dictionaries", reader.get("/dictionaries").await.main());
            assert_eq!(reader.get("/dictionaries.xlsx").await.status, 200);
            assert_eq!(reader.get("/dictionaries/channel/new").await.status, 403);
            assert_eq!(server.log_in(actor(Role::Adviser)).get("/dictionaries").await.status, 403);
            assert_eq!(reader.get("/dictionaries/nothing").await.status, 404);

            let writer = server.log_in(actor(Role::SystemAdmin));
            let new = |code| {
                [
                    ("name", "视频咨询"),
                    ("code", code),
                    ("source", "本局规定"),
                    ("status", "confirm"),
                    ("valid_from", "2022-05-06"),
                ]
            };
            assert_eq!(writer.post("/dictionaries/channel/new", &new("video")).await.status, 303);
            assert_eq!(writer.post("/dictionaries/channel/new", &new("video")).await.status, 422, "in use");
            let odd = writer.post("/dictionaries/channel/new", &new("视频")).await;
            assert_eq!(odd.status, 422);
            assert!(odd.text().contains("代码只用字母"));
            assert_eq!(writer.post("/dictionaries/nothing/new", &new("video")).await.status, 404);
            let shown = writer.get("/dictionaries/channel").await.text();
            assert!(shown.contains("视频咨询") && shown.contains("待确认"));
            let end = shown
                .split(r#"href=""#)
                .filter(|part| part.contains("/end\""))
                .last()
                .and_then(|part| part.split('"').next())
                .expect("a link")
                .to_owned();
            assert!(writer.get(&end).await.text().contains("停用条目：视频咨询"));
            assert_eq!(writer.post(&end, &[("valid_to", "2022-05-01")]).await.status, 422, "before it began");
            assert_eq!(writer.post(&end, &[("valid_to", "2022-05-06")]).await.status, 303);
            assert_eq!(writer.post(&end, &[("valid_to", "2022-05-07")]).await.status, 409);
            assert_eq!(writer.get(&end.replace("channel", "group")).await.status, 404, "of another list");
            Ok(())
        });
    }
}
