//! One lawyer: who they are, their assessments and sanctions, and the ways on.

use crate::{
    WRITE,
    actions::change_state::resume,
    lawyer::{Grade, Lawyer, LawyerState, practice_years},
    pages::lawyers::{assessment_text, id_of, named},
    store::{
        self, LawyerRow,
        changes::{self, AssessmentRow, DisciplineRow, LawyerEdit},
        retainers::{self, RetainerRow},
    },
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Refusal, Result};
use parties::{Whole, WholeValue};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/lawyer.html")]
struct LawyerMain {
    id: String,
    lawyer: LawyerRow,
    phone: String,
    reveal: Html,
    years: i64,
    specialities: Vec<String>,
    newest: String,
    left_on: Option<Day>,
    assessments: Vec<AssessmentRow>,
    disciplines: Vec<DisciplineRow>,
    retainers: Vec<RetainerRow>,
    today: Day,
    suspension_over: bool,
    may_write: bool,
    form: Form,
}

/// What is said about somebody who is not there, or whom the account does not reach.
pub(crate) const MISSING: &str = "没有这位律师。";

/// The lawyer an address names, if the account reaches them.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<LawyerRow> {
    let id = id_of::<Lawyer>(id, MISSING)?;
    Ok(store::lawyer_in_reach(tx, &ctx.actor()?.reach(), id)
        .await?
        .ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// The lawyer an address names, as edit pages need them.
pub(crate) async fn find_edit(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<LawyerEdit> {
    let known = find(ctx, tx, id).await?;
    Ok(changes::lawyer_edit(tx, known.id).await?.ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /lawyers/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    let assessments = changes::assessments(&mut tx, lawyer.id).await?;
    let disciplines = changes::disciplines(&mut tx, lawyer.id).await?;
    let left_on = changes::lawyer_edit(&mut tx, lawyer.id).await?.and_then(|l| l.left_on);
    let retainers = retainers::of_lawyer(&mut tx, lawyer.id, true).await?;
    let names = parties::term_options(&mut tx, "speciality", ctx.today()).await?;
    let phone = crate::phone(&ctx.app.db, &lawyer.phone_sealed)?;
    let today = ctx.today();
    let form = ctx.form(&[]);
    let main = LawyerMain {
        id: lawyer.id.to_string(),
        reveal: match &phone {
            Some(_) => parties::reason_form(&form, &format!("/lawyers/{}/reveal", lawyer.id), "完整电话")?,
            None => Html::default(),
        },
        phone: phone.map_or("未登记".to_owned(), |phone| phone.masked()),
        years: practice_years(lawyer.licensed_since, today),
        specialities: named(&lawyer.specialities, &names),
        newest: assessment_text(&lawyer.assessment, lawyer.assessment_year),
        left_on,
        suspension_over: lawyer.state == LawyerState::Suspended
            && disciplines.iter().all(|d| d.until_on.is_none_or(|until| until < today)),
        assessments,
        disciplines,
        retainers,
        today,
        may_write: ctx.actor()?.may(WRITE),
        form,
        lawyer,
    };
    Ok(Page::new(main.lawyer.name.clone(), &main)?.crumb("律师", "/lawyers"))
}

/// `POST /lawyers/{id}/reveal`: the telephone whole, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    let phone = crate::phone(&ctx.app.db, &lawyer.phone_sealed)?;
    let whole = Whole {
        object: "counsel_lawyer",
        id: lawyer.id.raw(),
        title: lawyer.name.clone(),
        href: format!("/lawyers/{}", lawyer.id),
        values: vec![WholeValue {
            field: "phone",
            label: "联系电话",
            value: phone.map_or(String::new(), |phone| phone.as_str().to_owned()),
        }],
    };
    parties::show_whole(&ctx, tx, form, whole).await
}

/// `POST /lawyers/{id}/resume`
pub(crate) async fn take_up(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let lawyer = find(&ctx, &mut tx, &id).await?;
    resume(&mut tx, ctx.actor_id(), lawyer.id).await?;
    ctx.see_other(tx, &format!("/lawyers/{}", lawyer.id), "已恢复执业。").await
}

fn day_text(day: Option<Day>) -> String {
    day.map_or("日期不详".to_owned(), |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, two_firms};
    use kernel::{FixedClock, Moment, Phone};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    #[test]
    fn from_registration_to_leaving() {
        on_both(&migrations(), |db| async move {
            let (firms, _) = two_firms(&db).await?;
            let mut tx = db.begin_write().await?;
            parties::install_standard_terms(&mut tx).await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db.clone(), clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let firm = firms[0].to_string();
            let fields = [
                ("name", "阿卜杜拉.买买提"),
                ("sex", "男"),
                ("kind", "lawyer"),
                ("firm", &firm),
                ("licence", "13204201811990001"),
                ("licensed_since", "2018-03-09"),
                ("phone", "199 0519 0001"),
                ("specialities", "labour"),
                ("specialities", "family"),
                ("dialect", "武进话"),
            ];
            let made = server.post("/lawyers/new", &fields).await;
            assert_eq!(made.status, 303, "{}", made.text());
            let page = made.location().to_owned();
            assert_eq!(server.post("/lawyers/new", &fields).await.status, 422, "the licence is taken");

            let seen = server.get(&page).await.text();
            assert!(seen.contains("199****0001") && !seen.contains("19905190001"), "masked on the page too");
            let reveal = format!("{page}/reveal");
            assert_eq!(server.post(&reveal, &[("reason", "none")]).await.status, 422);
            assert!(server.post(&reveal, &[("reason", "contact")]).await.text().contains("19905190001"));
            let edit = server.get(&format!("{page}/edit")).await.text();
            assert!(edit.contains("199****0001") && !edit.contains("19905190001"), "and when it is edited");
            let list = server.get("/lawyers").await.text();
            assert!(list.contains("199****0001") && !list.contains("19905190001"), "masked in lists");

            let graded = server
                .post(&format!("{page}/assessments/new"), &[("year", "2020年"), ("grade", "基本称职")])
                .await;
            assert_eq!(graded.status, 303);
            assert_eq!(
                server
                    .post(&format!("{page}/assessments/new"), &[("year", "2021"), ("grade", "称职")])
                    .await
                    .status,
                303
            );
            assert_eq!(
                server
                    .post(&format!("{page}/assessments/new"), &[("year", "2020"), ("grade", "称职")])
                    .await
                    .status,
                303,
                "corrected"
            );
            assert_eq!(
                server
                    .post(&format!("{page}/assessments/new"), &[("year", "2023"), ("grade", "称职")])
                    .await
                    .status,
                422
            );
            assert_eq!(
                server
                    .post(&format!("{page}/assessments/new"), &[("year", "2017"), ("grade", "称职")])
                    .await
                    .status,
                422
            );

            let warned = [
                ("kind", "警告"),
                ("happened_on", "2019-10-01"),
                ("decided_by", "常州市司法局"),
                ("reason", "未按规定办理委托手续"),
            ];
            assert_eq!(server.post(&format!("{page}/disciplines/new"), &warned).await.status, 303);
            let open_end =
                [("kind", "停止执业"), ("happened_on", "2022-05-01"), ("decided_by", "常州市司法局")];
            assert_eq!(
                server.post(&format!("{page}/disciplines/new"), &open_end).await.status,
                422,
                "until when"
            );
            let suspended = [open_end[0], open_end[1], open_end[2], ("until_on", "2022-06-30")];
            assert_eq!(server.post(&format!("{page}/disciplines/new"), &suspended).await.status, 303);
            let shown = server.get(&page).await;
            insta::assert_snapshot!(
                "lawyer",
                shown.main().replace(page.trim_start_matches("/lawyers/"), "ID")
            );

            assert_eq!(server.post(&format!("{page}/resume"), &[]).await.status, 303);
            assert_eq!(server.post(&format!("{page}/resume"), &[("again", "1")]).await.status, 409);
            assert!(server.get(&format!("{page}/leave")).await.text().contains("/coverage/hand-over?from="));
            assert_eq!(
                server.post(&format!("{page}/leave"), &[("left_on", "2022-05-07")]).await.status,
                422,
                "not before tomorrow"
            );
            assert_eq!(server.post(&format!("{page}/leave"), &[("left_on", "2022-05-05")]).await.status, 303);
            assert_eq!(server.post(&format!("{page}/leave"), &[("left_on", "2022-05-04")]).await.status, 409);
            assert!(server.get(&page).await.text().contains("2022年5月5日"));

            let mut tx = db.begin_read().await?;
            let id = page.trim_start_matches("/lawyers/").parse().expect("an id");
            let row = crate::lawyer(&mut tx, id).await?.expect("is there");
            assert_eq!(
                (row.name.as_str(), row.assessment.as_str(), row.assessment_year),
                ("阿卜杜拉·买买提", "称职", Some(2021))
            );
            assert_eq!(row.discipline, "停止执业", "the newest, which has no reason");
            assert_eq!(crate::phone(&db, &row.phone_sealed)?, Some(Phone::parse("19905190001")?));
            Ok(())
        });
    }
}
