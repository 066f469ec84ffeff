//! Taking an application at the counter: look for the person first, then one form. The ID number typed in a village and
//! at the counter leads to the same person.

use super::{AREA, matters};
use crate::{
    actions::{
        citizen::give_code,
        cooperation::{handed_over, link_case},
    },
    application::{Application, Hardship, Said, USUAL_PAPERS, goes_first},
    case::{Case, Origin},
    cooperation::Cooperation,
    take_application,
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Day, Id, Moment, Phone, Refusal, ResidentId, Result};
use parties::{Likeness, NewPerson, Person, Sought};
use web::{Ctx, Form, Html, Page, Reach, Reply};

/// What came longer ago is a slip of the year: its clocks would all be over.
const OLDEST_DAYS: i64 = 400;

#[derive(Template)]
#[template(path = "pages/take_find.html")]
struct FindMain {
    form: Form,
    found: Option<Hits>,
    /// What is known from the letter by which the case was handed over to us.
    known: Html,
}

struct Hits {
    lines: Vec<Hit>,
    beyond: i64,
    known_number: bool,
    carry: Html,
}

struct Hit {
    id: String,
    name: String,
    why: &'static str,
    badge: &'static str,
    birth: String,
    id_number: String,
    phone: String,
    place: String,
}

/// `GET /aid/new`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    show_find(ctx.form(&[]), None)
}

fn show_find(form: Form, found: Option<Hits>) -> Reply<Page> {
    let known = form.carry(&["searched", "idempotency_key", "id_number", "phone", "name"]);
    let main = FindMain { form, found, known };
    Ok(Page::new("登记法律援助申请", &main)?.crumb("法律援助", "/aid").answering(&main.form))
}

/// `POST /aid/find`
pub(crate) async fn find(ctx: Ctx, mut form: Form) -> Reply {
    match look(&ctx, &mut form).await {
        Ok(hits) => Ok(show_find(form, Some(hits))?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_find(form, None)?.into_response())
        }
    }
}

async fn look(ctx: &Ctx, form: &mut Form) -> Result<Hits> {
    let id_number = form.parse("id_number", ResidentId::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
    let name = kernel::squeeze(&kernel::to_half_width(&form.text("name", 50)));
    if [form.get("id_number"), form.get("phone"), form.get("name")].iter().all(|text| text.is_empty()) {
        form.error("id_number", "请至少填写一项：身份证号、电话或姓名");
    }
    form.check()?;
    let mut tx = ctx.begin_read().await?;
    // At the counter anybody may stand: the search reaches the whole district, and shows ends of numbers only.
    let sought = Sought { id_number, phone, name };
    let exact = sought.id_number.is_some();
    let found = parties::find_persons(&mut tx, &ctx.actor()?.reach(), &sought).await?;
    let mut lines = Vec::new();
    let mut known_number = exact && found.beyond > 0;
    for (row, likeness) in found.people {
        let (badge, why) = match likeness {
            Likeness::IdNumber => ("ok", "身份证号相同"),
            Likeness::Phone => ("info", "电话相同"),
            Likeness::Name => ("muted", "姓名相近"),
        };
        known_number |= likeness == Likeness::IdNumber;
        lines.push(Hit {
            id: row.id.to_string(),
            why,
            badge,
            birth: row.birth.map_or(String::new(), |day| day.to_string()),
            id_number: row.id_number(&ctx.app.db)?.map_or(String::new(), |number| number.masked()),
            phone: row.phone(&ctx.app.db)?.map_or(String::new(), |phone| phone.masked()),
            place: row.place(),
            name: row.name,
        });
    }
    let carry = form.carry(&["searched", "idempotency_key"]);
    Ok(Hits { lines, beyond: found.beyond, known_number, carry })
}

#[derive(Template)]
#[template(path = "pages/take.html")]
struct TakeMain {
    form: Form,
    /// The person found; none for a new one.
    known: Option<Known>,
    lists: Lists,
}

/// The applicant who was found, and what the number that was typed has to do with them.
struct Known {
    name: String,
    place: String,
    /// What to check before going on; empty if all agrees.
    doubt: String,
}

impl Known {
    fn of(person: &parties::PersonRow, form: &Form, db: &::store::Db) -> Result<Self> {
        let typed = ResidentId::parse(form.get("id_number")).ok();
        let doubt = match (typed, person.id_number(db)?) {
            (Some(typed), Some(own)) if typed != own => format!(
                "您查的身份证号 {} 不是这个人的（登记的是 {}）。请核对证件；不是同一个人的，请重新查找。",
                typed.masked(),
                own.masked()
            ),
            (Some(typed), None) => format!(
                "这个人名下还没有身份证号。核对证件是同一个人的，登记后请打开申请人，用“修改”补上 {}。",
                typed.masked()
            ),
            _ => String::new(),
        };
        Ok(Self { name: person.name.clone(), place: person.place(), doubt })
    }
}

/// What can be chosen in the form.
pub(crate) struct Lists {
    pub(crate) origins: Vec<(String, String)>,
    pub(crate) matters: Vec<(String, String)>,
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) hardships: Vec<(String, String)>,
    pub(crate) papers: Vec<(String, String)>,
    pub(crate) stations: Vec<(String, String)>,
    pub(crate) towns: Vec<(String, String)>,
}

