//! Where duty lawyers sit, and on which weekdays: the list, adding one, changing one.

use crate::{
    actions::rota::{NewPost, RotaRefusal, change_post, open_post},
    rota::{Half, Post, PostPlace, Week},
    store::turns::{self, PostRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/posts.html")]
struct PostsMain {
    form: Form,
    posts: Vec<PostRow>,
    places: Vec<(String, String)>,
    halves: Vec<(String, String)>,
}

/// The fields of the weekdays with their names.
const WEEKDAYS: [(&str, &str); 7] = [
    ("w1", "周一"),
    ("w2", "周二"),
    ("w3", "周三"),
    ("w4", "周四"),
    ("w5", "周五"),
    ("w6", "周六"),
    ("w7", "周日"),
];

/// The value of a day on which nobody sits.
const NOBODY: &str = "-";

/// What a day can be chosen as.
fn halves() -> Vec<(String, String)> {
    let halves = [Half::Morning, Half::Afternoon, Half::Day];
    let named = halves.iter().map(|half| (half.as_str(), half.label()));
    let all = [(NOBODY, "不值班")].into_iter().chain(named);
    all.map(|(value, label)| (value.to_owned(), label.to_owned())).collect()
}

/// The fields of a week as it is chosen.
fn chosen(week: Week) -> impl Iterator<Item = (&'static str, &'static str)> {
    let days = week.0.into_iter().zip(WEEKDAYS);
    days.map(|(half, (field, _))| (field, half.map_or(NOBODY, Half::as_str)))
}

/// `GET /aid/rota/posts`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let mut known = vec![("place", PostPlace::Detention.as_str())];
    known.extend(chosen(Week::from_text("ddddd--")));
    let form = ctx.form(&known);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let places = PostPlace::ALL.iter().map(|at| (at.as_str().to_owned(), at.label().to_owned()));
    let posts = turns::posts(&mut tx).await?;
    let main = PostsMain { form, posts, places: places.collect(), halves: halves() };
    Ok(Page::new("值班点", &main)?
        .crumb("法律援助", "/aid")
        .crumb("值班排班", "/aid/rota")
        .answering(&main.form))
}

fn read(form: &mut Form, place: Option<PostPlace>) -> Result<NewPost> {
    if place.is_none() {
        form.error("place", "请选择地点");
    }
    form.need("organ", "请填写机关或者地点的名称");
    let organ = kernel::squeeze(&form.text("organ", 60));
    let mut week = [None; 7];
    for (day, (field, _)) in week.iter_mut().zip(WEEKDAYS) {
        *day = Half::from_text(form.get(field));
    }
    form.check()?;
    let Some(place) = place else { return Err(RotaRefusal::NoOrgan.into()) };
    Ok(NewPost { place, organ, week: Week(week) })
}

/// `POST /aid/rota/posts`
pub(crate) async fn add(ctx: Ctx, mut form: Form) -> Reply {
    match try_add(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/aid/rota/posts", "已登记值班点。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_add(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let new = read(form, PostPlace::from_text(form.get("place")))?;
    let mut tx = ctx.begin_write().await?;
    open_post(&mut tx, ctx.actor()?, &new).await?;
    Ok(tx)
}

#[derive(Template)]
#[template(path = "pages/post.html")]
struct PostMain {
    form: Form,
    row: PostRow,
    halves: Vec<(String, String)>,
    states: Vec<(String, String)>,
}

async fn find(ctx: &Ctx, id: &str) -> Result<PostRow> {
    let missing = || Refusal::not_found("没有这个值班点。");
    let id: Id<Post> = id.parse().map_err(|_| missing())?;
    let mut tx = ctx.begin_read().await?;
    Ok(turns::post(&mut tx, id).await?.ok_or_else(missing)?)
}

/// `GET /aid/rota/posts/{id}`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let row = find(&ctx, &id).await?;
    let version = row.version.to_string();
    let mut known =
        vec![("organ", row.organ.as_str()), ("state", row.state.as_str()), ("version", version.as_str())];
    for (field, half) in chosen(row.week()) {
        known.push((field, half));
    }
    let form = ctx.form(&known);
    show_one(form, row)
}

fn show_one(form: Form, row: PostRow) -> Reply<Page> {
    let states = vec![("active".to_owned(), "值班".to_owned()), ("closed".to_owned(), "停用".to_owned())];
    let main = PostMain { form, row, halves: halves(), states };
    Ok(Page::new("修改值班点", &main)?
        .crumb("值班排班", "/aid/rota")
        .crumb("值班点", "/aid/rota/posts")
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/rota/posts/{id}`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let row = find(&ctx, &id).await?;
    match try_save(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/aid/rota/posts", "已保存。已经公布的班次不变。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &row.version.to_string());
            Ok(show_one(form, row)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, row: &PostRow, form: &mut Form) -> Result<Tx> {
    let new = read(form, Some(row.place))?;
    let seen = PostRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() };
    let mut tx = ctx.begin_write().await?;
    change_post(&mut tx, ctx.actor()?, &seen, &new, form.get("state") != "closed").await?;
    Ok(tx)
}
