//! Entering a station and correcting what is known about it.

use crate::{
    actions::{
        change_station::{Changed, change_station},
        open_station::{NewStation, open_station, plan_station},
    },
    hours::{WeeklyHours, day_machine, day_spans, weekday_word},
    station::{Facilities, HostKind, StationDetails},
    store::{self, Entry},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Phone, Refusal, Result};
use places::Position;
use web::{Ctx, Form, Html, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/edit.html")]
struct EditMain {
    form: Form,
    heading: String,
    action: String,
    back: String,
    new: bool,
    towns: Vec<(String, String)>,
    hosts: Vec<(String, String)>,
    facilities: Vec<(String, String)>,
    positions: Vec<(String, String)>,
}

/// The landline area of the installation's telephones, for numbers that come without.
const AREA: &str = "0519";

/// `GET /manage/stations/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let today = ctx.today().to_string();
    let known = [
        ("opened_on", today.as_str()),
        ("follows_calendar", "1"),
        ("position_kind", "schematic"),
        ("staff", "1"),
    ];
    let form = ctx.form(&known);
    show(&ctx, None, form).await
}

async fn show(ctx: &Ctx, entry: Option<&Entry>, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let towns =
        places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name)).collect();
    let back = entry.map_or("/manage/stations".to_owned(), |entry| format!("/manage/stations/{}", entry.id));
    let main = EditMain {
        heading: entry.map_or("新建工作站".to_owned(), |_| "修改工作站".to_owned()),
        action: entry
            .map_or("/manage/stations/new".to_owned(), |entry| format!("/manage/stations/{}/edit", entry.id)),
        back: back.clone(),
        new: entry.is_none(),
        towns,
        hosts: HostKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect(),
        facilities: Facilities::default()
            .all()
            .into_iter()
            .map(|(code, label, _)| (code.to_owned(), label.to_owned()))
            .collect(),
        positions: vec![
            ("surveyed".to_owned(), "实测".to_owned()),
            ("schematic".to_owned(), "示意".to_owned()),
        ],
        form,
    };
    let page = Page::new(main.heading.clone(), &main)?.crumb("工作站", "/manage/stations");
    let page = match entry {
        Some(entry) => page.crumb(entry.details.name.clone(), back),
        None => page,
    };
    Ok(page.narrow().answering(&main.form))
}

impl EditMain {
    fn hours_inputs(&self) -> Vec<Html> {
        let hint =
            |weekday| if weekday == 1 { "例如 8:30-11:30 13:30-17:00；不开门的留空" } else { "" };
        let input = |weekday| {
            self.form.input(&format!("d{weekday}"), weekday_word(weekday), hint(weekday), "class='w-l'")
        };
        (1i8..=7).map(input).collect()
    }
}

/// `POST /manage/stations/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, location, done)) => ctx.see_other(tx, &location, done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, None, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, String, &'static str)> {
    let opened_on = form.parse("opened_on", Day::parse);
    let details = details(form)?;
    let mut tx = ctx.begin_write().await?;
    let (id, done) = match opened_on {
        Some(opened_on) => {
            let new = NewStation { details, opened_on };
            (
                open_station(&mut tx, ctx.actor_id(), &new, ctx.now()).await?,
                "已新建工作站，群众现在就能查到。",
            )
        }
        None => (
            plan_station(&mut tx, ctx.actor_id(), &details, ctx.now()).await?,
            "已按筹备中保存，启用后群众才能查到。",
        ),
    };
    Ok((tx, format!("/manage/stations/{id}"), done))
}

