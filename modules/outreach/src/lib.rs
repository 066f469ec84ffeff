//! Messages to people: notices inside the system, texts (短信) to telephones outside, written with their cause and sent
//! afterwards.

mod checks;
mod deliver;
mod message;
mod notice;
mod pages;
mod personal;
mod sms;
mod store;
mod tell;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod trail;

pub use deliver::hurry;
pub use message::{Message, State, Template};
pub use notice::{NewNotice, Notice, Weight};
pub use sms::{Provider, Sms, SmsSettings};
pub use tell::{NewMessage, Queued, Settled, approve, cancel, is_approved, send, settle};

use axum::routing::{get, post};
use web::{App, Every, Extension, Job, MenuItem, Module, Permission, Role, Routes};

/// Reading one's own notices.
pub const NOTICES: Permission = Permission::new(
    "outreach.notices",
    "查看本人的提醒",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser, Role::Firm],
);
/// Seeing what was sent outside, sending again, stopping.
pub const MESSAGES: Permission =
    Permission::new("outreach.messages", "查看、重发、取消短信", &[Role::Manager]);
/// The provider's numbers of templates, and limits.
pub const SETTINGS: Permission =
    Permission::new("outreach.settings", "设置短信模板编号和限额", &[Role::Manager]);

/// The provider, if one is configured: the binary offers it as an extension.
#[must_use]
pub fn sms(app: &App) -> Option<&Sms> {
    app.extensions::<Sms>().next()
}

/// Every template that modules send through.
#[must_use]
pub(crate) fn templates(app: &App) -> Vec<Template> {
    app.extensions::<Template>().copied().collect()
}

/// Telephones of messages are forgotten after so many days.
const PHONE_DAYS: i64 = 180;
/// What stood in messages that were not sent is forgotten after so many days; until then they can be sent again.
const RETRY_DAYS: i64 = 7;

const SEND: Job = Job {
    id: "outreach.send",
    title: "发送到时间的短信",
    every: Every::Minute,
    run: |app| Box::pin(async move { Ok(deliver::deliver(app).await?.words()) }),
};

const FORGET: Job = Job {
    id: "outreach.forget",
    title: "清除没有发出的短信的内容、半年前短信里的号码",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            let before = app.db.wall().now().plus_seconds(-PHONE_DAYS * 86_400);
            let mut tx = app.db.begin_write().await?;
            let count = store::messages::forget(&mut tx, before).await?;
            let week = app.db.wall().now().plus_seconds(-RETRY_DAYS * 86_400);
            let contents = store::messages::forget_values(&mut tx, week).await?;
            tx.commit().await?;
            Ok(format!("清除了 {count} 条的号码、{contents} 条的内容。"))
        })
    },
};

/// The module.
#[must_use]
pub fn module() -> Module {
    use pages::{messages, notices, settings};
    Module {
        routes: Routes::new()
            .page("/notices", NOTICES, get(notices::list))
            .action("/notices/read", NOTICES, post(notices::read_all))
            .action("/notices/{id}/open", NOTICES, post(notices::open))
            .action("/notices/{id}/read", NOTICES, post(notices::read))
            .page("/messages", MESSAGES, get(messages::list))
            .page("/messages.xlsx", MESSAGES, get(messages::export))
            .page("/messages/settings", SETTINGS, get(settings::show))
            .action("/messages/settings", SETTINGS, post(settings::save))
            .action("/messages/{id}/retry", MESSAGES, post(messages::retry))
            .action("/messages/{id}/cancel", MESSAGES, post(messages::cancel)),
        menu: vec![
            MenuItem {
                group: "工作",
                label: "我的提醒",
                href: "/notices",
                icon: "clock",
                permission: NOTICES,
                order: 15,
            },
            MenuItem {
                group: "管理",
                label: "短信",
                href: "/messages",
                icon: "chat",
                permission: MESSAGES,
                order: 560,
            },
        ],
        permissions: &[NOTICES, MESSAGES, SETTINGS],
        checks: checks::all(),
        jobs: vec![SEND, FORGET],
        extensions: store::SEALED
            .map(Extension::new)
            .into_iter()
            .chain([Extension::new(notices::BELL), Extension::new(personal::HELD)])
            .collect(),
        audit_labels: trail::LABELS,
        ..Module::new("outreach", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611290501_notice.sql",
    "202611290502_message.sql",
    "202611290503_template.sql",
    "202611290504_limit.sql",
    "202611291001_news.sql",
];
