//! Looking for a person before entering one: by ID number, telephone or name. The search travels in the body of a
//! form, never in an address, and only from its results can a new person be entered.

use crate::{
    WRITE,
    pages::persons::{Line, line},
    store::persons::{self, Likeness, Sought},
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Phone, ResidentId, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/person_find.html")]
struct FindMain {
    form: Form,
    found: Option<Hits>,
}

struct Hits {
    lines: Vec<(Line, &'static str, &'static str)>,
    beyond: i64,
    known_number: bool,
    may_write: bool,
    carry: Html,
}

/// `GET /persons/find`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    show(ctx.form(&[]), None)
}

fn show(form: Form, found: Option<Hits>) -> Reply<Page> {
    let main = FindMain { form, found };
    Ok(Page::new("查找人员", &main)?.crumb("人员", "/persons").answering(&main.form))
}

/// `POST /persons/find`
pub(crate) async fn answer(ctx: Ctx, mut form: Form) -> Reply {
    match look(&ctx, &mut form).await {
        Ok(hits) => Ok(show(form, Some(hits))?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form, None)?.into_response())
        }
    }
}

async fn look(ctx: &Ctx, form: &mut Form) -> Result<Hits> {
    let id_number = form.parse("id_number", ResidentId::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let typed = kernel::squeeze(&kernel::to_half_width(&form.text("name", 50)));
    // As names are kept: one dot, no space around it. What can be no name is looked for as it is.
    let name = kernel::person_name(&typed).unwrap_or(typed);
    if [form.get("id_number"), form.get("phone"), form.get("name")].iter().all(|text| text.is_empty()) {
        form.error("name", "请至少填写一项：身份证号、电话或姓名");
    }
    form.check()?;
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let known_number = match &id_number {
        Some(number) => persons::with_id_number(&mut tx, number.expose()).await?.is_some(),
        None => false,
    };
    let found = persons::find(&mut tx, &actor.reach(), &Sought { id_number, phone, name }).await?;
    let mut lines = Vec::new();
    for (row, likeness) in found.people {
        let (badge, why) = match likeness {
            Likeness::IdNumber => ("ok", "身份证号相同"),
            Likeness::Phone => ("info", "电话相同"),
            Likeness::Name => ("muted", "姓名相近"),
        };
        lines.push((line(&ctx.app.db, row, &groups)?, badge, why));
    }
    let carry = form.carry(&["searched", "idempotency_key"]);
    Ok(Hits { lines, beyond: found.beyond, known_number, may_write: actor.may(WRITE), carry })
}

#[cfg(test)]
mod tests {
    use crate::testing::{a_person, migrations};
    use kernel::{FixedClock, Moment, Phone, ResidentId};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::{Actor, Role};

    const NUMBER: &str = "320412195512310032";

    #[test]
    fn a_person_is_looked_for_before_being_entered() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            crate::install_standard_terms(&mut tx).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Clerk));
            assert_eq!(server.get("/persons/find").await.status, 200);
            assert_eq!(server.post("/persons/find", &[]).await.status, 422, "nothing to look for");
            let direct = server.post("/persons/new", &[("name", "陈阿大")]).await;
            assert_eq!(direct.status, 409, "only after looking");
            assert_eq!(server.post("/persons/blank", &[("name", "陈阿大")]).await.status, 409);

            let none = server
                .post("/persons/find", &[("id_number", "３２０４１２ 19551231 0032"), ("name", "陈阿大")])
                .await
                .text();
            assert!(none.contains("名册里没有找到") && none.contains(r#"name="searched" value="1""#));
            let blank = server
                .post("/persons/blank", &[("id_number", NUMBER), ("name", "陈阿大"), ("searched", "1")])
                .await
                .text();
            assert!(
                blank.contains(r#"value="陈阿大""#) && blank.contains(NUMBER),
                "what was looked for is carried along"
            );

            let fields = [
                ("searched", "1"),
                ("name", "陈阿大"),
                ("id_number", NUMBER),
                ("phone", "138 0000 0000"),
                ("unit_text", "谈家头"),
                ("groups", "G-OLD"),
                ("groups", "G-MIG"),
                ("groups", "nonsense"),
            ];
            let made = server.post("/persons/new", &fields).await;
            assert_eq!(made.status, 303, "{}", made.text());
            let again = server.post("/persons/new", &fields).await;
            assert_eq!(again.status, 409);
            assert!(again.text().contains(made.location()), "with a link to the record");

            for sought in
                [[("id_number", NUMBER)], [("phone", "13800000000")], [("name", "阿大")], [("name", "CAD")]]
            {
                let found = server.post("/persons/find", &sought).await.text();
                assert!(found.contains(made.location()), "{sought:?}: {found}");
                assert!(found.contains("320412********0032") && found.contains("138****0000"));
                assert_eq!(found.contains("不需要新建"), sought[0].0 == "id_number");
            }
            let dotted = [("searched", "1"), ("name", "阿卜杜拉・买买提")];
            let dotted = server.post("/persons/new", &dotted).await;
            for typed in ["阿卜杜拉·买买提", "阿卜杜拉 • 买买提", "阿卜杜拉.买买提"] {
                let found = server.post("/persons/find", &[("name", typed)]).await.text();
                assert!(found.contains(dotted.location()), "{typed}: whatever dot is typed");
            }
            let list = server.get("/persons?group=G-OLD&sex=%E7%94%B7").await;
            insta::assert_snapshot!("persons", list.main().replace(made.location(), "/persons/ID"));
            assert!(!list.text().contains(NUMBER) && !list.text().contains("13800000000"), "masked");
            assert!(server.get("/persons?group=G-WOM").await.text().contains("没有符合条件的人员"));

            // Another town's officer learns only that somebody is known elsewhere.
            let mut tx = db.begin_read().await?;
            let towns = places::towns(&mut tx).await?;
            drop(tx);
            let other = towns.iter().find(|town| town.name == "湖塘镇").expect("is there");
            let officer = server.log_in(Actor { towns: vec![other.id.raw()], ..actor(Role::TownOfficer) });
            let found = officer.post("/persons/find", &[("id_number", NUMBER)]).await.text();
            assert!(found.contains("不在您的辖区") && !found.contains("陈阿大"), "{found}");
            assert_eq!(officer.get(made.location()).await.status, 404);
            assert_eq!(officer.get(&format!("{}/edit", made.location())).await.status, 404);
            assert!(officer.get("/persons").await.text().contains("还没有登记人员"));
            let twice = officer
                .post(
                    "/persons/new",
                    &[
                        ("searched", "1"),
                        ("name", "陈阿大"),
                        ("id_number", NUMBER),
                        ("unit_text", "鸣凰社区"),
                    ],
                )
                .await;
            assert_eq!(twice.status, 409);
            assert!(!twice.text().contains(made.location()));
            assert_eq!(
                officer.post("/persons/new", &[("searched", "1"), ("name", "王小二")]).await.status,
                422,
                "needs one of the own villages"
            );
            let foreign = [
                ("searched", "1"),
                ("name", "王小二"),
                ("unit", &units[0].to_string()),
                ("unit_text", "谈家头村"),
            ];
            assert_eq!(officer.post("/persons/new", &foreign).await.status, 422, "not another town's");
            let own = [("searched", "1"), ("name", "王小二"), ("unit_text", "mhsq")];
            assert_eq!(
                officer.post("/persons/new", &own).await.status,
                303,
                "initials name one village only"
            );
            assert!(officer.get("/persons").await.text().contains("王小二"));
            Ok(())
        });
    }

    #[test]
    fn other_modules_find_or_create() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut person = a_person("陈阿大", Some(units[0]));
            person.phone = Some(Phone::parse("13800000000")?);
            let (first, new) = crate::find_or_create_person(&mut tx, None, &person).await?;
            assert!(new);
            assert_eq!(
                crate::find_or_create_person(&mut tx, None, &person).await?,
                (first, false),
                "name and telephone"
            );
            person.id_number = Some(ResidentId::parse(NUMBER)?);
            let (second, new) = crate::find_or_create_person(&mut tx, None, &person).await?;
            assert!(new, "an ID number decides alone");
            person.phone = None;
            person.name = "陈大".to_owned();
            assert_eq!(crate::find_or_create_person(&mut tx, None, &person).await?, (second, false));
            let row = crate::person(&mut tx, second).await?.expect("is there");
            assert_eq!(
                (row.sex.as_str(), row.birth.map(|day| day.to_string()).as_deref()),
                ("男", Some("1955-12-31")),
                "from the number"
            );
            assert_eq!(row.id_number(&db)?.map(|number| number.expose().to_owned()).as_deref(), Some(NUMBER));
            Ok(())
        });
    }
}
