//! Legal aid cases: from the application at the counter to the archived file, on the statutory clock (法律援助法).

mod act;
mod actions;
mod application;
mod case;
mod checks;
#[cfg(test)]
mod citizens;
mod clock;
mod exchange;
mod figures;
#[cfg(test)]
mod journeys;
mod letter;
mod pages;
mod particulars;
mod personal;
mod photo;
mod proposal;
mod rule;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod ticket;
mod trail;

pub use act::{Act, Input, StageRefusal, Words};
pub use actions::do_act::{NUMBER_PATTERN, Saying, do_act};
pub use actions::specify::specify;
pub use actions::take_application::take_application;
pub use application::{Application, Hardship, Said, USUAL_PAPERS, goes_first, is_criminal, suggest};
pub use case::{Case, Decision, Desk, Ending, Facts, Origin, Stage};
pub use clock::{Clock, Pause, Standing, clocks};
pub use letter::{Letter, LetterKind};
pub use particulars::{
    AidForm, Cause, Domain, Handler, Particulars, Party, Phase, Sender, Settled, is_duty, is_retrial,
};
pub use rule::{Rule, Standing as RuleStanding, rule_on, rules};
pub use store::{CaseRow, Entry};
pub use ticket::{Answers, Step, Ticket};

use ::store::Tx;
use kernel::{Fault, Id};
use web::{Every, Extension, Job, MenuItem, Module, Permission, Reach, Role, Routes};

/// Looking at cases, as far as one reaches: a town's officers their town's, lawyers their own.
pub const READ: Permission = Permission::new(
    "legal-aid.read",
    "查看法律援助案件",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser, Role::Firm],
);
/// Taking applications.
pub const TAKE: Permission =
    Permission::new("legal-aid.take", "登记法律援助申请", &[Role::Manager, Role::Clerk, Role::TownOfficer]);
/// Doing what the registry of acts gives to one's role.
pub const ACT: Permission = Permission::new(
    "legal-aid.act",
    "办理法律援助案件",
    &[Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser],
);
/// Assigning lawyers.
pub const ASSIGN: Permission =
    Permission::new("legal-aid.assign", "指派法律援助人员", &[Role::Manager, Role::Clerk]);
/// Looking at photographs of papers, and keeping more.
pub const PHOTOS: Permission = Permission::new(
    "legal-aid.photos",
    "查看、上传法律援助材料照片",
    &[Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser],
);
/// Answering what applicants write.
pub const LETTERS: Permission =
    Permission::new("legal-aid.letters", "答复申请人来信", &[Role::Manager, Role::Clerk, Role::TownOfficer]);
/// Seeing the numbers whole that were typed on the phone, for a reason.
pub const REVEAL: Permission = Permission::new(
    "legal-aid.reveal",
    "查看网上申请的完整号码",
    &[Role::Manager, Role::Clerk, Role::TownOfficer],
);
/// Saying what the ministry's forms ask of a case.
pub const SPECIFY: Permission = Permission::new(
    "legal-aid.specify",
    "填写法律援助案件的统计要素",
    &[Role::Manager, Role::Clerk, Role::Adviser],
);
/// The overview.
pub const OVERSEE: Permission =
    Permission::new("legal-aid.oversee", "查看法律援助总览", &[Role::Leader, Role::Manager, Role::Clerk]);

/// A case, whoever asks: for the demonstration and for tests.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn case(tx: &mut Tx, id: Id<Case>) -> Result<Option<Entry>, Fault> {
    store::entry(tx, &Reach::Region, id).await
}

/// Drafts of citizens that were not touched for so many days are emptied.
const DRAFT_DAYS: i64 = 30;

const FORGET_DRAFTS: Job = Job {
    id: "legal-aid.drafts",
    title: "清除三十天没有提交的网上申请草稿",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            let before = app.clock.now().plus_seconds(-DRAFT_DAYS * 86_400);
            let mut tx = app.db.begin_write().await?;
            let photos = store::photos::forget(&mut tx, before).await?;
            let drafts = store::tickets::forget_drafts(&mut tx, before).await?;
            tx.commit().await?;
            Ok(format!("清除了 {drafts} 份草稿、{photos} 张照片。"))
        })
    },
};

