//! No list and no page of staff shows a whole telephone or ID number without a reason: everybody of the demonstration
//! world asks for every page of the route table, and for what those pages link to.

use crate::world::{World, run};
use calamine::Reader as _;
use farun::{demo, modules};
use kernel::{FixedClock, Phone, PhoneKind, ResidentId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{Db, params};
use testkit::{Answer, Server, Visitor};
use web::{Access, RouteSpec, Side};

/// The product over a world, with real sessions.
pub(crate) fn site(db: &Db) -> kernel::Result<Server> {
    let clock = Arc::new(FixedClock(demo::now()?));
    Ok(Server::behind(db.clone(), clock, modules(), Arc::new(identity::DbSessions)))
}

/// Somebody of the demonstration world, logged in.
pub(crate) async fn log_in<'a>(site: &'a Server, username: &str) -> Visitor<'a> {
    let mut visitor = Visitor::new(site);
    visitor.get("/login").await;
    let answer = visitor.post("/login", &[("username", username), ("password", demo::PASSWORD)]).await;
    assert_eq!(answer.status, 303, "{username} logs in: {}", answer.main());
    visitor
}

/// What a page says, tags and all; the cells of a workbook.
pub(crate) fn said(answer: &Answer) -> String {
    let Ok(mut book) = calamine::Xlsx::new(std::io::Cursor::new(answer.bytes.as_slice())) else {
        return answer.text();
    };
    let mut text = String::new();
    for (_, range) in book.worksheets() {
        for (_, _, cell) in range.used_cells() {
            text.push_str(&cell.to_string());
            text.push('\n');
        }
    }
    text
}

/// Every mobile number and ID number in a text: whole runs of digits, however they are parted by blanks and hyphens.
fn numbers(text: &str) -> BTreeSet<String> {
    let joined: Vec<char> = text.chars().collect();
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < joined.len() {
        if !joined[at].is_ascii_digit() || at > 0 && joined[at - 1].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let mut run = String::new();
        let mut end = at;
        while let Some(c) = joined.get(end) {
            let parts = *c == ' ' || *c == '-';
            let goes_on = parts && joined.get(end + 1).is_some_and(char::is_ascii_digit);
            if c.is_ascii_digit() || (run.len() == 17 && c.eq_ignore_ascii_case(&'x')) {
                run.push(*c);
            } else if !goes_on {
                break;
            }
            end += 1;
        }
        if joined.get(end).is_none_or(|c| !c.is_ascii_alphanumeric()) {
            let mobile = Phone::parse(&run).is_ok_and(|phone| phone.kind() == PhoneKind::Mobile);
            if (run.len() == 11 && mobile) || (run.len() == 18 && ResidentId::parse(&run).is_ok()) {
                found.insert(run);
            }
        }
        at = end.max(at + 1);
    }
    found
}

/// The links of a page.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("href=\"").skip(1) {
        let link = part.split('"').next().unwrap_or_default().replace("&amp;", "&");
        if link.starts_with('/') {
            found.push(link);
        }
    }
    found
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut have, mut want) = (path.split('/'), pattern.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if want == have || want.starts_with('{') && !have.is_empty() => {}
            _ => return false,
        }
    }
}

/// So many addresses of one pattern are enough: they are made by the same code.
const EACH: usize = 3;

/// But of imports all: good rows, bad ones and changes look different, and most imports have only some of them.
const OF_AN_IMPORT: usize = 60;

/// What somebody met: whole numbers with the page they stood on, and how many pages there were.
struct Met {
    leaks: Vec<(String, String)>,
    pages: usize,
    forbidden: usize,
}

