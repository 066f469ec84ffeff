//! What fills the documents of a case: every named field, read from the case, its events and its letters.

use super::OBJECT;
use crate::{
    act::Act,
    case::{Case, Decision},
    cooperation::Direction,
    letter::LetterKind,
    store::{
        self, Entry, cooperations,
        events::{self, Event},
        letters,
    },
};
use ::documents::Subject;
use ::store::{Db, Tx};
use docx::Values;
use kernel::{Day, Fault, Id, Moment, Result};
use web::Ctx;

/// Cases, offered to the documents.
pub(crate) const SUBJECT: Subject = Subject {
    object: OBJECT,
    title: "法律援助案件",
    fields: include_str!("fields.csv"),
    about: |tx, ctx, id| Box::pin(super::about(tx, ctx, id)),
    values: |tx, ctx, id| Box::pin(values(tx, ctx, id)),
    titles: |tx, ctx, ids| Box::pin(super::titles(tx, ctx, ids)),
    search: |tx, ctx, words| Box::pin(super::search(tx, ctx, words)),
};

fn day(at: Option<Moment>) -> String {
    on(at.map(Moment::day))
}

fn on(day: Option<Day>) -> String {
    day.map_or(String::new(), Day::chinese)
}

/// The events of a case with their words opened, the first first.
struct Told<'a> {
    db: &'a Db,
    events: Vec<Event>,
}

impl Told<'_> {
    fn last(&self, act: Act) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.act == act.as_str())
    }

    /// What was said with the last of these acts.
    fn words(&self, act: Act) -> Result<String, Fault> {
        self.last(act).map_or(Ok(String::new()), |event| event.words(self.db))
    }

    fn who(&self, act: Act) -> String {
        self.last(act).map_or(String::new(), |event| event.actor_name.clone())
    }

    fn day(&self, act: Act) -> String {
        day(self.last(act).map(|event| event.at))
    }
}

