//! Legal aid measured as it is used: the work list, filters, searches, a case, taking and deciding, with few and with
//! many cases, by one client and by several at once. Afterwards nothing that was acknowledged may be missing.

mod fill;

use super::{
    Bench,
    client::{Client, token_of},
    data,
    load::{self, BUSY, come_back, millis, real},
    server::{Server, clock},
};
use crate::{Place, check, demo, jobs, wiring};
use kernel::{Fault, Id, Result};
use serde::Serialize;
use std::{path::Path, time::Duration};
use store::{Db, params};

/// How many ask at once, one after the other.
const CLIENTS: [usize; 3] = [1, 4, 16];
/// So many different cases, names and numbers are asked for.
const DIFFERENT: i64 = 400;

/// One kind of request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) paces: Vec<Pace>,
}

/// How it went with so many clients.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pace {
    pub(crate) clients: usize,
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    /// CPU of the server with its database per request, user and kernel mode.
    pub(crate) cpu_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    /// Times that the server asked to come back later.
    pub(crate) turned_away: usize,
}

/// Everything measured with one number of cases.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) cases: i64,
    pub(crate) database_mib: f64,
    pub(crate) asked: Vec<Asked>,
    pub(crate) taken: usize,
    pub(crate) decided: usize,
    pub(crate) audit_rows: u64,
}

/// Only prepares the data.
pub(super) async fn prepare(bench: &Bench) -> Result<()> {
    for cases in &bench.cases {
        fill::prepare(&bench.data, *cases).await?;
    }
    Ok(())
}

/// Measures every number of cases.
pub(super) async fn cases(bench: &Bench) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for cases in &bench.cases {
        outcomes.push(one_size(bench, *cases).await?);
    }
    Ok(outcomes)
}

async fn one_size(bench: &Bench, cases: i64) -> Result<Outcome> {
    let prepared = fill::prepare(&bench.data, cases).await?;
    let folder = data::scratch(&prepared, &bench.data)?;
    let db = wiring::open_existing(&Place::folder(&folder)).await?;
    let sought = sought(&db).await?;
    let accepted = decided(&db).await?;
    jobs::let_pass(&db).await?;
    db.close().await?;
    drop(db);
    let (asked, requests) = (folder.clone(), bench.requests);
    let measured = tokio::task::spawn_blocking(move || measure(&asked, &sought, requests));
    let (asked, taken, granted) = measured.await.map_err(|_| Fault::new("the measuring broke"))??;
    let bytes = std::fs::metadata(folder.join("farun.db"))?.len();
    // The server was killed, not stopped: what it acknowledged must be there all the same, and follow from the facts.
    let db = wiring::open_existing(&Place::folder(&folder)).await?;
    if bench.plant {
        let mut tx = db.begin_write().await?;
        store::testing::spoil(&mut tx, "legal_aid_case_entry", "stage = 'pay'", "stage = 'approve'").await?;
        tx.commit().await?;
    }
    for (what, acknowledged, found) in [
        ("cases", taken, fill::count(&db).await? - cases),
        ("decisions", granted, decided(&db).await? - accepted),
    ] {
        if i64::try_from(acknowledged) != Ok(found) {
            return Err(
                Fault::new(format!("{acknowledged} {what} were acknowledged, {found} are there")).into()
            );
        }
    }
    let audit_rows = data::sound(&db).await?;
    let mut tx = db.begin_read().await?;
    for outcome in check::of(&mut tx, demo::now()?.day(), &["legal_aid.derived", "parties.names"]).await? {
        if let Some(first) = outcome.findings.first() {
            return Err(Fault::new(format!("{}: {first}", outcome.id)).into());
        }
    }
    drop(tx);
    db.close().await?;
    std::fs::remove_dir_all(&folder)?;
    let database_mib = load::real(usize::try_from(bytes).unwrap_or(0)) / 1024.0 / 1024.0;
    Ok(Outcome { cases, database_mib, asked, taken, decided: granted, audit_rows })
}

/// How many decisions to grant were counted.
async fn decided(db: &Db) -> Result<i64, Fault> {
    let mut tx = db.begin_read().await?;
    tx.scalar(
        "select count(*) from legal_aid_case where region_id = $1 and official_number is not null",
        params![tx.region()?],
    )
    .await
}

/// What requests name, read from the data.
struct Sought {
    town: String,
    matter: String,
    cases: Vec<String>,
    numbers: Vec<String>,
    names: Vec<String>,
    waiting: Vec<String>,
    unassigned: Vec<String>,
}

