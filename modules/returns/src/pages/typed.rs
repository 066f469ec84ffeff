//! Typing in what nothing in the system knows, for a form and a period: an empty field stays 未采集 and is never 0.

use super::{address, form, open, period_of};
use crate::{
    Book, Column, Form as Return,
    actions::type_columns::type_columns,
    book::{shown, yuan_of},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Period, Result, Scheme};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/typed.html")]
struct TypedMain {
    form: Form,
    of: &'static Return,
    period: Period,
    fields: Vec<Field>,
    back: String,
}

struct Field {
    name: String,
    label: String,
    hint: String,
    money: bool,
}

fn name(column: &Column) -> String {
    format!("n-{}", column.number)
}

/// `GET /returns/{form}/typed`
pub(crate) async fn ask(ctx: Ctx, Path(key): Path<String>) -> Reply<Page> {
    let of = form(&key)?;
    let period = period_of(&Listing::of(&ctx.uri), of, ctx.today())?;
    let mut tx = ctx.begin_read().await?;
    let book = open(&ctx, &mut tx, period).await?;
    drop(tx);
    let mut known = vec![
        ("period".to_owned(), period.to_string()),
        ("scheme".to_owned(), period.scheme().key().to_owned()),
        ("seen".to_owned(), book.newest_typed(of).to_string()),
    ];
    for column in of.columns().filter(|column| column.is_typed()) {
        if let Some(value) = book.typed(column).and_then(|typed| typed.value) {
            known.push((name(column), shown(column, value)));
        }
    }
    let known: Vec<(&str, &str)> =
        known.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    show(ctx.form(&known), of, &book)
}

fn show(form: Form, of: &'static Return, book: &Book) -> Reply<Page> {
    let main = TypedMain {
        form,
        of,
        period: book.period,
        fields: of.columns().filter(|column| column.is_typed()).map(|column| field(book, column)).collect(),
        back: address(of, book.period, "", &[]),
    };
    Ok(Page::new(format!("填报{}", of.title), &main)?
        .crumb("司法部报表", "/returns")
        .crumb(of.title, &main.back)
        .narrow()
        .answering(&main.form))
}

fn field(book: &Book, column: &Column) -> Field {
    let mut hints = Vec::new();
    if let Some(counted) = book.cell(column.place()).counted {
        hints.push(format!("系统已计 {}，这里只填系统里没有的", shown(column, counted)));
    }
    if let Some(typed) = book.typed(column) {
        hints.push(format!("{}填于{}", typed.typed_name, typed.typed_at.chinese()));
    }
    Field {
        name: name(column),
        label: format!("{}　{}", column.number, column.title()),
        hint: hints.join("；"),
        money: column.is_money(),
    }
}

/// `POST /returns/{form}/typed`
pub(crate) async fn save(ctx: Ctx, Path(key): Path<String>, mut form: Form) -> Reply {
    let of = self::form(&key)?;
    let scheme: Scheme = form.get("scheme").parse()?;
    let period = Period::parse(scheme, form.get("period"))?;
    match try_save(&ctx, of, period, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &address(of, period, "", &[]), "已保存填报的数。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            let book = open(&ctx, &mut tx, period).await?;
            drop(tx);
            // What stands now is shown beside each field; sent again, it is meant for that.
            form.set("seen", &book.newest_typed(of).to_string());
            Ok(show(form, of, &book)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, of: &'static Return, period: Period, form: &mut Form) -> Result<Tx> {
    let mut values = Vec::new();
    for column in of.columns().filter(|column| column.is_typed()) {
        values.push((column, read(form, column)));
    }
    form.check()?;
    let seen: i64 = form.get("seen").parse().unwrap_or(-1);
    let mut tx = ctx.begin_write().await?;
    let book = open(ctx, &mut tx, period).await?;
    type_columns(&mut tx, ctx.actor()?, (&book, of), &values, seen, ctx.now()).await?;
    Ok(tx)
}

/// Larger numbers are slips.
const MOST: i64 = 1_000_000_000;

fn read(form: &mut Form, column: &Column) -> Option<i64> {
    let money = column.is_money();
    form.parse(&name(column), |text| {
        let value = if money { yuan_of(text) } else { kernel::to_half_width(text.trim()).parse().ok() };
        match value {
            Some(value) if (0..=MOST).contains(&value) || (money && value >= 0) => Ok(value),
            _ if money => Err("请填写万元数，最多四位小数，例如 12.5；不知道的留空"),
            _ => Err("请填写 0 或者正整数；不知道的留空"),
        }
    })
}

impl TypedMain {
    fn attributes(field: &Field) -> &'static str {
        if field.money { "class='w-m' inputmode='decimal'" } else { "class='w-m' inputmode='numeric'" }
    }
}
