//! The register of lawyers: search, filter, page, export.

use crate::{
    WRITE,
    lawyer::{Grade, LawyerKind, LawyerState, practice_years},
    store::{self, LawyerRow},
};
use ::store::{Db, Tx};
use askama::Template;
use axum::response::Response;
use kernel::{Day, Fault, Id};
use web::{Cell, Ctx, Listing, Page, Pager, Reach, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/lawyers.html")]
struct LawyersMain {
    listing: Listing,
    firms: Vec<(String, String)>,
    lines: Vec<Line>,
    pager: Pager,
    may_write: bool,
    one_firm: bool,
}

struct Line {
    id: String,
    name: String,
    kind: &'static str,
    firm: String,
    years: i64,
    specialities: String,
    phone: String,
    assessment: String,
    disciplined: bool,
    state: LawyerState,
}

/// `GET /lawyers`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let reach = actor.reach();
    let mut tx = ctx.begin_read().await?;
    let firms = firm_choices(&mut tx, &reach).await?;
    let names = parties::term_options(&mut tx, "speciality", ctx.today()).await?;
    let (rows, total) = store::list(&mut tx, &reach, &listing).await?;
    let (rows, pager) = listing.page(rows, total, |l| (l.initials.clone(), l.id.raw()));
    let lines =
        rows.into_iter().map(|row| line(&ctx.app.db, row, &names, ctx.today())).collect::<Result<_, _>>()?;
    let main = LawyersMain {
        listing,
        firms,
        lines,
        pager,
        may_write: actor.may(WRITE),
        one_firm: matches!(reach, Reach::Firm(_)),
    };
    Page::new("律师", &main)
}

/// The firms an account may choose between.
pub(crate) async fn firm_choices(tx: &mut Tx, reach: &Reach) -> Result<Vec<(String, String)>, Fault> {
    let firms = store::firms(tx).await?.into_iter();
    let seen = firms.filter(|firm| match reach {
        Reach::Firm(own) => firm.id.raw() == *own,
        _ => true,
    });
    Ok(seen.map(|firm| (firm.id.to_string(), firm.name)).collect())
}

fn line(db: &Db, row: LawyerRow, names: &[(String, String)], today: Day) -> Result<Line, Fault> {
    let phone = crate::phone(db, &row.phone_sealed)?.map_or("未登记".to_owned(), |phone| phone.masked());
    Ok(Line {
        id: row.id.to_string(),
        kind: row.kind.label(),
        years: practice_years(row.licensed_since, today),
        specialities: named(&row.specialities, names).join("、"),
        phone,
        assessment: assessment_text(&row.assessment, row.assessment_year),
        disciplined: !row.discipline.is_empty(),
        state: row.state,
        name: row.name,
        firm: row.firm_name,
    })
}

/// The names of the codes; a code without a name stays as it is.
pub(crate) fn named(codes: &str, names: &[(String, String)]) -> Vec<String> {
    codes
        .split(';')
        .filter(|code| !code.is_empty())
        .map(|code| names.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name).to_owned())
        .collect()
}

/// The newest assessment as people read it: `称职（2021年度）`.
pub(crate) fn assessment_text(grade: &str, year: Option<i64>) -> String {
    match year {
        Some(year) if !grade.is_empty() => format!("{grade}（{year}年度）"),
        _ => "暂无".to_owned(),
    }
}

/// `GET /lawyers.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let names = parties::term_options(&mut tx, "speciality", ctx.today()).await?;
    let rows = store::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let count = rows.len();
    let mut cells = Vec::new();
    for row in rows {
        let phone =
            crate::phone(&ctx.app.db, &row.phone_sealed)?.map_or(String::new(), |phone| phone.masked());
        cells.push(vec![
            Cell::Text(row.name),
            Cell::Text(row.sex),
            row.kind.label().into(),
            Cell::Text(row.firm_name),
            Cell::Text(row.licence),
            Cell::Text(row.licensed_since.to_string()),
            Cell::Number(practice_years(row.licensed_since, ctx.today())),
            Cell::Text(named(&row.specialities, &names).join("、")),
            Cell::Text(row.dialect),
            Cell::Text(phone),
            Cell::Text(assessment_text(&row.assessment, row.assessment_year)),
            Cell::Text(row.discipline),
            row.state.label().into(),
        ]);
    }
    let sheet = Sheet {
        name: "律师".to_owned(),
        title: format!("{}律师名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {count} 人", ctx.today().chinese()),
        columns: [
            ("姓名", 12.0),
            ("性别", 6.0),
            ("类别", 12.0),
            ("执业机构", 30.0),
            ("执业证号", 20.0),
            ("取得执业证日期", 13.0),
            ("执业年限（年）", 9.0),
            ("专业特长", 24.0),
            ("语言", 10.0),
            ("电话", 14.0),
            ("最近考核", 16.0),
            ("最近处分", 20.0),
            ("状态", 9.0),
        ]
        .into_iter()
        .map(|(title, width)| SheetColumn::text(title, width))
        .collect(),
        rows: cells,
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "律师名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

impl LawyersMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/lawyers.xlsx", &[])
    }
}