type Seen = (Id<legal_aid::Case>, Option<String>, String, Id<places::Town>, String);

async fn sought(db: &Db) -> Result<Sought, Fault> {
    let mut tx = db.begin_read().await?;
    let region = tx.region()?;
    let (first, last): (i64, i64) =
        tx.one("select min(id), max(id) from legal_aid_case where region_id = $1", params![region]).await?;
    let mut rows: Vec<Seen> = Vec::new();
    for nth in 0..DIFFERENT {
        rows.push(
            tx.one(
                "select c.id, c.official_number, c.matter, c.town_id, p.name from legal_aid_case c
                 join parties_person p on p.id = c.applicant_id where c.region_id = $1 and c.id >= $2 order by c.id limit 1",
                params![region, first + (last - first) / DIFFERENT * nth],
            )
            .await?,
        );
    }
    let mut at = async |stage: &str| {
        tx.all::<(Id<legal_aid::Case>,)>(
            "select id from legal_aid_case where region_id = $1 and stage = $2 order by id desc limit 5000",
            params![region, stage],
        )
        .await
    };
    let texts = |ids: Vec<(Id<legal_aid::Case>,)>| ids.into_iter().map(|(id,)| id.to_string()).collect();
    // The demonstration's own cases were changed in other ways; those of the benchmark are the newest.
    let waiting = at("approve").await?;
    let unassigned = at("assign").await?;
    let busiest = rows.last().ok_or_else(|| Fault::new("there are no cases"))?;
    Ok(Sought {
        town: busiest.3.to_string(),
        matter: busiest.2.clone(),
        numbers: rows.iter().filter_map(|row| row.1.clone()).collect(),
        names: rows.iter().map(|row| row.4.chars().skip(1).collect()).collect(),
        cases: rows.iter().map(|row| row.0.to_string()).collect(),
        waiting: texts(waiting),
        unassigned: texts(unassigned),
    })
}

/// The pages asked for: what they are, and their addresses.
fn pages(sought: &Sought) -> Vec<(&'static str, Vec<String>)> {
    let Sought { town, matter, cases, numbers, names, unassigned, .. } = sought;
    let each =
        |list: &[String], of: &dyn Fn(&str) -> String| list.iter().map(|text| of(&escape(text))).collect();
    let three = format!("/aid?town={town}&matter={matter}");
    vec![
        ("work list", vec!["/aid".to_owned()]),
        ("three filters, open cases", vec![format!("{three}&stage=approve")]),
        ("three filters, ended cases", vec![format!("{three}&stage=ended")]),
        ("late, of one town", vec![format!("/aid?town={town}&late=1")]),
        ("search by reference", each(cases, &|text| format!("/aid?over=1&q={text}"))),
        ("search by official number", each(numbers, &|text| format!("/aid?over=1&q={text}"))),
        ("search by part of a name", each(names, &|text| format!("/aid?over=1&q={text}"))),
        ("search by a frequent surname", vec![format!("/aid?over=1&q={}", escape("王"))]),
        ("a case", each(cases, &|text| format!("/aid/{text}"))),
        ("whom to assign", each(unassigned, &|text| format!("/aid/{text}/assign"))),
    ]
}

/// As addresses and forms carry it.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A request: its address, and its form if it changes something.
type Request = (String, Option<String>);

