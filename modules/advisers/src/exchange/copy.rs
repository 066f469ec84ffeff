//! A service's fields in the order of the provincial form.

use crate::{Service, store::services};
use imports::{Copied, CopyForm, CopyRecord};
use kernel::Id;

/// The form of the service book.
pub(crate) const COPY_SERVICE: CopyForm = CopyForm {
    object: "advisers_service",
    title: "服务记录",
    system: "江苏省公共法律服务管理平台",
    permission: crate::SERVICE_READ,
    fields: include_str!("copy_service.csv"),
    read: |tx, actor, id| {
        Box::pin(async move {
            let Some(id) = Id::<Service>::from_raw(id) else { return Ok(None) };
            let Some(row) = services::service(tx, &actor.reach(), id).await? else { return Ok(None) };
            let day = row.happened_on;
            let matter = parties::term_name(tx, "matter", &row.matter, day).await?.unwrap_or_default();
            let campaign = parties::term_name(tx, "campaign", &row.campaign, day).await?.unwrap_or_default();
            let values = vec![
                ("town", Copied::Plain(row.town_name)),
                ("unit", Copied::Plain(row.unit_name.clone())),
                ("lawyer", Copied::Plain(row.lawyer_name)),
                ("kind", Copied::Plain(row.kind.label().to_owned())),
                ("happened_on", Copied::Plain(day.to_string())),
                ("quantity", Copied::Plain(row.quantity.to_string())),
                ("people", Copied::Plain(row.people.to_string())),
                ("matter", Copied::Plain(matter)),
                ("campaign", Copied::Plain(campaign)),
                ("note", Copied::Plain(row.note)),
            ];
            let title = format!("{} {}", row.unit_name, day.chinese());
            Ok(Some(CopyRecord { title, href: format!("/services/{id}"), values }))
        })
    },
};