/// The module.
#[must_use]
pub fn module() -> Module {
    use axum::routing::{get, post};
    use pages::{
        act, apply, assign, clocks, edit, letters, list, online, overview, particulars, photos, receipt,
        rules, show, take,
    };
    Module {
        routes: Routes::new()
            .public_page("/apply", get(apply::start))
            .public_page("/apply/ask", get(apply::ask::ask))
            .public_page("/apply/check", get(apply::check::show))
            .public_action("/apply/send", post(apply::check::send))
            .public_page("/apply/progress", get(apply::progress::show))
            .public_action("/apply/progress", post(apply::progress::open))
            .public_page("/apply/letter/{kind}", get(apply::letter::ask))
            .public_action("/apply/letter/{kind}", post(apply::letter::write))
            .public_page("/apply/leave", get(apply::leave))
            .public_page("/apply/photos", get(apply::photos::show))
            .public_action("/apply/photos", post(apply::photos::upload))
            .accepting_files(photo::LARGEST)
            .public_page("/apply/photos/{id}/photo.jpg", get(apply::photos::view))
            .public_action("/apply/photos/{id}/remove", post(apply::photos::remove))
            .public_page("/apply/{step}", get(apply::step::ask))
            .public_action("/apply/{step}", post(apply::step::save))
            .page("/aid", READ, get(list::list))
            .page("/aid.xlsx", READ, get(list::export))
            .page("/aid/overview", OVERSEE, get(overview::show))
            .page("/aid/rules", READ, get(rules::show))
            .page("/aid/letters", LETTERS, get(letters::list))
            .page("/aid/letters/{id}", LETTERS, get(letters::show))
            .action("/aid/letters/{id}", LETTERS, post(letters::answer))
            .page("/aid/new", TAKE, get(take::ask))
            .action("/aid/find", TAKE, post(take::find))
            .action("/aid/blank", TAKE, post(take::blank))
            .action("/aid/new", TAKE, post(take::create))
            .page("/aid/{id}", READ, get(show::show))
            .page("/aid/{id}/clocks", READ, get(clocks::show))
            .page("/aid/{id}/photos", PHOTOS, get(photos::show))
            .action("/aid/{id}/photos", PHOTOS, post(photos::upload))
            .accepting_files(photo::LARGEST)
            .page("/aid/{id}/photos/{photo}/photo.jpg", PHOTOS, get(photos::view))
            .page("/aid/{id}/online", TAKE, get(online::show))
            .action("/aid/{id}/online/reveal", REVEAL, post(online::reveal))
            .page("/aid/{id}/receipt", TAKE, get(receipt::show))
            .page("/aid/{id}/edit", TAKE, get(edit::edit))
            .action("/aid/{id}/edit", TAKE, post(edit::save))
            .page("/aid/{id}/particulars", SPECIFY, get(particulars::ask))
            .action("/aid/{id}/particulars", SPECIFY, post(particulars::save))
            .page("/aid/{id}/assign", ASSIGN, get(assign::show))
            .action("/aid/{id}/assign", ASSIGN, post(assign::offer))
            .page("/aid/{id}/act/{act}", ACT, get(act::ask))
            .action("/aid/{id}/act/{act}", ACT, post(act::act)),
        menu: vec![
            MenuItem {
                group: "服务",
                label: "法律援助",
                href: "/aid",
                icon: "scale",
                permission: READ,
                order: 110,
            },
            MenuItem {
                group: "服务",
                label: "申请人来信",
                href: "/aid/letters",
                icon: "chat",
                permission: LETTERS,
                order: 112,
            },
            MenuItem {
                group: "统计",
                label: "法律援助总览",
                href: "/aid/overview",
                icon: "chart",
                permission: OVERSEE,
                order: 230,
            },
        ],
        permissions: &[READ, TAKE, ACT, ASSIGN, LETTERS, PHOTOS, REVEAL, SPECIFY, OVERSEE],
        figures: figures::FIGURES,
        checks: checks::all(),
        extensions: store::SEALED
            .map(Extension::new)
            .into_iter()
            .chain([
                Extension::new(personal::HELD),
                Extension::new(exchange::COPY_CASE),
                Extension::new(::store::DigestField { field: store::tickets::CODE }),
            ])
            .collect(),
        jobs: vec![FORGET_DRAFTS],
        audit_labels: trail::LABELS,
        ..Module::new("legal-aid", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611290101_case.sql",
    "202611290102_event.sql",
    "202611290103_counter.sql",
    "202611290104_ticket.sql",
    "202611290105_letter.sql",
    "202611290106_photo.sql",
    "202611290107_reopen.sql",
    "202611290301_particulars.sql",
    "202611290302_letter_view.sql",
];
