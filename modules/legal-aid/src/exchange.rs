//! A case's fields in the order of the provincial system's form, each to be copied by one tap.

use crate::{case::Case, pages::sees_less, store};
use imports::{Copied, CopyForm, CopyRecord};
use kernel::Id;

/// A case's fields in the provincial form's order.
pub(crate) const COPY_CASE: CopyForm = CopyForm {
    object: "legal_aid_case",
    title: "法律援助案件",
    system: "全国法律援助管理信息系统",
    permission: crate::READ,
    fields: include_str!("copy_case.csv"),
    read: |tx, actor, id| {
        Box::pin(async move {
            let Some(id) = Id::<Case>::from_raw(id) else { return Ok(None) };
            let Some(entry) = store::entry(tx, &actor.reach(), id).await? else { return Ok(None) };
            if sees_less(actor, &entry) {
                return Ok(None);
            }
            let Some(person) = parties::person(tx, entry.applicant_id).await? else { return Ok(None) };
            let href = format!("/persons/{}", person.id);
            let sealed = |masked: Option<String>| match masked {
                Some(masked) => Copied::Sealed { masked, href: href.clone() },
                None => Copied::Plain(String::new()),
            };
            let id_number = sealed(person.id_number(tx.db())?.map(|number| number.masked()));
            let phone = sealed(person.phone(tx.db())?.map(|phone| phone.masked()));
            let matter = parties::term_name(tx, "aid_matter", &entry.matter, entry.received_at.day()).await?;
            let day = |at: Option<kernel::Moment>| at.map_or(String::new(), |at| at.day().to_string());
            let plain = Copied::Plain;
            let values = vec![
                ("number", plain(entry.official_number.clone().unwrap_or_default())),
                ("applicant", plain(person.name.clone())),
                ("sex", plain(person.sex.clone())),
                ("id_number", id_number),
                ("phone", phone),
                ("place", plain(person.place())),
                ("agent", plain(entry.agent_name.clone())),
                ("relation", plain(entry.agent_relation.clone())),
                ("opponent", plain(entry.opponent.clone())),
                ("matter", plain(matter.unwrap_or_default())),
                ("hardship", plain(entry.hardship.label().to_owned())),
                ("story", plain(entry.story(tx.db())?)),
                ("received", plain(entry.received_at.day().to_string())),
                ("decided", plain(day(entry.decided_at))),
                ("offered", plain(day(entry.offered_at))),
                ("lawyer", plain(entry.lawyer_name.clone().unwrap_or_default())),
                ("closed", plain(entry.closed_on.map_or(String::new(), |day| day.to_string()))),
            ];
            Ok(Some(CopyRecord { title: person.name, href: format!("/aid/{id}"), values }))
        })
    },
};
