//! Choose a file: what it must look like, the template, and the upload.

use super::{XLSX, kind};
use crate::{
    actions::upload,
    kind::{Column, Kind},
};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use sheet::{OutRow, OutTab, workbook};
use web::{Ctx, Form, Page, Reply, download};

#[derive(Template)]
#[template(path = "pages/upload.html")]
struct UploadMain<'a> {
    kind: &'a Kind,
    columns: Vec<&'static Column>,
    form: Form,
}

fn page(kind: &Kind, form: Form) -> Reply<Page> {
    let main = UploadMain { kind, columns: kind.all_columns().collect(), form };
    Ok(Page::new(format!("导入{}", kind.title), &main)?
        .crumb("批量导入", "/imports")
        .answering(&main.form)
        .narrow())
}

/// `GET /imports/{kind}/new`
pub(crate) async fn ask(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    page(kind(&ctx, &key)?, ctx.form(&[]))
}

/// `POST /imports/{kind}/new`
pub(crate) async fn receive(ctx: Ctx, Path(key): Path<String>, mut form: Form) -> Reply {
    let kind = kind(&ctx, &key)?;
    let given = ctx.upload("file").await?.map(|upload| (upload.file_name.clone(), upload.bytes.to_vec()));
    let read = match given {
        Some((name, bytes)) => upload::read(kind, &name, bytes).await.map(|file| (name, file)),
        None => Err(upload::UploadRefusal::NoFile.into()),
    };
    let (name, file) = match read {
        Ok(read) => read,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            return Ok(page(kind, form)?.into_response());
        }
    };
    let mut tx = ctx.begin_write().await?;
    let (id, next) = upload::enter(&mut tx, &ctx.app, ctx.actor()?, kind, (&name, &file), ctx.now()).await?;
    let reply = ctx.see_other(tx, &format!("/imports/{id}"), "").await?;
    upload::follow(&ctx.app, id, file, next).await?;
    Ok(reply)
}

/// `GET /imports/{kind}/template.xlsx`
pub(crate) async fn template(ctx: Ctx, Path(key): Path<String>) -> Reply<Response> {
    let kind = kind(&ctx, &key)?;
    let columns: Vec<&Column> = kind.all_columns().collect();
    let told = |c: &Column| format!("{}{}", if c.required { "必填。" } else { "选填。" }, c.hint);
    let rows = vec![
        OutRow {
            number: 1,
            cells: columns.iter().map(|c| c.title.to_owned()).collect(),
            head: true,
            notes: columns.iter().enumerate().map(|(at, c)| (at, told(c))).collect(),
            ..OutRow::default()
        },
        OutRow {
            number: 2,
            cells: columns.iter().map(|c| c.example.to_owned()).collect(),
            ..OutRow::default()
        },
    ];
    let line =
        |number: u32, cells: Vec<String>| OutRow { number, cells, head: number == 1, ..OutRow::default() };
    let mut help = vec![line(
        1,
        vec!["列名".to_owned(), "是否必填".to_owned(), "填写说明".to_owned(), "样例".to_owned()],
    )];
    for (column, number) in columns.iter().zip(2u32..) {
        let must = if column.required { "必填" } else { "选填" };
        help.push(line(
            number,
            vec![column.title.to_owned(), must.to_owned(), column.hint.to_owned(), column.example.to_owned()],
        ));
    }
    let last = u32::try_from(columns.len()).unwrap_or(0) + 3;
    help.push(line(
        last,
        vec![
            "说明".to_owned(),
            String::new(),
            format!("第一张表第 2 行是样例，原样留着也不会导入。{}空着的格子表示不改。", kind.matching),
        ],
    ));
    let tabs = [
        OutTab { name: kind.title.to_owned(), rows, error_title: None },
        OutTab { name: "填写说明".to_owned(), rows: help, error_title: None },
    ];
    Ok(download(XLSX, &format!("{}导入模板.xlsx", kind.title), workbook(&tabs)?))
}