/// The id an address names; a refusal if it is none.
pub(crate) fn id_of<T>(text: &str, missing: &str) -> kernel::Result<Id<T>> {
    text.parse().map_err(|_| kernel::Refusal::not_found(missing).into())
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both, on_sqlite};
    use web::{Actor, Role};

    fn server(db: store::Db) -> kernel::Result<Server> {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
        Ok(Server::new(db, clock, vec![crate::module()]))
    }

    #[test]
    fn the_register_is_searched_and_filtered() {
        on_both(&migrations(), |db| async move {
            let (firms, _) = two_firms(&db).await?;
            let mut tx = db.begin_write().await?;
            parties::install_standard_terms(&mut tx).await?;
            tx.commit().await?;
            let server = server(db)?.log_in(actor(Role::TownOfficer));
            let all = server.get("/lawyers").await;
            assert_eq!(all.status, 200);
            insta::assert_snapshot!("list", all.main());
            let found = server.get("/lawyers?q=xwl").await.text();
            assert!(found.contains("薛微澜") && !found.contains("承意如"));
            let found = server.get("/lawyers?q=%E6%89%BF%E6%84%8F").await.text();
            assert!(found.contains("承意如") && !found.contains("薛微澜"));
            let found = server
                .get(&format!(
                    "/lawyers?firm={}&state=active&assessment=%E7%A7%B0%E8%81%8C&kind=lawyer",
                    firms[1]
                ))
                .await
                .text();
            assert!(found.contains("金牧远") && !found.contains("薛微澜"));
            let none = server.get("/lawyers?assessment=none").await.text();
            assert!(none.contains("没有符合条件的律师"), "{none}");
            assert_eq!(server.get("/lawyers.xlsx?q=xwl").await.status, 200);
            Ok(())
        });
    }

    #[test]
    fn a_firm_sees_its_own_lawyers_only() {
        on_both(&migrations(), |db| async move {
            let (firms, lawyers) = two_firms(&db).await?;
            let own = Actor { subject: Some(firms[0].raw()), ..actor(Role::Firm) };
            let server = server(db)?.log_in(own);
            let list = server.get("/lawyers").await.text();
            assert!(list.contains("薛微澜") && !list.contains("金牧远") && !list.contains("砚衡"));
            let firms = server.get("/firms").await.text();
            assert!(firms.contains("澄岚") && !firms.contains("砚衡"));
            assert_eq!(server.get("/firms.xlsx").await.status, 200);
            assert_eq!(server.get(&format!("/lawyers/{}", lawyers[0])).await.status, 200);
            assert_eq!(server.get(&format!("/lawyers/{}", lawyers[2])).await.status, 404, "another firm's");
            assert_eq!(
                server.get(&format!("/lawyers/{}/edit", lawyers[0])).await.status,
                403,
                "reading is all it may"
            );
            Ok(())
        });
    }

    #[test]
    fn pages_of_the_list_follow_each_other() {
        on_both(&migrations(), |db| async move {
            let names: Vec<String> =
                (0..45).map(|n| format!("王{}", char::from_u32(0x5000 + n).unwrap_or('一'))).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut tx = db.begin_write().await?;
            crate::testing::firm_with_lawyers(&mut tx, "江苏澄岚律师事务所", &names).await?;
            tx.commit().await?;
            let server = server(db)?.log_in(actor(Role::Manager));
            let mut seen = std::collections::BTreeSet::new();
            let mut uri = "/lawyers".to_owned();
            for rows in [20, 20, 5] {
                let text = server.get(&uri).await.text();
                let before = seen.len();
                seen.extend(
                    text.split(r#"<a href="/lawyers/"#)
                        .skip(1)
                        .filter_map(|part| part.split('"').next())
                        .filter(|id| !id.contains("/edit"))
                        .map(str::to_owned),
                );
                assert_eq!(seen.len() - before, rows, "{uri}");
                let next = text.split(r#"rel="next" href=""#).nth(1).and_then(|part| part.split('"').next());
                uri = next.unwrap_or_default().replace("&amp;", "&");
            }
            assert_eq!(server.get(&format!("/firms?after=a~{}", i64::MAX)).await.status, 200);
            let none = server.get("/firms?before=a~1").await.text();
            assert!(
                none.contains("没有符合条件的律所") || none.contains("名册还是空的"),
                "nothing before the beginning"
            );
            let last = server.get(&format!("/lawyers?before=zzz~{}", i64::MAX)).await.text();
            assert!(last.contains("rel=\"prev\""), "going back from beyond the end");
            Ok(())
        });
    }

    #[test]
    fn nobody_else_reads_the_register() {
        on_sqlite(&migrations(), |db| async move {
            let server = server(db)?;
            assert_eq!(server.log_in(actor(Role::Adviser)).get("/lawyers").await.status, 403);
            assert_eq!(server.log_in(actor(Role::SystemAdmin)).get("/firms").await.status, 403);
            Ok(())
        });
    }
}
