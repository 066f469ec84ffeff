//! Records that look like one person, side by side: the same one, or not.

use crate::{
    Person,
    actions::merge_persons,
    pages::{
        person::find,
        persons::{Line, line},
    },
    store::{pairs, persons},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/duplicates.html")]
struct DuplicatesMain {
    form: Form,
    pairs: Vec<Pair>,
}

struct Pair {
    left: Line,
    right: Line,
    why: &'static str,
}

/// `GET /persons/duplicates`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    show(&ctx, ctx.form(&[])).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let mut shown = Vec::new();
    for (left, right, why) in pairs::suspects(&mut tx, &ctx.actor()?.reach()).await? {
        let (Some(left), Some(right)) =
            (persons::person(&mut tx, left).await?, persons::person(&mut tx, right).await?)
        else {
            continue;
        };
        shown.push(Pair {
            left: line(&ctx.app.db, left, &groups)?,
            right: line(&ctx.app.db, right, &groups)?,
            why,
        });
    }
    let main = DuplicatesMain { form, pairs: shown };
    Ok(Page::new("疑似重复", &main)?.crumb("人员", "/persons").answering(&main.form))
}

/// `POST /persons/duplicates`
pub(crate) async fn decide(ctx: Ctx, mut form: Form) -> Reply {
    match try_decide(&ctx, &form).await {
        Ok((tx, done)) => ctx.see_other(tx, "/persons/duplicates", done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_decide(ctx: &Ctx, form: &Form) -> Result<(Tx, &'static str)> {
    let mut tx = ctx.begin_write().await?;
    let left: Id<Person> = find(ctx, &mut tx, form.get("left")).await?.id;
    let right: Id<Person> = find(ctx, &mut tx, form.get("right")).await?.id;
    let actor = ctx.actor_id();
    let done = match form.get("do") {
        "left" => {
            merge_persons::merge(&mut tx, actor, left, right).await?;
            "已合并，保留左边的记录。合并错了可以在该记录里撤销。"
        }
        "right" => {
            merge_persons::merge(&mut tx, actor, right, left).await?;
            "已合并，保留右边的记录。合并错了可以在该记录里撤销。"
        }
        "apart" => {
            merge_persons::keep_apart(&mut tx, actor, left, right).await?;
            "已记下：不是同一人，以后不再提示。"
        }
        _ => return Err(Refusal::invalid("请点“是同一人”或“不是同一人”").into()),
    };
    Ok((tx, done))
}

#[cfg(test)]
mod tests {
    use crate::testing::{a_person, migrations};
    use kernel::{FixedClock, Moment, Phone, ResidentId};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::{Actor, Role};

    #[test]
    fn twins_are_merged_kept_apart_and_parted_again() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let phone = Some(Phone::parse("13800000000")?);
            let mut tx = db.begin_write().await?;
            let mut ids = Vec::new();
            for (name, unit, phone) in [
                ("陈阿大", 0, &phone),
                ("陈大", 0, &phone),
                ("王小二", 1, &None),
                ("王小二", 1, &None),
                ("赵六", 2, &phone),
            ] {
                let mut person = a_person(name, Some(units[unit]));
                person.phone.clone_from(phone);
                if name == "陈大" {
                    person.id_number = Some(ResidentId::parse("320412195512310032")?);
                }
                if name == "赵六" {
                    person.id_number = Some(ResidentId::parse("320412198001010015")?);
                }
                let (id, new) = crate::find_or_create_person(&mut tx, None, &person).await?;
                assert!(new);
                ids.push(id.to_string());
            }
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let page = server.get("/persons/duplicates").await;
            insta::assert_snapshot!("duplicates", page.main());
            // 陈阿大 looks like 陈大 and 赵六; 陈大 and 赵六 share a telephone but have different ID numbers.
            assert_eq!(page.text().matches("class=\"card\"").count(), 3);
            let mut tx = db.begin_read().await?;
            let town = places::unit(&mut tx, units[0]).await?.expect("is there").town_id;
            drop(tx);
            let officer = server.log_in(Actor { towns: vec![town.raw()], ..actor(Role::TownOfficer) });
            assert_eq!(
                officer.get("/persons/duplicates").await.text().matches("class=\"card\"").count(),
                2,
                "both must be within reach"
            );

            let decide = |left: usize, right: usize, what| {
                [("left", ids[left].clone()), ("right", ids[right].clone()), ("do", String::from(what))]
            };
            let post = async |fields: [(&str, String); 3]| {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                server.post("/persons/duplicates", &fields).await.status.as_u16()
            };
            assert_eq!(post(decide(1, 4, "left")).await, 409, "two numbers are two persons");
            assert_eq!(post(decide(2, 3, "apart")).await, 303);
            assert_eq!(post(decide(0, 1, "right")).await, 303, "陈大 is kept");
            assert_eq!(post(decide(0, 4, "right")).await, 409, "merged already");
            assert_eq!(post(decide(1, 2, "right")).await, 409, "another points to it");
            assert_eq!(post(decide(1, 1, "left")).await, 422);
            assert!(server.get("/persons/duplicates").await.text().contains("没有疑似重复的记录"));
            let list = server.get("/persons").await.text();
            assert!(list.contains("陈大") && !list.contains("陈阿大"), "the list shows the one that is kept");
            let found = server.post("/persons/find", &[("name", "陈阿大")]).await.text();
            assert!(
                found.contains(&format!("/persons/{}", ids[1]))
                    && !found.contains(&format!("/persons/{}\"", ids[0])),
                "the old name leads there"
            );
            let kept = server.get(&format!("/persons/{}", ids[1])).await.text();
            assert!(kept.contains("并入的记录") && kept.contains("陈阿大"));
            let gone = format!("/persons/{}", ids[0]);
            assert!(server.get(&gone).await.text().contains("已并入另一条"));
            let edited = server.post(&format!("{gone}/edit"), &[("name", "陈阿大"), ("version", "2")]).await;
            assert_eq!(edited.status, 409, "the kept one is to be corrected");

            assert_eq!(server.post(&format!("{gone}/unmerge"), &[]).await.status, 303);
            assert_eq!(server.post(&format!("{gone}/unmerge"), &[("again", "1")]).await.status, 409);
            assert_eq!(
                server.get("/persons/duplicates").await.text().matches("class=\"card\"").count(),
                2,
                "offered again"
            );
            let mut tx = db.begin_read().await?;
            let (rows, broken) = store::audit::verify(&mut tx).await?;
            assert!(rows > 0 && broken.is_empty());
            Ok(())
        });
    }
}