impl Lists {
    pub(crate) async fn of(ctx: &Ctx, tx: &mut Tx) -> Result<Self> {
        let reach = ctx.actor()?.reach();
        let within = |town: i64| match &reach {
            Reach::Towns(towns) => towns.contains(&town),
            _ => true,
        };
        let pair = |key: &str, label: &str| (key.to_owned(), label.to_owned());
        Ok(Self {
            origins: Origin::ALL.iter().map(|origin| pair(origin.as_str(), origin.label())).collect(),
            matters: matters(ctx, tx).await?,
            groups: parties::term_options(tx, "group", ctx.today()).await?,
            hardships: Hardship::choices().iter().map(|way| pair(way.as_str(), way.label())).collect(),
            papers: USUAL_PAPERS.iter().map(|paper| pair(paper, paper)).collect(),
            stations: stations::public_stations(tx)
                .await?
                .into_iter()
                .filter(|station| within(station.town_id.raw()))
                .map(|station| (station.id.to_string(), station.name))
                .collect(),
            towns: places::towns(tx)
                .await?
                .into_iter()
                .filter(|town| within(town.id.raw()))
                .map(|town| (town.id.to_string(), town.name))
                .collect(),
        })
    }
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lists = Lists::of(ctx, &mut tx).await?;
    let known = match form.get("applicant").parse::<Id<Person>>() {
        Ok(id) => parties::person_in_reach(&mut tx, &ctx.actor()?.reach(), id).await?,
        Err(_) => None,
    };
    let known = known.map(|person| Known::of(&person, &form, &ctx.app.db)).transpose()?;
    let main = TakeMain { known, lists, form };
    Ok(Page::new("登记法律援助申请", &main)?.crumb("法律援助", "/aid").narrow().answering(&main.form))
}

fn searched(form: &Form) -> Result<(), Refusal> {
    if form.get("searched").is_empty() {
        return Err(Refusal::conflict("请先查一查申请人登记过没有，再登记申请。"));
    }
    Ok(())
}

/// `POST /aid/blank`: the form, for the person found or with what was looked for.
pub(crate) async fn blank(ctx: Ctx, mut form: Form) -> Reply<Page> {
    searched(&form)?;
    if form.get("name").is_ascii() {
        form.set("name", "");
    }
    for (name, usual) in [
        ("origin", "application"),
        ("hardship", Hardship::Statement.as_str()),
        ("people", "1"),
        ("received_on", &ctx.today().to_string()),
    ] {
        // What a letter said stays.
        if form.get(name).is_empty() {
            form.set(name, usual);
        }
    }
    let mut tx = ctx.begin_read().await?;
    if let Ok(id) = form.get("applicant").parse::<Id<Person>>()
        && let Some(person) = parties::person_in_reach(&mut tx, &ctx.actor()?.reach(), id).await?
        && let Some(unit) = person.unit_id
        && let Some(unit) = places::unit(&mut tx, unit).await?
    {
        form.set("town", &unit.town_id.to_string());
    }
    drop(tx);
    show(&ctx, form).await
}

