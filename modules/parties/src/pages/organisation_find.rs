//! Looking for an organisation before entering one: by credit code or name.

use crate::{
    WRITE,
    pages::organisations::{Line, line},
    store::organisations,
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Result, Uscc};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/organisation_find.html")]
struct FindMain {
    form: Form,
    found: Option<Hits>,
}

struct Hits {
    lines: Vec<Line>,
    beyond: i64,
    known_code: bool,
    may_write: bool,
    carry: Html,
}

/// `GET /organisations/find`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    show(ctx.form(&[]), None)
}

fn show(form: Form, found: Option<Hits>) -> Reply<Page> {
    let main = FindMain { form, found };
    Ok(Page::new("查找单位", &main)?.crumb("单位", "/organisations").answering(&main.form))
}

/// `POST /organisations/find`
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
    let uscc = form.parse("uscc", Uscc::parse);
    let name = kernel::squeeze(&kernel::to_half_width(&form.text("name", 80)));
    if form.get("uscc").is_empty() && name.is_empty() {
        form.error("name", "请至少填写一项：统一社会信用代码或名称");
    }
    form.check()?;
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let code = uscc.as_ref().map(Uscc::expose);
    let (rows, beyond) = organisations::find(&mut tx, &actor.reach(), code, &name).await?;
    let known_code = code.is_some() && (beyond > 0 || rows.iter().any(|row| row.uscc.as_deref() == code));
    let lines = rows.into_iter().map(|row| line(&ctx.app.db, row)).collect::<Result<_, _>>()?;
    Ok(Hits {
        lines,
        beyond,
        known_code,
        may_write: actor.may(WRITE),
        carry: form.carry(&["searched", "idempotency_key"]),
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{an_enterprise, migrations};
    use kernel::{FixedClock, Moment, Uscc};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::{Actor, Role};

    const CODE: &str = "31320412MDDEM0012Y";

    #[test]
    fn an_organisation_is_looked_for_entered_changed_and_shown() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            crate::install_standard_terms(&mut tx).await?;
            let town = places::unit(&mut tx, units[2]).await?.expect("is there").town_id;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Clerk));
            assert_eq!(server.get("/organisations/find").await.status, 200);
            assert_eq!(server.post("/organisations/find", &[]).await.status, 422);
            assert_eq!(
                server.post("/organisations/new", &[("name", "某厂")]).await.status,
                409,
                "only after looking"
            );
            let none = server.post("/organisations/find", &[("uscc", CODE)]).await.text();
            assert!(none.contains("名册里没有找到") && none.contains(r#"name="searched""#));
            assert!(
                server
                    .post("/organisations/blank", &[("uscc", CODE), ("searched", "1")])
                    .await
                    .text()
                    .contains(CODE)
            );
            let fields = [
                ("searched", "1"),
                ("name", "常州示例针织厂"),
                ("kind", "enterprise"),
                ("uscc", CODE),
                ("industry", "C"),
                ("contact", "陆师傅"),
                ("phone", "13800000000"),
                ("unit_text", "谈家头村"),
            ];
            let made = server.post("/organisations/new", &fields).await;
            assert_eq!(made.status, 303, "{}", made.text());
            let again = server.post("/organisations/new", &fields).await;
            assert!(again.status == 409 && again.text().contains(made.location()));
            assert!(
                server.post("/organisations/find", &[("uscc", CODE)]).await.text().contains("不需要新建")
            );
            assert!(
                server
                    .post("/organisations/find", &[("name", "slzz")])
                    .await
                    .text()
                    .contains(made.location())
            );

            let list = server.get("/organisations?q=%E9%92%88%E7%BB%87&kind=enterprise").await;
            insta::assert_snapshot!(
                "organisations",
                list.main().replace(made.location(), "/organisations/ID")
            );
            assert_eq!(server.get("/organisations.xlsx").await.status, 200);
            assert_eq!(server.get("/persons.xlsx").await.status, 200);
            let page = server.get(made.location()).await.text();
            assert!(page.contains("制造业") && page.contains("138****0000") && !page.contains("13800000000"));
            let reveal = format!("{}/reveal", made.location());
            assert_eq!(server.post(&reveal, &[]).await.status, 422);
            assert!(server.post(&reveal, &[("reason", "contact")]).await.text().contains("13800000000"));

            let edit = format!("{}/edit", made.location());
            assert!(server.get(&edit).await.text().contains("138****0000"));
            let changed = |version| {
                [
                    ("name", "常州示例针织有限公司"),
                    ("kind", "enterprise"),
                    ("uscc", CODE),
                    ("unit_text", "谈家头村"),
                    ("version", version),
                ]
            };
            assert_eq!(server.post(&edit, &changed("1")).await.status, 303);
            assert_eq!(server.post(&edit, &changed("1")).await.status, 409);
            assert!(server.get(made.location()).await.text().contains("138****0000"), "left empty, kept");

            let officer = server.log_in(Actor { towns: vec![town.raw()], ..actor(Role::TownOfficer) });
            assert_eq!(officer.get(made.location()).await.status, 404, "another town's");
            assert!(officer.get("/organisations").await.text().contains("还没有登记单位"));
            let beyond = officer.post("/organisations/find", &[("uscc", CODE)]).await.text();
            assert!(beyond.contains("登记在其他镇") && !beyond.contains("针织"));
            Ok(())
        });
    }

    #[test]
    fn other_modules_find_or_create() {
        on_both(&migrations(), |db| async move {
            let mut tx = db.begin_write().await?;
            let mut firm = an_enterprise("常州示例针织厂", None);
            let (id, new) = crate::find_or_create_organisation(&mut tx, None, &firm).await?;
            assert!(new);
            assert_eq!(
                crate::find_or_create_organisation(&mut tx, None, &firm).await?,
                (id, false),
                "the name"
            );
            firm.uscc = Some(Uscc::parse(CODE)?);
            let (other, new) = crate::find_or_create_organisation(&mut tx, None, &firm).await?;
            assert!(new && other != id, "a code decides alone");
            firm.name = "改名后".to_owned();
            assert_eq!(crate::find_or_create_organisation(&mut tx, None, &firm).await?, (other, false));
            assert!(crate::organisation(&mut tx, other).await?.is_some());
            Ok(())
        });
    }
}