async fn values(tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<Values> {
    let gone = || Fault::new("the case of a document is gone");
    let id = Id::<Case>::from_raw(id).ok_or_else(gone)?;
    let entry = store::entry(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(gone)?;
    let db = ctx.app.db.clone();
    let told = Told { db: &db, events: events::of(tx, entry.id).await? };
    let mut values = Values::new();
    institution(&mut values, ctx, &entry);
    person(tx, &mut values, &entry).await?;
    application(tx, &mut values, &entry, &told).await?;
    decision(tx, &mut values, &entry, &told).await?;
    handling(tx, &mut values, &entry, &told).await?;
    end(tx, &mut values, &entry, &told).await?;
    cooperation(tx, &mut values, &entry).await?;
    Ok(values)
}

/// What another institution was asked to do last, as it was noted: the letter itself is made from it.
async fn cooperation(tx: &mut Tx, values: &mut Values, entry: &Entry) -> Result<()> {
    let letters = cooperations::of_case(tx, entry.id).await?;
    let asked = letters.iter().rev().find(|letter| {
        letter.direction == Direction::Out && letter.withdrawn_at.is_none() && letter.answered_at.is_none()
    });
    let Some(asked) = asked else { return Ok(()) };
    values.set("协作机构", asked.institution.as_str());
    values.set("协作事项", asked.asked(tx.db())?);
    values.set("协作期限", asked.due_at.day().chinese());
    Ok(())
}

fn institution(values: &mut Values, ctx: &Ctx, entry: &Entry) {
    let settings = &ctx.app.settings;
    values.set("法律援助机构", format!("{}法律援助中心", settings.district));
    values.set("司法行政机关", settings.bureau.as_str());
    values.set("咨询电话", settings.hotline.as_str());
    values.set("经办人", ctx.actor().map_or("", |actor| actor.name.as_str()));
    values.set("案件编号", entry.id.to_string());
    values.set("案号", entry.official_number.clone().unwrap_or_default());
    let office = entry.station_name.clone();
    values.set("接收单位", office.unwrap_or_else(|| format!("{}法律援助中心", settings.district)));
}

/// The applicant. Numbers are whole: an official paper names the person by them; making it is a reading.
async fn person(tx: &mut Tx, values: &mut Values, entry: &Entry) -> Result<()> {
    let person = parties::person(tx, entry.applicant_id).await?;
    let said = |text: Option<String>| text.unwrap_or_default();
    let id_number = match &person {
        Some(person) => person.id_number(tx.db())?.map(|number| number.expose().to_owned()),
        None => None,
    };
    let phone = match &person {
        Some(person) => person.phone(tx.db())?.map(|phone| phone.expose().to_owned()),
        None => None,
    };
    values.set("申请人", said(person.as_ref().map(|person| person.name.clone())));
    values.set("性别", said(person.as_ref().map(|person| person.sex.clone())));
    values.set("出生日期", on(person.as_ref().and_then(|person| person.birth)));
    values.set("身份证号", said(id_number));
    values.set("电话", said(phone));
    values.set("住址", person.map_or_else(|| entry.town_name.clone(), |person| person.place()));
    values.set("代理人", entry.agent_name.as_str());
    values.set("代理人关系", entry.agent_relation.as_str());
    Ok(())
}

async fn application(tx: &mut Tx, values: &mut Values, entry: &Entry, told: &Told<'_>) -> Result<()> {
    let received = entry.received_at.day();
    let matter = parties::term_name(tx, "aid_matter", &entry.matter, received).await?;
    values.set("事项", matter.unwrap_or_default());
    let names = parties::term_options(tx, "group", received).await?;
    let groups = entry.groups.split(';').filter(|code| !code.is_empty());
    let groups: Vec<String> = groups.map(|code| crate::pages::matter_name(&names, code)).collect();
    values.set("受援人类别", groups.join("、"));
    values.set("对方当事人", entry.opponent.as_str());
    values.set("案情", entry.story(told.db)?);
    values.set("经济困难情况", entry.hardship.label());
    values.set("受援人数", entry.people.to_string());
    values.set("案件来源", entry.origin.label());
    values.set("申请日期", received.chinese());
    values.set("绿色通道", if entry.green { "是" } else { "否" });
    let papers: Vec<[String; 1]> = entry.papers.lines().map(|paper| [paper.to_owned()]).collect();
    values.set("材料份数", papers.len().to_string());
    values.set_list("材料", ["名称"], papers);
    values.set("补充通知日期", day(entry.notified_at));
    values.set("需补充内容", told.words(Act::AskSupplement)?);
    Ok(())
}

async fn decision(tx: &mut Tx, values: &mut Values, entry: &Entry, told: &Told<'_>) -> Result<()> {
    values.set("审查人", told.who(Act::Propose));
    values.set("审查意见", told.words(Act::Propose)?);
    values.set("审查结论", entry.proposal.map_or("", Decision::label));
    values.set("审查日期", day(entry.proposed_at));
    values.set("审批人", told.who(Act::Decide));
    values.set("审批意见", told.words(Act::Decide)?);
    values.set("决定", entry.decision.map_or("", Decision::label));
    values.set("决定日期", day(entry.decided_at));
    let today = entry.decided_at.unwrap_or(entry.received_at).day();
    let reason = parties::term_name(tx, "refuse", &entry.refuse_reason, today).await?;
    values.set("不予理由", reason.unwrap_or_default());
    let letters = letters::of_case(tx, entry.id).await?;
    let objection = letters.iter().rev().find(|letter| letter.kind == LetterKind::Object);
    values.set("异议日期", day(objection.map(|letter| letter.written_at)));
    let words = objection.map(|letter| letter.words(told.db)).transpose()?;
    values.set("异议内容", words.unwrap_or_default());
    values.set("异议审查意见", told.words(Act::Reopen)?);
    Ok(())
}

async fn handling(tx: &mut Tx, values: &mut Values, entry: &Entry, told: &Told<'_>) -> Result<()> {
    let lawyer = match entry.lawyer_id {
        Some(lawyer) => counsel::lawyer(tx, lawyer).await?,
        None => None,
    };
    let of = |text: Option<&String>| text.cloned().unwrap_or_default();
    values.set("承办律师", of(lawyer.as_ref().map(|lawyer| &lawyer.name)));
    values.set("承办单位", of(lawyer.as_ref().map(|lawyer| &lawyer.firm_name)));
    values.set("执业证号", of(lawyer.as_ref().map(|lawyer| &lawyer.licence)));
    values.set("指派日期", day(entry.offered_at));
    values.set("接受日期", day(entry.accepted_at));
    values.set("协议日期", on(entry.agreed_on));
    values.set("会见日期", on(entry.met_on));
    let replaced = told.last(Act::Replace);
    let before = match replaced.and_then(|event| event.lawyer_id) {
        Some(lawyer) => counsel::lawyer(tx, lawyer).await?.map(|lawyer| lawyer.name),
        None => None,
    };
    values.set("原承办律师", before.unwrap_or_default());
    values.set("更换日期", told.day(Act::Replace));
    values.set("更换原因", told.words(Act::Replace)?);
    let mut progress = Vec::new();
    for event in told.events.iter().filter(|event| event.act == Act::Progress.as_str()) {
        progress.push([event.at.day().chinese(), event.words(told.db)?, event.actor_name.clone()]);
    }
    values.set_list("进展", ["日期", "内容", "报告人"], progress);
    let made = ::documents::made_for(tx, OBJECT, entry.id.raw()).await?;
    let kinds: Vec<::documents::Kind> = super::kinds().collect();
    let named = |id: &str| kinds.iter().find(|kind| kind.id == id);
    let given =
        made.iter().filter_map(|made| named(&made.kind).filter(|kind| kind.served).map(|kind| (kind, made)));
    let given = given.map(|(kind, made)| [kind.title.to_owned(), made.number.clone(), on(made.served_on)]);
    values.set_list("文书", ["名称", "编号", "送达日期"], given.collect());
    Ok(())
}

async fn end(tx: &mut Tx, values: &mut Values, entry: &Entry, told: &Told<'_>) -> Result<()> {
    let ended = entry.ended_at.unwrap_or(entry.received_at).day();
    let reason = parties::term_name(tx, "terminate", &entry.end_reason, ended).await?;
    values.set("终止情形", reason.unwrap_or_default());
    values.set("终止理由", told.words(Act::Terminate)?);
    values.set("终止日期", told.day(Act::Terminate));
    values.set("结案日期", on(entry.closed_on));
    let list = Act::File.code_list(entry.settled().domain == crate::Domain::Criminal).unwrap_or_default();
    let closed = entry.closed_on.unwrap_or(entry.received_at.day());
    let result = parties::term_name(tx, list, &entry.result, closed).await?;
    values.set("办案结果", result.unwrap_or_default());
    values.set("结案说明", told.words(Act::File)?);
    values.set("提交结案日期", day(entry.filed_at));
    values
        .set("挽回金额", if entry.filed_at.is_some() { entry.recovered.to_string() } else { String::new() });
    values.set("补贴金额", if entry.paid_at.is_some() { entry.subsidy.to_string() } else { String::new() });
    Ok(())
}