/// `POST /aid/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    searched(&form)?;
    match try_create(&ctx, &mut form).await {
        Ok((tx, id)) => {
            ctx.see_other(tx, &format!("/aid/{id}"), "已登记，请打印材料接收凭证交给申请人。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Case>)> {
    let mut tx = ctx.begin_read().await?;
    let lists = Lists::of(ctx, &mut tx).await?;
    drop(tx);
    let said = read(&lists, form);
    let origin = Origin::from_text(form.get("origin")).unwrap_or(Origin::Application);
    let (station, town) = read_place(&lists, form);
    let received = form.parse("received_on", Day::parse).unwrap_or(ctx.today());
    if received > ctx.today() {
        form.error("received_on", "收到日期不能晚于今天");
    } else if received.days_until(ctx.today()) > OLDEST_DAYS {
        form.error("received_on", "收到日期在一年多以前，请核对年份");
    }
    let known: Option<Id<Person>> = form.id("applicant", "请重新查找申请人");
    let new = if known.is_none() { Some(person(ctx, form).await?) } else { None };
    let letter: Option<Id<Cooperation>> = form.id("cooperation", "请回到移送函重新登记");
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let letter = match letter {
        Some(letter) => Some(handed_over(&mut tx, actor, letter).await?),
        None => None,
    };
    let applicant = match (known, new) {
        (Some(id), _) => id,
        (None, Some(new)) => parties::find_or_create_person(&mut tx, Some(actor.id), &new).await?.0,
        (None, None) => return Err(Refusal::invalid("请填写申请人").into()),
    };
    let unit = parties::person(&mut tx, applicant).await?.and_then(|row| row.unit_id);
    let home = match unit {
        Some(unit) => places::unit(&mut tx, unit).await?.map(|unit| unit.town_id),
        None => None,
    };
    let Some(town) = town.or(home) else {
        return Err(Refusal::invalid("请选择镇（街道）").field("town", "请选择镇（街道）").into());
    };
    let application = Application { applicant, town, unit, station, channel: "reception".to_owned(), said };
    let now = ctx.now();
    let received_at = if received == now.day() { now } else { Moment::at(received, 9, 0) };
    let id = take_application(&mut tx, Some(actor), origin, &application, received_at, now).await?;
    if let Some(letter) = letter {
        link_case(&mut tx, actor, &letter, id, now).await?;
    }
    if origin == Origin::Application {
        give_code(&mut tx, id, !form.get("sms").is_empty(), now).await?;
    }
    Ok((tx, id))
}

async fn person(ctx: &Ctx, form: &mut Form) -> Result<NewPerson> {
    let name = form.parse("name", kernel::person_name);
    form.need("name", "请填写申请人姓名");
    let id_number = form.parse("id_number", ResidentId::parse);
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
    let address = form.text("address", 120);
    let groups = form.all("groups").into_iter().map(str::to_owned).collect();
    let mut tx = ctx.begin_read().await?;
    let unit = parties::read_unit(&mut tx, &ctx.actor()?.reach(), form).await?;
    Ok(NewPerson {
        name: name.unwrap_or_default(),
        id_number,
        phone,
        unit,
        address,
        groups,
        ..NewPerson::default()
    })
}

/// Which station received it, and the town it belongs to.
fn read_place(lists: &Lists, form: &mut Form) -> (Option<Id<stations::Station>>, Option<Id<places::Town>>) {
    let station: Option<Id<stations::Station>> = form.id("station", "请重新选择工作站");
    if station.is_some_and(|station| !among(&lists.stations, &station.to_string())) {
        form.error("station", "请选择本辖区的工作站，或者选“法援中心直接受理”");
    }
    let town: Option<Id<places::Town>> = form.id("town", "请重新选择镇（街道）");
    if town.is_some_and(|town| !among(&lists.towns, &town.to_string())) {
        form.error("town", "请选择本辖区的镇（街道）");
    }
    (station, town)
}

fn among(list: &[(String, String)], value: &str) -> bool {
    list.iter().any(|(code, _)| code == value)
}

/// What the form says about the matter itself; what is wrong is noted beside the fields.
pub(crate) fn read(lists: &Lists, form: &mut Form) -> Said {
    let matter = form.get("matter").to_owned();
    if !among(&lists.matters, &matter) {
        form.error("matter", "请选择申请的事项");
    }
    let groups: Vec<String> =
        form.all("groups").into_iter().filter(|code| among(&lists.groups, code)).map(str::to_owned).collect();
    let people = form.parse("people", |text| match text.trim().parse::<i64>() {
        Ok(people) if (1..=500).contains(&people) => Ok(people),
        _ => Err("受援人数请填 1 到 500 的整数"),
    });
    let mut papers: Vec<String> = form.all("papers").into_iter().map(str::to_owned).collect();
    let others = form.text("other_papers", 600);
    papers.extend(others.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    let codes: Vec<&str> = groups.iter().map(String::as_str).collect();
    let green = goes_first(&codes, form.has("cannot_move", "1"));
    let said = Said {
        agent_name: form.text("agent_name", 30),
        agent_relation: form.text("agent_relation", 30),
        opponent: form.text("opponent", 100),
        matter,
        story: form.text("story", 4000),
        groups,
        green,
        hardship: Hardship::from_text(form.get("hardship")).unwrap_or(Hardship::Statement),
        people: people.unwrap_or(1),
        papers,
    };
    if said.story.is_empty() {
        form.error("story", "请写明情况：发生了什么、想要什么结果");
    }
    if !said.agent_name.is_empty() && said.agent_relation.is_empty() {
        form.error("agent_relation", "代为申请的，请写明与申请人的关系");
    }
    said
}
