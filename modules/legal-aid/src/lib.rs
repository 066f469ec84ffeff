//! Legal aid cases: from the application at the counter to the archived file, on the statutory clock (法律援助法).

mod act;
mod actions;
mod application;
mod bulk;
mod campaign;
mod case;
mod checks;
#[cfg(test)]
mod citizens;
mod clock;
mod conflict;
#[cfg(test)]
mod conflict_journeys;
mod cooperation;
#[cfg(test)]
mod cooperation_journeys;
#[cfg(test)]
mod desk_journeys;
mod documents;
mod engagement;
mod exchange;
mod figures;
mod follow_up;
mod help;
#[cfg(test)]
mod histories_tests;
mod jobs;
#[cfg(test)]
mod journeys;
mod letter;
mod pages;
mod particulars;
mod personal;
mod photo;
mod proposal;
mod quality;
mod reminder;
mod rota;
#[cfg(test)]
mod rota_journeys;
mod rule;
#[cfg(test)]
mod rule_journeys;
#[cfg(test)]
mod search_tests;
mod store;
mod subsidy;
#[cfg(test)]
mod tellings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod ticket;
mod trail;

pub use act::{Act, Input, StageRefusal, Words};
pub use actions::cooperation::{
    Answer, answer_cooperation, assign_cooperation, close_cooperation, cooperation, note_cooperation,
};
pub use actions::diary::{conclude, plan};
pub use actions::do_act::{NUMBER_PATTERN, Saying, do_act};
pub use actions::rota::{NewPost, Plan, open_post, publish};
pub use actions::specify::specify;
pub use actions::subsidies::{NewStandard, set_standard};
pub use actions::take_application::take_application;
pub use application::{Application, Hardship, Said, USUAL_PAPERS, goes_first, is_criminal, suggest};
pub use bulk::{Deed, write_history};
pub use case::{Case, Decision, Desk, Ending, Facts, Origin, Stage};
pub use clock::{Clock, Pause, Standing, clocks};
pub use cooperation::{Cooperation, CooperationKind, CooperationState, Direction, Outcome};
pub use engagement::{Engagement, EngagementKind, EngagementState, Span, clock_text, said, starts};
pub use letter::{Letter, LetterKind};
pub use particulars::{
    AidForm, Cause, Domain, Handler, Particulars, Party, Phase, Sender, Settled, is_duty, is_retrial,
};
pub use rota::{Half, Post, PostPlace, Turn, TurnState, Week};
pub use rule::{Rule, Rules, Standing as RuleStanding};
pub use store::{
    CaseRow, Entry,
    cooperations::{CooperationRow, NewCooperation},
    engagements::{EngagementRow, NewEngagement},
    letters::LetterRow,
};
pub use subsidy::{Standard, Subsidy, SubsidyKind, SubsidyRefusal};
pub use ticket::{Answers, Step, Ticket};

use ::store::Tx;
use kernel::{Fault, Id};
use web::{Extension, MenuItem, Module, Permission, Reach, Role, Routes};

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
/// Writing into the diary of cases: home visits, hearings, meetings.
pub const DIARY: Permission = Permission::new(
    "legal-aid.diary",
    "安排上门和日程",
    &[Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser],
);
/// Approving subsidies, and setting their standards.
pub const SUBSIDY: Permission = Permission::new("legal-aid.subsidy", "核定法律援助补贴", &[Role::Manager]);
/// Marking subsidies as paid.
pub const PAY: Permission = Permission::new("legal-aid.pay", "登记补贴发放", &[Role::Manager, Role::Clerk]);
/// Asking people afterwards how it went.
pub const FOLLOW_UP: Permission =
    Permission::new("legal-aid.follow-up", "回访受援人", &[Role::Manager, Role::Clerk]);
/// Deciding which classes go first for a while.
pub const CAMPAIGN: Permission =
    Permission::new("legal-aid.campaign", "设优先办理的专项活动", &[Role::Manager]);
/// Confirming time limits that are not law, and setting others.
pub const RULES: Permission = Permission::new("legal-aid.rules", "确认、另设法律援助期限", &[Role::Manager]);
/// Drawing samples of cases, and writing down what experts found.
pub const QUALITY: Permission =
    Permission::new("legal-aid.quality", "抽查案件质量", &[Role::Manager, Role::Clerk]);