fn measure(folder: &Path, sought: &Sought, requests: usize) -> Result<(Vec<Asked>, usize, usize), Fault> {
    let server = Server::start(folder, true)?;
    let client = load::log_in(&server)?;
    let mut all = Vec::new();
    for (name, addresses) in pages(sought) {
        if addresses.is_empty() {
            return Err(Fault::new(format!("there is nothing to ask for: {name}")));
        }
        let page = |nth: usize| (addresses[nth % addresses.len()].clone(), None);
        all.push(ask(&server, &client, name, requests, page)?);
    }
    let token = token_of(&client.again()?.read("/aid/new")?)?;
    let take = |nth: usize| {
        let (name, number) = (escape(&fill::name(nth * 31)), nth % 100_000_000);
        let form = format!(
            "csrf={token}&idempotency_key=take-{nth}&searched=1&origin=application&name={name}&phone=139{number:08}&town={}&matter={}&story={}&people=1&hardship=statement&received_on=2022-05-06&opponent={}&papers={}",
            sought.town,
            sought.matter,
            escape("做了三个月工，工资一直没有发，多次去要都说再等等。"),
            escape("江苏示例建设有限公司"),
            escape("身份证明"),
        );
        ("/aid/new".to_owned(), Some(form))
    };
    all.push(ask(&server, &client, "take an application", requests, take)?);
    // Each case is decided once: warming up takes a tenth of what a client asks.
    let most = sought.waiting.len() * 10 / (11 * CLIENTS.len());
    let decide = |nth: usize| {
        let form = format!(
            "csrf={token}&idempotency_key=decide-{nth}&version=2&decision=grant&words={}",
            escape("同意给予法律援助。")
        );
        let case = sought.waiting.get(nth).map_or("", String::as_str);
        (format!("/aid/{case}/act/decide"), Some(form))
    };
    all.push(ask(&server, &client, "decide", requests.min(most), decide)?);
    let sent = |asked: &Asked| asked.paces.iter().map(|pace| pace.requests + warming(pace.requests)).sum();
    let [.., taken, decided] = &all[..] else { return Err(Fault::new("nothing was measured")) };
    let (taken, decided) = (sent(taken), sent(decided));
    Ok((all, taken, decided))
}

/// So many requests before the measuring begins.
fn warming(requests: usize) -> usize {
    requests / 10
}

/// Asks again and again, by one client and by several; each request has a number of its own.
fn ask(
    server: &Server,
    client: &Client,
    name: &'static str,
    requests: usize,
    request: impl Fn(usize) -> Request + Sync,
) -> Result<Asked, Fault> {
    let (mut paces, mut begun) = (Vec::new(), 0);
    for clients in CLIENTS {
        let each = (requests / clients).max(1);
        let count = each * clients;
        for nth in begun..begun + warming(count) {
            one(&mut client.again()?, request(nth))?;
        }
        begun += warming(count);
        let connections = (0..clients).map(|_| client.again()).collect::<Result<Vec<_>, _>>()?;
        let (cpu, started) = (server.cpu()?, clock());
        let (mut times, turned_away) = std::thread::scope(|scope| {
            let threads: Vec<_> = connections
                .into_iter()
                .enumerate()
                .map(|(own, connection)| {
                    let (request, from) = (&request, begun + own * each);
                    scope.spawn(move || some(connection, from..from + each, request))
                })
                .collect();
            let (mut times, mut turned_away) = (Vec::with_capacity(count), 0);
            for thread in threads {
                let (own, away) = thread.join().map_err(|_| Fault::new("a client broke"))??;
                times.extend(own);
                turned_away += away;
            }
            Ok::<_, Fault>((times, turned_away))
        })?;
        let (elapsed, cpu) = (started.elapsed(), server.cpu()? - cpu);
        begun += count;
        times.sort_unstable();
        paces.push(Pace {
            clients,
            requests: count,
            per_second: real(count) / elapsed.as_secs_f64(),
            cpu_ms: cpu * 1000.0 / real(count),
            median_ms: millis(load::at(&times, 50)),
            p99_ms: millis(load::at(&times, 99)),
            turned_away,
        });
    }
    Ok(Asked { name, paces })
}

fn some(
    mut client: Client,
    numbers: std::ops::Range<usize>,
    request: &impl Fn(usize) -> Request,
) -> Result<(Vec<Duration>, usize), Fault> {
    let (mut times, mut turned_away) = (Vec::with_capacity(numbers.len()), 0);
    for nth in numbers {
        let wanted = request(nth);
        let asked = clock();
        turned_away += one(&mut client, wanted)?;
        times.push(asked.elapsed());
    }
    Ok((times, turned_away))
}

/// Asks once, again as often as the server is too busy; returns how often that was.
fn one(client: &mut Client, (path, form): Request) -> Result<usize, Fault> {
    let mut turned_away = 0;
    loop {
        let answer = match &form {
            Some(form) => client.post(&path, form),
            None => client.get(&path),
        };
        let answer = answer.map_err(|fault| fault.context(path.clone()))?;
        match (answer.status, &form) {
            (200, None) => return Ok(turned_away),
            (303, Some(_)) if answer.location.starts_with("/aid/") => return Ok(turned_away),
            (BUSY, _) => {
                turned_away += 1;
                come_back();
                *client = client.again()?;
            }
            (status, _) => return Err(Fault::new(format!("{path} answered {status} {}", answer.location))),
        }
    }
}
