//! Writing down whom a lawyer or a firm is retained by, and that it ended.

use crate::{
    actions::retain::{NewRetainer, end_retainer, retain},
    pages::{firm, lawyer, lawyers::id_of},
    retainer::{Holder, Retainer, RetainerKind},
    store::retainers::{self, RetainerRow},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Refusal, Result, Uscc};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/retainer_new.html")]
struct NewMain {
    form: Form,
    of: Of,
    kinds: Vec<(String, String)>,
}

/// Whose retainers: name and page.
struct Of {
    holder: Holder,
    name: String,
    href: String,
    list: (&'static str, &'static str),
}

async fn of_lawyer(ctx: &Ctx, id: &str) -> Result<Of> {
    let mut tx = ctx.begin_read().await?;
    let row = lawyer::find(ctx, &mut tx, id).await?;
    let href = format!("/lawyers/{}", row.id);
    Ok(Of { holder: Holder::Lawyer(row.id), name: row.name, href, list: ("律师", "/lawyers") })
}

async fn of_firm(ctx: &Ctx, id: &str) -> Result<Of> {
    let mut tx = ctx.begin_read().await?;
    let row = firm::find(ctx, &mut tx, id).await?;
    let href = format!("/firms/{}", row.id);
    Ok(Of { holder: Holder::Firm(row.id), name: row.name, href, list: ("律所", "/firms") })
}

/// `GET /lawyers/{id}/retainers/new`
pub(crate) async fn blank_of_lawyer(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let of = of_lawyer(&ctx, &id).await?;
    blank(&ctx, of)
}

/// `GET /firms/{id}/retainers/new`
pub(crate) async fn blank_of_firm(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let of = of_firm(&ctx, &id).await?;
    blank(&ctx, of)
}

fn blank(ctx: &Ctx, of: Of) -> Reply<Page> {
    let today = ctx.today().to_string();
    let form = ctx.form(&[("kind", RetainerKind::Counsel.as_str()), ("from_on", today.as_str())]);
    show(of, form)
}

fn show(of: Of, form: Form) -> Reply<Page> {
    let kinds = RetainerKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned()));
    let main = NewMain { form, of, kinds: kinds.collect() };
    let (label, list) = main.of.list;
    Ok(Page::new("登记客户单位", &main)?
        .crumb(label, list)
        .crumb(&main.of.name, &main.of.href)
        .narrow()
        .answering(&main.form))
}

/// `POST /lawyers/{id}/retainers/new`
pub(crate) async fn create_of_lawyer(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let of = of_lawyer(&ctx, &id).await?;
    create(&ctx, of, form).await
}

/// `POST /firms/{id}/retainers/new`
pub(crate) async fn create_of_firm(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let of = of_firm(&ctx, &id).await?;
    create(&ctx, of, form).await
}

