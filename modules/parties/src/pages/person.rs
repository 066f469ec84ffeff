//! One person: masked; shown whole for a reason; under restriction for managers only; merged records and their undoing.

use crate::{
    DATA, Person, REVEAL, WRITE,
    actions::merge_persons,
    pages::{
        id_of, named,
        persons::{Line, line},
        reveal::{reason_form, show_whole},
    },
    reading::{Whole, WholeValue},
    store::{
        persons::{self, PersonRow},
        standing,
    },
};
use ::store::{Db, Tx};
use askama::Template;
use axum::extract::Path;
use kernel::{Fault, Refusal, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/person.html")]
struct PersonMain {
    form: Form,
    person: Line,
    address: String,
    note: String,
    groups: Vec<String>,
    merged_into: Option<String>,
    merged: Vec<Line>,
    reveal: Html,
    may_write: bool,
    may_data: bool,
}

#[derive(Template)]
#[template(path = "pages/person_restricted.html")]
struct RestrictedMain {
    id: String,
    reveal: Html,
}

const MISSING: &str = "没有这个人，或者不在您的辖区。";

/// The person an address names, if the account reaches them and nothing forbids their use.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<PersonRow> {
    let id = id_of::<Person>(id, MISSING)?;
    Ok(persons::person_in_reach(tx, &ctx.actor()?.reach(), id)
        .await?
        .ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// The person an address names with what may be done: `true` if they are under restriction. Only those who care for
/// personal data learn of such a record at all.
async fn find_whatever(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<(PersonRow, bool)> {
    let parsed = id_of::<Person>(id, MISSING)?;
    if ctx.actor()?.may(DATA)
        && standing::of(tx, parsed).await?.is_some_and(|standing| standing.restricted)
        && let Some(row) = persons::person_whatever(tx, parsed).await?
    {
        return Ok((row, true));
    }
    Ok((find(ctx, tx, id).await?, false))
}

/// `GET /persons/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (person, restricted) = find_whatever(&ctx, &mut tx, &id).await?;
    if !restricted {
        return page(&ctx, &mut tx, person).await;
    }
    let id = person.id.to_string();
    let reveal = reason_form(&ctx.form(&[]), &format!("/persons/{id}/reveal"), "登记的信息")?;
    Ok(Page::new("限制处理", &RestrictedMain { id, reveal })?.crumb("人员", "/persons").narrow())
}

async fn page(ctx: &Ctx, tx: &mut Tx, person: PersonRow) -> Reply<Page> {
    let actor = ctx.actor()?;
    let db = &ctx.app.db;
    let form = ctx.form(&[]);
    let names = crate::term_options(tx, "group", ctx.today()).await?;
    let merged = persons::merged_into(tx, &actor.reach(), person.id).await?;
    let known = person.id_sealed.is_some() || person.phone_sealed.is_some();
    let reveal = if actor.may(REVEAL) && known {
        reason_form(&form, &format!("/persons/{}/reveal", person.id), "完整的身份证号和电话")?
    } else {
        Html::default()
    };
    let main = PersonMain {
        form,
        address: person.address.clone(),
        note: person.note.clone(),
        groups: named(&person.groups, &names),
        merged_into: person.merged_into.map(|id| id.to_string()),
        merged: merged.into_iter().map(|row| line(db, row, &names)).collect::<Result<_, _>>()?,
        reveal,
        may_write: actor.may(WRITE),
        may_data: actor.may(DATA),
        person: line(db, person, &names)?,
    };
    Ok(Page::new("人员信息", &main)?.crumb("人员", "/persons"))
}

/// The numbers of a person, whole; with everything else that is registered if that is not on the page already.
fn whole(db: &Db, person: &PersonRow, everything: bool) -> Result<Whole, Fault> {
    let value = |field, label, value: String| WholeValue { field, label, value };
    let id_number = person.id_number(db)?.map_or(String::new(), |number| number.expose().to_owned());
    let phone = person.phone(db)?.map_or(String::new(), |phone| phone.as_str().to_owned());
    let mut values = vec![value("id_number", "身份证号", id_number), value("phone", "电话", phone)];
    if everything {
        values.extend([
            value("sex", "性别", person.sex.clone()),
            value("birth", "出生日期", person.birth.map_or(String::new(), |day| day.to_string())),
            value("unit", "村（社区）", person.place()),
            value("address", "地址", person.address.clone()),
            value("note", "备注", person.note.clone()),
        ]);
    }
    let (id, title) = (person.id.raw(), person.name.clone());
    Ok(Whole { object: "parties_person", id, title, href: format!("/persons/{}", person.id), values })
}

/// `POST /persons/{id}/reveal`: the numbers, once, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let (person, restricted) = find_whatever(&ctx, &mut tx, &id).await?;
    let mut whole = whole(&ctx.app.db, &person, restricted)?;
    if restricted && crate::pages::reveal::read_reason(&mut form.clone()).is_err() {
        // Not even the name before there is a reason.
        whole.title = "限制处理的人员".to_owned();
    }
    show_whole(&ctx, tx, form, whole).await
}

/// `POST /persons/{id}/unmerge`: the record that was merged stands alone again.
pub(crate) async fn unmerge(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let person = find(&ctx, &mut tx, &id).await?;
    merge_persons::undo(&mut tx, ctx.actor_id(), person.id).await?;
    ctx.see_other(tx, &format!("/persons/{}", person.id), "已撤销合并，两条记录各自独立。").await
}

#[cfg(test)]
mod tests {
    use crate::testing::{a_person, migrations};
    use kernel::{FixedClock, Moment, Phone, ResidentId};
    use std::sync::Arc;
    use store::params;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn numbers_are_shown_whole_once_for_a_reason() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut person = a_person("陈阿大", Some(units[0]));
            person.phone = Some(Phone::parse("13800000000")?);
            person.id_number = Some(ResidentId::parse("320412195512310032")?);
            let (id, _) = crate::find_or_create_person(&mut tx, None, &person).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/persons/{id}");
            let masked = server.get(&uri).await;
            insta::assert_snapshot!("person", masked.main());
            assert!(!masked.text().contains("13800000000"));
            let without = server.post(&format!("{uri}/reveal"), &[("reason", "curiosity")]).await;
            assert_eq!(without.status, 422);
            assert!(!without.text().contains("13800000000"));
            let whole = server.post(&format!("{uri}/reveal"), &[("reason", "contact")]).await;
            assert_eq!(whole.status, 200);
            assert!(whole.text().contains("13800000000") && whole.text().contains("320412195512310032"));
            assert!(!server.get(&uri).await.text().contains("13800000000"), "only once");
            let mut tx = db.begin_read().await?;
            let details: String = tx
                .scalar("select details from audit_row where action = $1", params!["personal.read"])
                .await?;
            assert_eq!(details, r#"{"fields":["id_number","phone"],"reason":"联系当事人"}"#, "one reading");
            drop(tx);
            let officer = web::Actor { towns: vec![], ..actor(Role::TownOfficer) };
            assert_eq!(
                server.log_in(officer).post(&format!("{uri}/reveal"), &[("reason", "contact")]).await.status,
                403
            );
            Ok(())
        });
    }

    #[test]
    fn a_correction_keeps_numbers_that_were_left_empty() {
        on_both(&migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut person = a_person("陈阿大", Some(units[0]));
            person.phone = Some(Phone::parse("13800000000")?);
            let (id, _) = crate::find_or_create_person(&mut tx, None, &person).await?;
            let mut other = a_person("王小二", None);
            other.id_number = Some(ResidentId::parse("320412195512310032")?);
            crate::find_or_create_person(&mut tx, None, &other).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/persons/{id}/edit");
            let form = server.get(&uri).await.text();
            assert!(form.contains("138****0000") && !form.contains("13800000000"));
            let unit = units[0].to_string();
            let fields = |name, version| {
                [
                    ("name", name),
                    ("unit", unit.as_str()),
                    ("unit_text", "阳湖村"),
                    ("birth", "1955-12-31"),
                    ("version", version),
                ]
            };
            assert_eq!(server.post(&uri, &fields("陈阿大", "1")).await.status, 303);
            let mut tx = db.begin_read().await?;
            let row = crate::person(&mut tx, id).await?.expect("is there");
            assert_eq!(row.phone(&db)?, Some(Phone::parse("13800000000")?), "left empty, kept");
            assert_eq!(row.unit_id, Some(units[1]), "the text is what people see, not the id left over");
            drop(tx);
            let stale = server.post(&uri, &fields("陈大", "1")).await;
            assert_eq!(stale.status, 409);
            assert!(
                stale.text().contains("陈大")
                    && stale.text().contains(r#"name="version" value="2""#)
                    && !stale.text().contains("13800000000")
            );
            let taken = server
                .post(&uri, &[("name", "陈阿大"), ("id_number", "320412195512310032"), ("version", "2")])
                .await;
            assert_eq!(taken.status, 422);
            assert!(taken.text().contains("已登记在另一条记录上"));
            let odd = server
                .post(
                    &uri,
                    &[
                        ("name", "陈阿大"),
                        ("id_number", "320412198001010015"),
                        ("birth", "1955-12-31"),
                        ("version", "2"),
                    ],
                )
                .await;
            assert!(odd.text().contains("与身份证号不一致"));
            assert_eq!(
                server
                    .post(&uri, &[("name", "陈阿大"), ("forget_phone", "1"), ("version", "2")])
                    .await
                    .status,
                303
            );
            let mut tx = db.begin_read().await?;
            let row = crate::person(&mut tx, id).await?.expect("is there");
            assert!(row.phone(&db)?.is_none() && row.unit_id.is_none());
            Ok(())
        });
    }
}
