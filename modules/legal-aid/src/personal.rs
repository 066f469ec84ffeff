//! Cases as personal data: what they hold about a person, and how long they are kept.

use crate::{
    case::Case,
    documents::OBJECT,
    store::{
        self, Entry, cooperations, letters,
        photos::{self, Holder},
    },
};
use ::store::Tx;
use kernel::Fault;
use parties::{Held, HeldValue, PersonRow, PersonalData};

/// The cases of a person.
pub(crate) const HELD: PersonalData =
    PersonalData { title: "法律援助案件", collect: |tx, person| Box::pin(held(tx, person)) };

async fn held(tx: &mut Tx, person: &PersonRow) -> Result<Vec<Held>, Fault> {
    let mut all = Vec::new();
    for entry in store::of_person(tx, person.id).await? {
        all.push(record(tx, &entry).await?);
    }
    Ok(all)
}

async fn record(tx: &mut Tx, entry: &Entry) -> Result<Held, Fault> {
    let facts = entry.facts();
    let last = [facts.archived_at, facts.ended.map(|(at, _)| at), facts.decided.map(|(at, _)| at)];
    let last = last.into_iter().flatten().max().unwrap_or(facts.received_at);
    let mut values = vec![
        HeldValue::plain("案号", entry.official_number.clone().unwrap_or_default()),
        HeldValue::plain("办理情况", entry.stage.label()),
        HeldValue::plain("代为申请的人", &entry.agent_name),
        HeldValue::plain("对方当事人", &entry.opponent),
        HeldValue::plain("情况说明", entry.story(tx.db())?),
        HeldValue::plain("提交的材料", entry.papers.replace('\n', "、")),
    ];
    for letter in letters::of_case(tx, entry.id).await? {
        values.push(HeldValue::plain(letter.kind.label(), letter.words(tx.db())?));
    }
    for letter in cooperations::of_case(tx, entry.id).await? {
        let (what, asked) = (letter.kind.label(), letter.asked(tx.db())?);
        let answer = letter.answer(tx.db())?;
        let answer = if answer.is_empty() { answer } else { format!("；答复：{answer}") };
        let words = format!("{}，{what}，{asked}{answer}", letter.direction.label());
        values.push(HeldValue::plain("协作与移送", words));
    }
    let photos = photos::all(tx, Holder::Case(entry.id)).await?.len();
    if photos > 0 {
        values.push(HeldValue::plain("材料照片", format!("{photos} 张，在案件页看")));
    }
    for made in ::documents::made_for(tx, OBJECT, entry.id.raw()).await? {
        values.push(HeldValue::plain("文书", format!("{}，{}，在案件页看", made.number, made.state.label())));
    }
    values.retain(|value| !value.value.is_empty());
    Ok(Held {
        title: format!("{} 申请", facts.received_at.day().chinese()),
        href: Some(page(entry.id)),
        last: last.day(),
        open: !entry.stage.is_over(),
        policy: None,
        values,
    })
}

/// The page of a case.
pub(crate) fn page(id: kernel::Id<Case>) -> String {
    format!("/aid/{id}")
}
