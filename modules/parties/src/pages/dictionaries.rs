//! The dictionaries: which lists there are, how many terms they hold, how many the bureau must confirm; export.

use crate::{
    DICTIONARY_WRITE,
    store::terms,
    term::{LISTS, list_label},
};
use askama::Template;
use axum::response::Response;
use web::{Cell, Ctx, Page, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/dictionaries.html")]
struct DictionariesMain {
    lists: Vec<List>,
    to_confirm: i64,
    may_write: bool,
}

struct List {
    code: String,
    label: String,
    terms: i64,
    to_confirm: i64,
}

/// `GET /dictionaries`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let counts = terms::counts(&mut tx, ctx.today()).await?;
    let known = LISTS.iter().map(|(code, _)| (*code).to_owned());
    let others =
        counts.iter().map(|c| c.list.clone()).filter(|list| LISTS.iter().all(|(code, _)| code != list));
    let lists: Vec<List> = known
        .chain(others)
        .map(|code| {
            let (terms, to_confirm) =
                counts.iter().find(|c| c.list == code).map_or((0, 0), |c| (c.terms, c.to_confirm));
            List { label: list_label(&code).to_owned(), code, terms, to_confirm }
        })
        .collect();
    let to_confirm = lists.iter().map(|list| list.to_confirm).sum();
    let main = DictionariesMain { lists, to_confirm, may_write: ctx.actor()?.may(DICTIONARY_WRITE) };
    Page::new("字典", &main)
}

/// `GET /dictionaries.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let rows = terms::everything(&mut tx).await?;
    let sheet = Sheet {
        name: "字典".to_owned(),
        title: format!("{}公共法律服务字典", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条（含已停用）", ctx.today().chinese(), rows.len()),
        columns: [
            ("字典", 18.0),
            ("代码", 12.0),
            ("名称", 40.0),
            ("上级代码", 12.0),
            ("依据", 40.0),
            ("状态", 9.0),
            ("启用", 12.0),
            ("停用", 12.0),
        ]
        .into_iter()
        .map(|(title, width)| SheetColumn::text(title, width))
        .collect(),
        rows: rows
            .into_iter()
            .map(|t| {
                vec![
                    list_label(&t.list).into(),
                    Cell::Text(t.code),
                    Cell::Text(t.name),
                    Cell::Text(t.parent.unwrap_or_default()),
                    Cell::Text(t.source),
                    t.status.label().into(),
                    Cell::Text(t.valid_from.to_string()),
                    Cell::Text(t.valid_to.map_or(String::new(), |day| day.to_string())),
                ]
            })
            .collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "字典.xlsx",
        xlsx(&[sheet])?,
    ))
}
