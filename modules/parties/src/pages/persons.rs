//! The register of persons: filter, page, export. Names are searched on the page for finding, never in addresses.

use crate::{
    WRITE,
    pages::named,
    store::persons::{self, PersonRow},
};
use ::store::{Audit, Db};
use askama::Template;
use axum::response::Response;
use kernel::Fault;
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/persons.html")]
struct PersonsMain {
    listing: Listing,
    form: Form,
    towns: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    lines: Vec<Line>,
    pager: Pager,
    may_write: bool,
}

/// A person as lists show them: numbers masked.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sex: String,
    pub(crate) birth: String,
    pub(crate) id_number: String,
    pub(crate) phone: String,
    pub(crate) place: String,
    pub(crate) groups: String,
}

/// Masks what must be masked.
pub(crate) fn line(db: &Db, row: PersonRow, groups: &[(String, String)]) -> Result<Line, Fault> {
    Ok(Line {
        id: row.id.to_string(),
        birth: row.birth.map_or(String::new(), |day| day.to_string()),
        id_number: row.id_number(db)?.map_or(String::new(), |number| number.masked()),
        phone: row.phone(db)?.map_or(String::new(), |phone| phone.masked()),
        place: row.place(),
        groups: named(&row.groups, groups).join("、"),
        name: row.name,
        sex: row.sex,
    })
}

/// `GET /persons`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns =
        places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name)).collect();
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let (rows, total) = persons::list(&mut tx, &actor.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |person| ("p".to_owned(), person.id.raw()));
    let lines = rows.into_iter().map(|row| line(&ctx.app.db, row, &groups)).collect::<Result<_, _>>()?;
    let main = PersonsMain {
        listing,
        form: ctx.form(&[]),
        towns,
        groups,
        lines,
        pager,
        may_write: actor.may(WRITE),
    };
    Page::new("人员", &main)
}

/// `GET /persons.xlsx`: masked as on screen, and written into the audit trail.
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_write().await?;
    let groups = crate::term_options(&mut tx, "group", ctx.today()).await?;
    let rows = persons::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let count = rows.len();
    tx.audit(
        Audit::about(ctx.actor_id(), "parties.person.export", "parties_person")
            .with(&serde_json::json!({ "rows": count })),
    );
    tx.commit().await?;
    let mut cells = Vec::new();
    for row in rows {
        let line = line(&ctx.app.db, row, &groups)?;
        cells.push(
            [line.name, line.sex, line.birth, line.id_number, line.phone, line.place, line.groups]
                .map(Cell::Text)
                .to_vec(),
        );
    }
    let sheet = Sheet {
        name: "人员".to_owned(),
        title: format!("{}公共法律服务人员名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {count} 人　证件号码和电话已隐去中间部分", ctx.today().chinese()),
        columns: [
            ("姓名", 14.0),
            ("性别", 6.0),
            ("出生日期", 13.0),
            ("身份证号", 22.0),
            ("电话", 16.0),
            ("村（社区）", 34.0),
            ("人群", 24.0),
        ]
        .into_iter()
        .map(|(title, width)| SheetColumn::text(title, width))
        .collect(),
        rows: cells,
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "人员名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

impl PersonsMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/persons.xlsx", &[])
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{a_person, an_enterprise, migrations};
    use kernel::{FixedClock, Moment};
    use std::{collections::BTreeSet, sync::Arc};
    use testkit::{Server, actor, on_both};
    use web::Role;

    fn ids(text: &str, list: &str) -> Vec<String> {
        let start = format!(r#"class="row-title"><a href="/{list}/"#);
        text.split(start.as_str())
            .skip(1)
            .filter_map(|part| part.split('"').next())
            .map(str::to_owned)
            .collect()
    }

    fn link(text: &str, rel: &str) -> Option<String> {
        let start = format!(r#"rel="{rel}" href=""#);
        Some(text.split(start.as_str()).nth(1)?.split('"').next()?.replace("&amp;", "&"))
    }

    #[test]
    fn long_lists_are_paged_forth_and_back() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            for n in 0..45u32 {
                let name = format!("王{}", char::from_u32(0x5000 + n).unwrap_or('一'));
                crate::find_or_create_person(&mut tx, None, &a_person(&name, Some(units[0]))).await?;
                crate::find_or_create_organisation(
                    &mut tx,
                    None,
                    &an_enterprise(&format!("{name}加工厂"), Some(units[0])),
                )
                .await?;
            }
            let town = places::unit(&mut tx, units[0]).await?.expect("is there").town_id;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            for list in ["persons", "organisations"] {
                let first = server.get(&format!("/{list}?town={town}")).await.text();
                let second = server.get(&link(&first, "next").expect("more")).await.text();
                let third = server.get(&link(&second, "next").expect("more")).await.text();
                assert!(link(&third, "next").is_none(), "{list} ends");
                let seen: Vec<String> =
                    [&first, &second, &third].into_iter().flat_map(|text| ids(text, list)).collect();
                assert_eq!(
                    (seen.len(), seen.iter().collect::<BTreeSet<_>>().len()),
                    (45, 45),
                    "{list}: each once"
                );
                let back = server.get(&link(&third, "prev").expect("there were some")).await.text();
                assert_eq!(ids(&back, list), ids(&second, list), "{list}: back to the second page");
                assert_eq!(server.get(&format!("/{list}.xlsx?town={town}")).await.status, 200);
            }
            Ok(())
        });
    }
}