/// Asks for every page without parameters, and for some of those that they link to.
async fn read_everything(who: &str, visitor: &mut Visitor<'_>, specs: &[RouteSpec], public: &Public) -> Met {
    let gets = || specs.iter().filter(|spec| spec.method == "GET" && spec.path != "/logout");
    let mut open: Vec<String> =
        gets().filter(|spec| !spec.path.contains('{')).map(|spec| spec.path.to_owned()).collect();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut met = Met { leaks: Vec::new(), pages: 0, forbidden: 0 };
    while let Some(uri) = open.pop() {
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        let mut fitting: Vec<&RouteSpec> = gets().filter(|spec| fits(spec.path, path)).collect();
        fitting.sort_by_key(|spec| spec.path.matches('{').count());
        let Some(spec) = fitting.first().copied() else { continue };
        let done = seen.entry(spec.path).or_default();
        let most = if spec.path.starts_with("/imports/{id}") { OF_AN_IMPORT } else { EACH };
        if done.len() >= most || !done.insert(uri.clone()) {
            continue;
        }
        let answer = visitor.get(&uri).await;
        if answer.status == 403 {
            met.forbidden += 1;
        }
        if answer.status != 200 {
            continue;
        }
        met.pages += 1;
        let text = said(&answer);
        for number in numbers(&text) {
            if !public.allows(who, spec, &number) {
                met.leaks.push((spec.path.to_owned(), number));
            }
        }
        open.extend(links(&text));
    }
    met
}

/// Numbers that are public by design, and where.
struct Public {
    /// Stations, outreach points, judicial offices, law firms: everywhere.
    everywhere: BTreeSet<String>,
    /// Current advisers: on the pages for citizens and where the board and its appointment are kept.
    advisers: BTreeSet<String>,
    /// Whom somebody has taken on to call back: he must be able to dial, on the page of that wish.
    taken: BTreeSet<(String, String)>,
    /// The invented examples of columns that can be imported: where it is told what a file must look like.
    examples: BTreeSet<String>,
}

/// Where the examples of an import stand.
const EXAMPLES: &[&str] = &["/imports/{kind}/new", "/imports/{kind}/template.xlsx"];

/// The one file with whole numbers: what somebody brought, given back to who may import it, with what is wrong beside
/// each cell. Masked it could not be mended. Who takes it out is noted in the audit trail.
const GIVEN_BACK: &str = "/imports/{id}/errors.xlsx";

/// Where an adviser's number may stand whole: what hangs on the village's board is kept on this page.
const BOARD: &[&str] = &["/coverage/{id}", "/villages/{id}", "/villages/{id}/qr"];

impl Public {
    async fn of(db: &Db) -> kernel::Result<Self> {
        let modules = modules();
        let extensions = modules.iter().flat_map(|module| &module.extensions);
        let kinds = extensions.filter_map(|extension| extension.get::<imports::Kind>());
        let examples = kinds.flat_map(imports::Kind::all_columns).flat_map(|column| numbers(column.example));
        let mut public = Self {
            everywhere: BTreeSet::new(),
            advisers: BTreeSet::new(),
            taken: BTreeSet::new(),
            examples: examples.collect(),
        };
        for (field, sealed) in sealed_values(db).await? {
            let digits: String =
                db.keys().open(field, &sealed)?.chars().filter(char::is_ascii_digit).collect();
            match field {
                "stations_station_entry.phone"
                | "stations_outlet_entry.phone"
                | "places_town_entry.office_phone"
                | "counsel_firm_entry.phone" => public.everywhere.insert(digits),
                _ => continue,
            };
        }
        let mut tx = db.begin_read().await?;
        let advisers: Vec<(Option<String>,)> = tx
            .all(
                "select l.phone_sealed from advisers_current a join counsel_lawyer l on l.id = a.lawyer_id",
                params![],
            )
            .await?;
        for (sealed,) in advisers {
            if let Some(phone) = counsel::phone(db, &sealed)? {
                public.advisers.insert(phone.as_str().to_owned());
            }
        }
        let sealed = farun::sealed_fields()
            .into_iter()
            .find(|field| (field.table, field.column) == ("portal_callback_entry", "phone_sealed"))
            .expect("the numbers of wishes are sealed");
        let taken: Vec<(String, String)> = tx
            .all(
                "select a.username, c.phone_sealed from portal_callback_entry c
                 join identity_account_entry a on a.id = c.taken_by where c.state in ('waiting', 'failed')",
                params![],
            )
            .await?;
        for (username, phone) in taken {
            public.taken.insert((username, db.keys().open(sealed.field, &phone)?));
        }
        assert!(!public.taken.is_empty(), "somebody has taken a wish on");
        Ok(public)
    }

    fn allows(&self, who: &str, spec: &RouteSpec, number: &str) -> bool {
        let board = spec.side == Side::Public || BOARD.contains(&spec.path);
        let example = EXAMPLES.contains(&spec.path) && self.examples.contains(number);
        let given_back = spec.path == GIVEN_BACK;
        let dialled =
            spec.path == "/callbacks/{id}" && self.taken.contains(&(who.to_owned(), number.to_owned()));
        example
            || given_back
            || dialled
            || self.everywhere.contains(number)
            || board && self.advisers.contains(number)
    }
}