/// Looking at the book of the duty lawyers: lawyers at what they did themselves.
pub const HELP_READ: Permission = Permission::new(
    "legal-aid.help-read",
    "查看值班律师法律帮助",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::Adviser],
);
/// Writing into it.
pub const HELP: Permission =
    Permission::new("legal-aid.help", "登记值班律师法律帮助", &[Role::Manager, Role::Clerk, Role::Adviser]);
/// Looking at the rota of duty lawyers: lawyers see their own names only.
pub const ROTA_READ: Permission = Permission::new(
    "legal-aid.rota-read",
    "查看值班表",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::Adviser],
);
/// Drawing it up, and changing turns.
pub const ROTA: Permission =
    Permission::new("legal-aid.rota", "排值班表、换班", &[Role::Manager, Role::Clerk]);
/// Looking at letters of cooperation and jurisdiction.
pub const COOPERATE_READ: Permission = Permission::new(
    "legal-aid.cooperate-read",
    "查看法律援助协作与移送",
    &[Role::Leader, Role::Manager, Role::Clerk],
);
/// Noting, charging, answering and filing them.
pub const COOPERATE: Permission =
    Permission::new("legal-aid.cooperate", "办理法律援助协作与移送", &[Role::Manager, Role::Clerk]);
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

/// An entry of the diary, whoever asks: for the demonstration and for tests.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn engagement(tx: &mut Tx, id: Id<Engagement>) -> Result<Option<EngagementRow>, Fault> {
    store::engagements::engagement(tx, &Reach::Region, id).await
}