async fn create(ctx: &Ctx, of: Of, mut form: Form) -> Reply {
    match try_create(ctx, of.holder, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &of.href, "已登记客户单位，指派法律援助案件时会核对。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(of, form)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, holder: Holder, form: &mut Form) -> Result<Tx> {
    form.need("name", "请填写单位名称");
    let name = form.text("name", 100);
    let uscc = form.parse("uscc", Uscc::parse);
    let kind = form.parse("kind", |text| RetainerKind::from_text(text).ok_or("请选择关系"));
    form.need("kind", "请选择关系");
    form.need("from_on", "请填写开始日期");
    let from_on = form.parse("from_on", Day::parse);
    let until_on = form.parse("until_on", Day::parse);
    form.check()?;
    let (Some(kind), Some(from_on)) = (kind, from_on) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let mut tx = ctx.begin_write().await?;
    let new = NewRetainer { holder, name, uscc, kind, from_on, until_on };
    retain(&mut tx, ctx.actor_id(), &new).await?;
    Ok(tx)
}

#[derive(Template)]
#[template(path = "pages/retainer_end.html")]
struct EndMain {
    form: Form,
    row: RetainerRow,
}

const MISSING: &str = "没有这一条客户单位，或者不是您能看的。";

async fn find(ctx: &Ctx, id: &str) -> Result<RetainerRow> {
    let id: Id<Retainer> = id_of(id, MISSING)?;
    let mut tx = ctx.begin_read().await?;
    let found = retainers::retainer(&mut tx, &ctx.actor()?.reach(), id).await?;
    Ok(found.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /retainers/{id}/end`
pub(crate) async fn ask_end(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let row = find(&ctx, &id).await?;
    let (today, version) = (ctx.today().to_string(), row.version.to_string());
    let form = ctx.form(&[("until_on", today.as_str()), ("version", version.as_str())]);
    show_end(row, form)
}

fn show_end(row: RetainerRow, form: Form) -> Reply<Page> {
    let main = EndMain { form, row };
    let holder = main.row.lawyer_name.as_ref().unwrap_or(&main.row.firm_name);
    Ok(Page::new("终止客户单位", &main)?
        .crumb("客户单位", "/retainers")
        .crumb(holder, main.row.holder_href())
        .narrow()
        .answering(&main.form))
}

/// `POST /retainers/{id}/end`
pub(crate) async fn end(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let row = find(&ctx, &id).await?;
    match try_end(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &row.holder_href(), "已登记终止。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &row.version.to_string());
            Ok(show_end(row, form)?.into_response())
        }
    }
}

async fn try_end(ctx: &Ctx, row: &RetainerRow, form: &mut Form) -> Result<Tx> {
    form.need("until_on", "请填写终止日期");
    let until_on = form.parse("until_on", Day::parse);
    form.check()?;
    let Some(until_on) = until_on else { return Err(Refusal::invalid("请填写终止日期").into()) };
    let seen = RetainerRow { version: form.get("version").parse().unwrap_or(0), ..row.clone() };
    let mut tx = ctx.begin_write().await?;
    end_retainer(&mut tx, ctx.actor_id(), &seen, until_on, ctx.today()).await?;
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment, Phone, Uscc};
    use std::sync::Arc;
    use store::params;
    use testkit::{Server, actor, on_both};
    use web::{Actor, Role};

    #[test]
    fn retainers_are_written_down_looked_for_and_ended() {
        on_both(&migrations(), |db| async move {
            let (firms, lawyers) = two_firms(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut known = parties::testing::an_enterprise("江苏示例建设有限公司", None);
            known.uscc = Some(Uscc::parse("91350100M000100Y43")?);
            parties::find_or_create_organisation(&mut tx, None, &known).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let modules = vec![parties::module(), crate::module()];
            let site = Server::new(db.clone(), clock, modules);
            let server = site.log_in(actor(Role::Manager));
            let page = format!("/lawyers/{}", lawyers[0]);
            let add = format!("{page}/retainers/new");
            assert!(server.get(&page).await.text().contains(&add), "the page leads there");

            let wrong =
                [("name", ""), ("kind", "counsel"), ("from_on", "2022-03-01"), ("until_on", "2022-02-01")];
            let refused = server.post(&add, &wrong).await;
            assert!(refused.status == 422 && refused.text().contains("请填写单位名称"));
            let backwards = [("name", "甲公司"), wrong[1], wrong[2], wrong[3]];
            assert!(server.post(&add, &backwards).await.text().contains("不能早于开始日期"));
            // A known code brings the name that stands in the register.
            let new = [
                ("name", "江苏示例建设"),
                ("uscc", "91350100m000100y43"),
                ("kind", "counsel"),
                ("from_on", "2022-01-01"),
            ];
            assert_eq!(server.post(&add, &new).await.status, 303);
            let twice = server.post(&add, &[("name", "江苏示例建设有限公司 "), new[2], new[3]]).await;
            assert!(twice.status == 422 && twice.text().contains("已经登记过"), "{}", twice.main());
            let works =
                [("name", "常州示例机械厂（武进）"), ("kind", "employment"), ("from_on", "2021-05-01")];
            let of_firm = format!("/firms/{}/retainers/new", firms[0]);
            assert_eq!(server.post(&of_firm, &works).await.status, 303);

            let shown = server.get(&page).await.text();
            assert!(
                shown.contains("江苏示例建设有限公司") && shown.contains("常州示例机械厂"),
                "the firm's too"
            );
            let of_all = server.get(&format!("/firms/{}", firms[0])).await;
            let masked = of_all.main().replace(&firms[0].to_string(), "FIRM");
            assert!(
                masked.contains("薛微澜") && masked.contains("全所") && masked.contains("/firms/FIRM/edit")
            );
            assert!(!server.get(&format!("/firms/{}", firms[1])).await.text().contains("江苏示例建设"));
            let list = server.get("/retainers?q=%E6%9C%BA%E6%A2%B0%E5%8E%82(").await.text();
            assert!(
                list.contains("常州示例机械厂") && !list.contains("江苏示例建设"),
                "brackets are all the same"
            );
            assert!(server.get("/retainers?kind=counsel").await.text().contains("江苏示例建设有限公司"));
            assert_eq!(server.get("/retainers.xlsx").await.status, 200);

            let mut tx = db.begin_read().await?;
            let (id, linked): (kernel::Id<crate::Retainer>, i64) = tx
                .one(
                    "select r.id, case when o.name = r.name then 1 else 0 end from counsel_retainer r
                     join parties_organisation o on o.id = r.organisation_id where r.firm_id = $1",
                    params![firms[0]],
                )
                .await?;
            drop(tx);
            assert_eq!(linked, 1, "it points to the organisation, and is seen with the firm");
            let end = format!("/retainers/{id}/end");
            assert!(server.get(&end).await.text().contains("江苏示例建设有限公司"));
            let early = [("until_on", "2021-12-31"), ("version", "1")];
            assert_eq!(server.post(&end, &early).await.status, 422);
            assert_eq!(server.post(&end, &[("until_on", "2022-04-30"), ("version", "7")]).await.status, 409);
            assert_eq!(server.post(&end, &[("until_on", "2022-04-30"), ("version", "1")]).await.status, 303);
            assert_eq!(server.post(&end, &[("until_on", "2022-04-29"), ("version", "2")]).await.status, 409);
            assert!(!server.get("/retainers").await.text().contains("江苏示例建设"));
            assert!(server.get("/retainers?over=1").await.text().contains("已终止"));
            assert_eq!(server.post(&add, &new).await.status, 422, "some of its days were written down");
            let later = [new[0], new[1], new[2], ("from_on", "2022-05-01")];
            assert_eq!(server.post(&add, &later).await.status, 303, "and again after it ended");

            // A firm sees its own, and changes nothing.
            let clerk_of = |nth: usize| Actor {
                subject: Some(firms[nth].raw()),
                session: format!("firm-{nth}"),
                ..actor(Role::Firm)
            };
            let own = site.log_in(clerk_of(0));
            assert!(own.get("/retainers?over=1").await.text().contains("江苏示例建设有限公司"));
            assert_eq!(own.get(&of_firm).await.status, 403);
            let other = site.log_in(clerk_of(1));
            assert!(!other.get("/retainers?over=1").await.text().contains("江苏示例建设有限公司"));
            assert_eq!(other.get(&format!("/firms/{}", firms[0])).await.status, 404);
            Ok(())
        });
    }

    #[test]
    fn what_a_person_is_retained_by_is_in_the_copy_of_their_data() {
        on_both(&migrations(), |db| async move {
            let (firms, _) = two_firms(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut new = crate::testing::a_lawyer(firms[0], "陈阿大", "13204201811990077");
            new.phone = Some(Phone::parse("13800000000")?);
            let lawyer = crate::register_lawyer(&mut tx, None, &new).await?;
            let person = parties::NewPerson {
                name: "陈阿大".to_owned(),
                phone: Some(Phone::parse("13800000000")?),
                ..Default::default()
            };
            let (id, _) = parties::find_or_create_person(&mut tx, None, &person).await?;
            let retainer = crate::testing::a_retainer(crate::Holder::Lawyer(lawyer), "常州示例机械厂");
            crate::retain(&mut tx, None, &retainer).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![parties::module(), crate::module()]);
            let page = server.log_in(actor(Role::Manager)).get(&format!("/persons/{id}/data")).await.text();
            assert!(page.contains("客户单位") && page.contains("常州示例机械厂，法律顾问"), "{page}");
            Ok(())
        });
    }
}