/// Every sealed value of a world, with the name it is sealed under.
pub(crate) async fn sealed_values(db: &Db) -> kernel::Result<Vec<(&'static str, String)>> {
    let mut tx = db.begin_read().await?;
    let mut values = Vec::new();
    for field in farun::sealed_fields() {
        let sql = format!("select {0} from {1} where {0} is not null", field.column, field.table);
        let rows: Vec<(String,)> = tx.all(sqlx::AssertSqlSafe(sql), params![]).await?;
        values.extend(rows.into_iter().map(|(sealed,)| (field.field, sealed)));
    }
    Ok(values)
}

#[test]
fn no_page_shows_a_whole_number_without_a_reason() {
    run(async {
        let world = World::rich().await?;
        let public = Public::of(&world.db).await?;
        let site = site(&world.db)?;
        let specs: Vec<RouteSpec> =
            modules().iter().flat_map(|module| module.routes.specs()).cloned().collect();
        let mut pages = 0;
        for (username, _, role) in demo::LOGINS {
            let mut visitor = log_in(&site, username).await;
            let met = read_everything(username, &mut visitor, &specs, &public).await;
            assert_eq!(met.leaks, [], "{username} meets whole numbers");
            let closed = specs.iter().any(|spec| {
                matches!(spec.access, Access::Holding(permission) if !permission.roles.contains(&role))
            });
            assert!(met.pages > 10 && (met.forbidden > 0 || !closed), "{username}: {} pages", met.pages);
            pages += met.pages;
        }
        let nobody = read_everything("", &mut Visitor::new(&site), &specs, &public).await;
        assert_eq!(nobody.leaks, [], "citizens meet whole numbers");
        assert!(pages > 300, "only {pages} pages");

        // The walk must be able to find one: a number where a name belongs is shown as a name.
        let mut tx = world.db.begin_write().await?;
        let leak = parties::NewPerson { name: "13987654321".to_owned(), ..parties::NewPerson::default() };
        parties::find_or_create_person(&mut tx, None, &leak).await?;
        tx.commit().await?;
        let met = read_everything("manager", &mut log_in(&site, "manager").await, &specs, &public).await;
        for page in ["/persons", "/persons.xlsx"] {
            let leak = (page.to_owned(), "13987654321".to_owned());
            assert!(met.leaks.contains(&leak), "{page}: {:?}", met.leaks);
        }
        Ok(())
    });
}

#[test]
fn numbers_are_found_however_they_are_written() {
    let one = |text: &str| numbers(text).into_iter().next().unwrap_or_default();
    for text in
        ["<td>13900001234</td>", "139 0000 1234", "139-0000-1234", "电话13900001234。", "tel:13900001234\""]
    {
        assert_eq!(one(text), "13900001234", "{text}");
    }
    assert_eq!(one("身份证 11010519491231002X，"), "11010519491231002X");
    assert_eq!(one("320412 19551231 0032"), "320412195512310032");
    for text in [
        "139****1234",
        "320412********0032",
        "a13900001234",
        "139000012345",
        "2022-05-06 09:00",
        "320412-1025",
    ] {
        assert_eq!(one(text), "", "{text}");
    }
}

#[test]
fn every_sealed_column_is_known_to_changes_of_keys() {
    run(async {
        let world = World::empty().await?;
        let mut tx = world.db.begin_read().await?;
        let columns: Vec<(String, String)> = tx
            .all(
                sqlx::AssertSqlSafe(
                    "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
                     where m.type = 'table' and c.name like '%!_sealed' escape '!' order by m.name, c.name"
                        .to_owned(),
                ),
                params![],
            )
            .await?;
        let mut known: Vec<(String, String)> = farun::sealed_fields()
            .iter()
            .map(|field| (field.table.to_owned(), field.column.to_owned()))
            .collect();
        known.sort();
        assert!(columns.len() >= 10, "{columns:?}");
        assert_eq!(
            known, columns,
            "offer a store::SealedField for every *_sealed column in the module's extensions"
        );
        Ok(())
    });
}