/// The module.
#[must_use]
pub fn module() -> Module {
    use axum::routing::{get, post};
    use pages::{
        act, apply, assign, campaigns, clocks, cooperation_note, cooperations, diary, edit, follow_up,
        hand_over, helps, letters, list, online, outside, overview, particulars, photos, posts, quality,
        receipt, rota, rota_plan, rules, show, subsidies, take, turns, volumes,
    };
    Module {
        routes: Routes::new()
            .public_page("/apply", get(apply::start))
            .public_page("/apply/ask", get(apply::ask::ask))
            .public_page("/apply/check", get(apply::check::show))
            .public_action("/apply/send", post(apply::check::send))
            .public_page("/apply/progress", get(apply::progress::show))
            .public_action("/apply/progress", post(apply::progress::open))
            .public_page("/apply/code", get(apply::code::show))
            .public_action("/apply/code", post(apply::code::ask))
            .public_page("/apply/code/enter", get(apply::code::enter))
            .public_action("/apply/code/enter", post(apply::code::open))
            .public_page("/apply/letter/{kind}", get(apply::letter::ask))
            .public_action("/apply/letter/{kind}", post(apply::letter::write))
            .public_page("/apply/leave", get(apply::leave))
            .public_page("/apply/photos", get(apply::photos::show))
            .public_action("/apply/photos", post(apply::photos::upload))
            .accepting_files(photo::LARGEST)
            .public_page("/apply/photos/{id}/paper", get(apply::photos::view))
            .public_action("/apply/photos/{id}/remove", post(apply::photos::remove))
            .public_page("/apply/{step}", get(apply::step::ask))
            .public_action("/apply/{step}", post(apply::step::save))
            .page("/aid", READ, get(list::list))
            .page("/aid.xlsx", READ, get(list::export))
            .page("/aid/overview", OVERSEE, get(overview::show))
            .page("/aid/rules", READ, get(rules::list))
            .page("/aid/rules.xlsx", READ, get(rules::export))
            .page("/aid/rules/{rule}", READ, get(rules::show))
            .action("/aid/rules/{rule}", RULES, post(rules::set))
            .action("/aid/rules/{rule}/withdraw", RULES, post(rules::withdraw))
            .page("/aid/letters", LETTERS, get(letters::list))
            .page("/aid/letters.xlsx", LETTERS, get(letters::export))
            .page("/aid/letters/{id}", LETTERS, get(letters::show))
            .action("/aid/letters/{id}", LETTERS, post(letters::answer))
            .page("/aid/subsidies", OVERSEE, get(subsidies::list))
            .action("/aid/subsidies", PAY, post(subsidies::pay))
            .page("/aid/subsidies.xlsx", OVERSEE, get(subsidies::export))
            .page("/aid/standards", OVERSEE, get(subsidies::list_standards))
            .action("/aid/standards", SUBSIDY, post(subsidies::set))
            .page("/aid/{id}/subsidy", SUBSIDY, get(subsidies::ask))
            .action("/aid/{id}/subsidy", SUBSIDY, post(subsidies::approve))
            .page("/aid/hand-over", ASSIGN, get(hand_over::ask))
            .action("/aid/hand-over", ASSIGN, post(hand_over::save))
            .page("/aid/campaigns", CAMPAIGN, get(campaigns::list))
            .action("/aid/campaigns", CAMPAIGN, post(campaigns::save))
            .action("/aid/campaigns/{id}/end", CAMPAIGN, post(campaigns::finish))
            .page("/aid/{id}/follow-up", FOLLOW_UP, get(follow_up::ask))
            .action("/aid/{id}/follow-up", FOLLOW_UP, post(follow_up::save))
            .page("/aid/help", HELP_READ, get(helps::list))
            .page("/aid/help.xlsx", HELP_READ, get(helps::export))
            .page("/aid/help/new", HELP, get(helps::ask))
            .action("/aid/help/new", HELP, post(helps::save))
            .page("/aid/help/{id}", HELP_READ, get(helps::show))
            .action("/aid/help/{id}/void", HELP, post(helps::void))
            .page("/aid/rota", ROTA_READ, get(rota::show))
            .page("/aid/rota.xlsx", ROTA_READ, get(rota::export))
            .page("/aid/rota/posts", ROTA, get(posts::list))
            .action("/aid/rota/posts", ROTA, post(posts::add))
            .page("/aid/rota/posts/{id}", ROTA, get(posts::edit))
            .action("/aid/rota/posts/{id}", ROTA, post(posts::save))
            .page("/aid/rota/plan", ROTA, get(rota_plan::ask))
            .action("/aid/rota/plan", ROTA, post(rota_plan::save))
            .page("/aid/rota/turns/{id}", ROTA_READ, get(turns::show))
            .action("/aid/rota/turns/{id}/replace", ROTA, post(turns::replace))
            .action("/aid/rota/turns/{id}/swap", ROTA, post(turns::swap))
            .action("/aid/rota/turns/{id}/cancel", ROTA, post(turns::cancel))
            .page("/aid/cooperation", COOPERATE_READ, get(cooperations::list))
            .page("/aid/cooperation.xlsx", COOPERATE_READ, get(cooperations::export))
            .page("/aid/cooperation/new", COOPERATE, get(cooperation_note::ask))
            .action("/aid/cooperation/new", COOPERATE, post(cooperation_note::save))
            .page("/aid/{id}/cooperation/new", COOPERATE, get(cooperation_note::ask_out))
            .action("/aid/{id}/cooperation/new", COOPERATE, post(cooperation_note::save_out))
            .page("/aid/cooperation/{id}", COOPERATE_READ, get(cooperations::show))
            .action("/aid/cooperation/{id}/assign", COOPERATE, post(cooperations::assign))
            .action("/aid/cooperation/{id}/answer", COOPERATE, post(cooperations::answer))
            .action("/aid/cooperation/{id}/close", COOPERATE, post(cooperations::close))
            .action("/aid/cooperation/{id}/withdraw", COOPERATE, post(cooperations::withdraw))
            .page("/aid/quality", OVERSEE, get(quality::list))
            .action("/aid/quality", QUALITY, post(quality::draw))
            .page("/aid/quality/{batch}", OVERSEE, get(quality::show))
            .page("/aid/quality/{batch}/results.xlsx", OVERSEE, get(quality::export))
            .page("/aid/quality/{batch}/{id}", OVERSEE, get(quality::ask))
            .action("/aid/quality/{batch}/{id}", QUALITY, post(quality::save))
            .page("/aid/diary", READ, get(diary::list))
            .page("/aid/diary.xlsx", READ, get(diary::export))
            .page("/aid/diary/{id}", READ, get(diary::show))
            .action("/aid/diary/{id}/conclude", DIARY, post(diary::finish))
            .page("/aid/diary/{id}/move", DIARY, get(diary::ask_move))
            .action("/aid/diary/{id}/move", DIARY, post(diary::moved))
            .page("/aid/{id}/diary/new", DIARY, get(diary::ask))
            .action("/aid/{id}/diary/new", DIARY, post(diary::save))
            .page("/aid/{id}/letters/new", LETTERS, get(letters::ask))
            .action("/aid/{id}/letters/new", LETTERS, post(letters::note))
            .page("/aid/new", TAKE, get(take::ask))
            .action("/aid/find", TAKE, post(take::find))
            .action("/aid/blank", TAKE, post(take::blank))
            .action("/aid/new", TAKE, post(take::create))
            .page("/aid/{id}", READ, get(show::show))
            .page("/aid/{id}/clocks", READ, get(clocks::show))
            .page("/aid/{id}/volumes", READ, get(volumes::show))
            .page("/aid/{id}/photos", PHOTOS, get(photos::show))
            .action("/aid/{id}/photos", PHOTOS, post(photos::upload))
            .accepting_files(photo::LARGEST)
            .page("/aid/{id}/photos/{photo}/paper", PHOTOS, get(photos::view))
            .page("/aid/{id}/online", TAKE, get(online::show))
            .action("/aid/{id}/online/reveal", REVEAL, post(online::reveal))
            .page("/aid/{id}/outside", TAKE, get(outside::show))
            .action("/aid/{id}/outside", TAKE, post(outside::note))
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
                group: "服务",
                label: "上门和日程",
                href: "/aid/diary",
                icon: "calendar",
                permission: READ,
                order: 114,
            },
            MenuItem {
                group: "服务",
                label: "法律援助补贴",
                href: "/aid/subsidies",
                icon: "scale",
                permission: OVERSEE,
                order: 116,
            },
            MenuItem {
                group: "服务",
                label: "值班排班",
                href: "/aid/rota",
                icon: "calendar",
                permission: ROTA_READ,
                order: 117,
            },
            MenuItem {
                group: "服务",
                label: "值班律师法律帮助",
                href: "/aid/help",
                icon: "scale",
                permission: HELP_READ,
                order: 118,
            },
            MenuItem {
                group: "服务",
                label: "协作与移送",
                href: "/aid/cooperation",
                icon: "chat",
                permission: COOPERATE_READ,
                order: 113,
            },
            MenuItem {
                group: "服务",
                label: "案件质量评估",
                href: "/aid/quality",
                icon: "chart",
                permission: OVERSEE,
                order: 119,
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
        permissions: &[
            READ,
            TAKE,
            ACT,
            ASSIGN,
            LETTERS,
            DIARY,
            PHOTOS,
            REVEAL,
            SUBSIDY,
            PAY,
            FOLLOW_UP,
            CAMPAIGN,
            RULES,
            COOPERATE_READ,
            COOPERATE,
            QUALITY,
            HELP_READ,
            HELP,
            ROTA_READ,
            ROTA,
            SPECIFY,
            OVERSEE,
        ],
        figures: figures::FIGURES,
        checks: checks::all(),
        extensions: store::sealed::SEALED
            .map(Extension::new)
            .into_iter()
            .chain([
                Extension::new(personal::HELD),
                Extension::new(exchange::COPY_CASE),
                Extension::new(documents::SUBJECT),
                Extension::new(::store::DigestField { field: store::tickets::CODE }),
                Extension::new(::store::DigestField { field: store::tickets::PHONE }),
                Extension::new(::store::DigestField { field: store::codes::ASKED }),
                Extension::new(::store::DigestField { field: store::codes::CODE }),
            ])
            .chain([actions::tell::CODE, actions::tell::NEWS, actions::tell::QUIET].map(Extension::new))
            .chain(documents::kinds().map(Extension::new))
            .collect(),
        jobs: vec![jobs::FORGET_DRAFTS, jobs::REMIND, jobs::FOLLOW],
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
    "202611290108_engagement.sql",
    "202611290109_standard.sql",
    "202611290110_subsidy.sql",
    "202611290111_priced.sql",
    "202611290112_follow_up.sql",
    "202611290113_campaign.sql",
    "202611290114_letter_kinds.sql",
    "202611290115_help.sql",
    "202611290116_batch.sql",
    "202611290117_assessment.sql",
    "202611290301_particulars.sql",
    "202611290302_letter_view.sql",
    "202611290402_number_part.sqlite.sql",
    "202611290402_number_part.postgres.sql",
    "202611290403_case_lists.sql",
    "202611290505_code.sql",
    "202611290506_ticket_phone.sql",
    "202611290601_photo_mime.sql",
    "202611290702_post.sql",
    "202611290703_turn.sql",
    "202611290704_opponent_key.sql",
    "202611290705_cleared.sql",
    "202611290821_rule.sql",
    "202611290822_cooperation.sql",
];