/// Reads the form; everything that is wrong is noted before it is refused.
fn details(form: &mut Form) -> Result<StationDetails> {
    let name = form.need("name", "请填写工作站名称");
    let town = form.id("town", "请选择所属镇（街道）");
    if town.is_none() && form.get("town").is_empty() {
        form.error("town", "请选择所属镇（街道）");
    }
    let host_kind = form.parse("host_kind", |text| HostKind::from_text(text).ok_or("请选择依托单位类别"));
    if host_kind.is_none() && form.get("host_kind").is_empty() {
        form.error("host_kind", "请选择依托单位类别");
    }
    let operator = form.need("operator", "请填写运营单位");
    let address = form.need("address", "请填写地址，群众要按它找来");
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
    if phone.is_none() && form.get("phone").is_empty() {
        form.error("phone", "请填写联系电话，群众要打");
    }
    let position = form.parse("position", |text| {
        let text = kernel::to_half_width(text);
        let at = super::position(&text)
            .filter(|at| (18.0..=54.0).contains(&at.lat) && (73.0..=136.0).contains(&at.lon));
        at.map(|at| (at.lat, at.lon)).ok_or("请按“纬度,经度”填写，例如 31.71581,119.94458")
    });
    let staff = form.parse("staff", |text| text.parse::<u16>().map_err(|_| "请填写整数人数"));
    let mut days: [Vec<crate::Span>; 7] = Default::default();
    for (day, field) in days.iter_mut().zip(["d1", "d2", "d3", "d4", "d5", "d6", "d7"]) {
        *day = form.parse(field, day_spans).unwrap_or_default();
    }
    let (brand, staff_names) = (form.text("brand", 60), form.text("staff_names", 200));
    let languages = form.text("languages", 100);
    form.check()?;
    let (Some(town), Some(host_kind)) = (town, host_kind) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let position_kind =
        if form.get("position_kind") == "surveyed" { Position::Surveyed } else { Position::Schematic };
    Ok(StationDetails {
        town,
        name,
        host_kind,
        operator,
        address,
        phone,
        position,
        position_kind,
        hours: WeeklyHours::of_days(days),
        follows_calendar: !form.get("follows_calendar").is_empty(),
        green_channel: !form.get("green_channel").is_empty(),
        facilities: Facilities::of_codes(form.all("facilities")),
        brand,
        staff: i64::from(staff.unwrap_or(0)),
        staff_names,
        languages: languages
            .split([';', '；', '、', ',', '，', ' '])
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// `GET /manage/stations/{id}/edit`
pub(crate) async fn edit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let entry = find(&ctx, &id).await?;
    let mut known: Vec<(&str, String)> =
        fields(&entry.details).into_iter().map(|(name, _, value)| (name, value)).collect();
    for (weekday, field) in (1i8..).zip(["d1", "d2", "d3", "d4", "d5", "d6", "d7"]) {
        known.push((field, day_machine(entry.details.hours.on(weekday))));
    }
    for (code, _, has) in entry.details.facilities.all() {
        if has {
            known.push(("facilities", code.to_owned()));
        }
    }
    known.push(("version", entry.version.to_string()));
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = ctx.form(&known);
    show(&ctx, Some(&entry), form).await
}

/// The station, if the account reaches it.
pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<Entry> {
    let missing = || Refusal::not_found("没有这个工作站。请回到名册重新选择。");
    let id = id.parse().map_err(|_| missing())?;
    let mut tx = ctx.begin_read().await?;
    if !store::reached(&mut tx, &ctx.actor()?.reach(), id).await? {
        return Err(missing().into());
    }
    Ok(store::entry(&mut tx, id).await?.ok_or_else(missing)?)
}

/// The single-valued fields: name in the form, words, value.
fn fields(d: &StationDetails) -> Vec<(&'static str, &'static str, String)> {
    let flag = |on: bool| if on { "1" } else { "" }.to_owned();
    let position_kind = if d.position_kind == Position::Surveyed { "surveyed" } else { "schematic" };
    vec![
        ("name", "名称", d.name.clone()),
        ("town", "镇（街道）", d.town.to_string()),
        ("host_kind", "依托单位类别", d.host_kind.as_str().to_owned()),
        ("operator", "运营单位", d.operator.clone()),
        ("address", "地址", d.address.clone()),
        ("phone", "联系电话", d.phone.as_ref().map_or(String::new(), |phone| phone.as_str().to_owned())),
        ("position", "位置", d.position.map_or(String::new(), |(lat, lon)| format!("{lat},{lon}"))),
        ("position_kind", "位置精度", position_kind.to_owned()),
        ("follows_calendar", "随节假日调整", flag(d.follows_calendar)),
        ("green_channel", "绿色通道", flag(d.green_channel)),
        ("brand", "特色品牌", d.brand.clone()),
        ("staff", "工作人员（名）", d.staff.to_string()),
        ("staff_names", "人员姓名", d.staff_names.clone()),
        ("languages", "可用语言", d.languages.join("、")),
    ]
}

/// `POST /manage/stations/{id}/edit`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let entry = find(&ctx, &id).await?;
    match try_save(&ctx, &entry, &mut form).await {
        Ok((tx, Changed::Saved)) => {
            ctx.see_other(tx, &format!("/manage/stations/{}", entry.id), "已保存修改。").await
        }
        Ok((_, Changed::Stale(now))) => Ok(merge(&ctx, &form, &now).await?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, Some(&entry), form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, entry: &Entry, form: &mut Form) -> Result<(Tx, Changed)> {
    let version =
        form.parse("version", |text| text.parse::<i64>().map_err(|_| "请刷新页面后重试")).unwrap_or(0);
    let details = details(form)?;
    let mut tx = ctx.begin_write().await?;
    let outcome = change_station(&mut tx, ctx.actor_id(), entry.id, version, &details, ctx.now()).await?;
    Ok((tx, outcome))
}

async fn merge(ctx: &Ctx, form: &Form, now: &Entry) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    // Codes as people read them.
    let words = |field: &str, value: &str| match field {
        "town" => towns
            .iter()
            .find(|town| town.id.to_string() == value)
            .map_or(String::new(), |town| town.name.clone()),
        "host_kind" => HostKind::from_text(value).map_or(String::new(), |kind| kind.label().to_owned()),
        "position_kind" => if value == "surveyed" { "实测" } else { "示意" }.to_owned(),
        "follows_calendar" | "green_channel" => if value.is_empty() { "否" } else { "是" }.to_owned(),
        _ => value.to_owned(),
    };
    let mut compared: Vec<MergeField> = fields(&now.details)
        .into_iter()
        .map(|(field, label, value)| MergeField {
            label,
            yours: words(field, form.get(field)),
            theirs: words(field, &value),
        })
        .collect();
    let days = ["d1", "d2", "d3", "d4", "d5", "d6", "d7"]
        .map(|field| day_spans(form.get(field)).unwrap_or_default());
    compared.push(MergeField {
        label: "开放时间",
        yours: WeeklyHours::of_days(days).to_string(),
        theirs: now.details.hours.to_string(),
    });
    let labels = |facilities: Facilities| {
        let all = facilities.all();
        all.iter().filter(|(_, _, has)| *has).map(|(_, label, _)| *label).collect::<Vec<_>>().join("、")
    };
    compared.push(MergeField {
        label: "设施",
        yours: labels(Facilities::of_codes(form.all("facilities"))),
        theirs: labels(now.details.facilities),
    });
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, now.version));
    let (action, href) =
        (format!("/manage/stations/{}/edit", now.id), format!("/manage/stations/{}", now.id));
    Merge { title: &now.details.name, fields: compared, action: &action, href: &href, hidden }.page()
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use kernel::{FixedClock, Id, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both, on_sqlite};
    use web::Role;

    fn filled<'a>(name: &'a str, town: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("name", name),
            ("town", town),
            ("host_kind", "07"),
            ("operator", "区信访局"),
            ("address", "示例街150号"),
            ("phone", "86002012"),
            ("position", "31.71166，119.95141"),
            ("position_kind", "surveyed"),
            ("d1", "8:30-11:30、13:30-17:00"),
            ("d6", "9:00-11:30"),
            ("follows_calendar", "1"),
            ("facilities", "accessible"),
            ("facilities", "street_front"),
            ("staff", "2"),
            ("languages", "普通话、手语"),
        ]
    }

    #[test]
    fn a_manager_opens_a_station_and_citizens_find_it_at_once() {
        on_sqlite(&migrations(), |db| async move {
            let (towns, _) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let manager = server.log_in(actor(Role::Manager));
            assert!(manager.get("/manage/stations/new").await.text().contains("新建工作站"));
            let town = towns[0].to_string();
            let mut form = filled("区信访局法律援助工作站", &town);
            form.push(("opened_on", "2022-05-05"));
            let opened = manager.post("/manage/stations/new", &form).await;
            assert_eq!(opened.status, 303, "{}", opened.main());
            let detail = manager.get(opened.location()).await;
            assert!(detail.text().contains("周一 8:30–11:30、13:30–17:00；周六 9:00–11:30"));
            let public = server.get("/stations?q=%E6%89%8B%E8%AF%AD").await.text();
            assert!(public.contains("区信访局法律援助工作站") && public.contains("tel:051986002012"));
            let planned = filled("区老龄委法律援助工作站", &town);
            assert_eq!(manager.post("/manage/stations/new", &planned).await.status, 303);
            assert!(
                !server.get("/stations").await.text().contains("区老龄委"),
                "planned ones are not public"
            );
            Ok(())
        });
    }

    #[test]
    fn what_is_missing_is_told_beside_its_field_and_nothing_typed_is_lost() {
        on_sqlite(&migrations(), |db| async move {
            four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let fields = [
                ("name", "新站"),
                ("d1", "8点到9点"),
                ("phone", "12"),
                ("position", "somewhere"),
                ("brand", "夜间窗口"),
            ];
            let answer = server.post("/manage/stations/new", &fields).await;
            assert_eq!(answer.status, 422);
            let text = answer.text();
            for said in [
                "请选择所属镇",
                "请选择依托单位类别",
                "请填写运营单位",
                "请填写地址",
                "看不懂时间",
                "纬度,经度",
                "夜间窗口",
                "8点到9点",
            ] {
                assert!(text.contains(said), "{said}");
            }
            Ok(())
        });
    }

    #[test]
    fn a_stale_edit_shows_both_versions() {
        on_both(&migrations(), |db| async move {
            let (towns, ids): (_, Vec<Id<crate::Station>>) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let uri = format!("/manage/stations/{}/edit", ids[0]);
            let page = server.get(&uri).await;
            assert!(page.text().contains(r#"value="08:30-11:30 13:30-17:00""#), "{}", page.main());
            let town = towns[0].to_string();
            let mut first = filled("洛阳镇法律援助工作站", &town);
            first.push(("version", "1"));
            assert_eq!(server.post(&uri, &first).await.status, 303);
            let mut second = filled("洛阳镇法律援助站", &town);
            second.push(("version", "1"));
            let stale = server.post(&uri, &second).await;
            assert_eq!(stale.status, 409);
            assert!(
                stale.text().contains("洛阳镇法律援助站") && stale.text().contains("洛阳镇法律援助工作站")
            );
            assert!(stale.text().contains(r#"name="version" value="2""#));
            Ok(())
        });
    }
}
