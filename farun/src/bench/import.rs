//! A service book of many rows imported through the pages of a running server, as a person does it: uploaded, checked,
//! applied, uploaded again, taken back. The page that shows the progress is asked all along and must tell the truth.

use super::{
    client::{Answer, Client, token_of},
    data, load,
    process::{Process, Step, Stopwatch},
    registers::Found,
    server::{Server, clock},
};
use crate::{Place, wiring};
use advisers::{Service, ServiceKind, withdraw_service};
use kernel::{Day, Fault, Id, Result};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use store::{Db, outside, params, tally};
use web::{Actor, Role};

/// Rows a file may have.
const MOST_ROWS: usize = 100_000;
/// How often the page is asked: it refreshes itself every two seconds, twenty persons look at it.
const PAUSE: Duration = Duration::from_millis(100);
/// Files of so many rows take long enough for somebody to see how far the work is.
const SHOWS_PROGRESS: i64 = 10_000;
/// Where the rows claim to come from.
const SYSTEM: &str = "江苏法网";

/// The file, and what it adds to the book: quantity by kind, in their order.
struct File {
    csv: Vec<u8>,
    xlsx: Vec<u8>,
    rows: i64,
    adds: Vec<i64>,
}

fn number(nth: usize) -> String {
    format!("WJ{nth:08}")
}

fn manager() -> Actor {
    Actor {
        id: 1,
        name: "测量".to_owned(),
        roles: vec![Role::Manager],
        towns: Vec::new(),
        subject: None,
        session: String::new(),
    }
}

/// A file of so many services, all different, in villages that have an adviser, within a year before the day.
async fn file(db: &Db, rows: usize, today: Day) -> Result<File> {
    let mut tx = db.begin_read().await?;
    let units: Vec<(String, String)> = tx
        .all(
            "select t.name, u.short_name from places_unit u join places_town t on t.id = u.town_id join advisers_current c on c.unit_id = u.id where u.region_id = $1 order by u.id",
            params![tx.region()?],
        )
        .await?;
    if units.is_empty() {
        return Err(Fault::new("no village has an adviser").into());
    }
    let heads = [
        "镇（街道）",
        "村（社区）",
        "服务日期",
        "服务方式",
        "次数",
        "服务人次",
        "内容",
        "外部编号",
        "来源系统",
    ];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    let mut adds = vec![0; ServiceKind::ALL.len()];
    for nth in 0..rows {
        let (town, unit) = &units[nth % units.len()];
        let at = nth / units.len() % ServiceKind::ALL.len();
        let kind = ServiceKind::ALL[at];
        let quantity = nth % 3 + 1;
        adds[at] += i64::try_from(quantity)?;
        let day = today.add_days(-i64::try_from(nth % 365)?);
        lines.push(vec![
            town.clone(),
            unit.clone(),
            day.to_string(),
            kind.label().to_owned(),
            quantity.to_string(),
            (nth % 40 + 1).to_string(),
            format!("解答土地流转、继承和劳动报酬方面的第 {nth} 个问题"),
            number(nth),
            SYSTEM.to_owned(),
        ]);
    }
    let csv = sheet::write_csv(&lines);
    let cells = lines.into_iter().zip(1u32..).map(|(cells, number)| sheet::OutRow {
        number,
        cells,
        head: number == 1,
        ..sheet::OutRow::default()
    });
    let tab = sheet::OutTab { name: "服务记录".to_owned(), rows: cells.collect(), error_title: None };
    Ok(File { csv, xlsx: sheet::workbook(&[tab])?, rows: i64::try_from(rows)?, adds })
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Option<&'a str> {
    page.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found)
}

/// How far the work is, if the page says that it goes on: done and all.
fn progress(page: &str) -> Option<(i64, i64)> {
    let element = between(page, "<progress ", ">")?;
    let number = |name: &str| between(element, &format!("{name}=\""), "\"")?.parse().ok();
    Some((number("value")?, number("max")?))
}

/// What a progress page may not say: something else than the rows there are, or less than before.
fn untrue(seen: (i64, i64), before: i64, rows: i64) -> bool {
    seen.1 != rows || !(before..=rows).contains(&seen.0)
}

/// The numbers of rows by verdict.
fn verdicts(page: &str) -> BTreeMap<&'static str, i64> {
    ["create", "change", "same", "bad"]
        .into_iter()
        .filter_map(|verdict| {
            let figure = page.split_once(&format!("rows?verdict={verdict}\""))?.1;
            Some((verdict, between(figure, "<b>", "</b>")?.parse().ok()?))
        })
        .collect()
}

/// A person at work with a running server.
struct Desk {
    client: Client,
    process: Process,
    rows: i64,
}

/// What was seen while the server worked.
struct Seen {
    page: String,
    /// Different values in the middle of the work.
    middle: usize,
    /// The longest wait for the page.
    slowest: Duration,
}

#[expect(clippy::disallowed_methods, reason = "a person looks now and then how far the work is")]
fn pause() {
    std::thread::sleep(PAUSE);
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

impl Desk {
    /// Looks at the page until nothing is under way; what is under way begins at nothing and never goes back.
    fn watch(&mut self, page: &str) -> Result<Seen, Fault> {
        let mut seen = Seen { page: String::new(), middle: 0, slowest: Duration::ZERO };
        let (mut last, mut told, mut phase) = (0, 0, String::new());
        loop {
            let asked = clock();
            let answer = self.client.read(page)?;
            seen.slowest = seen.slowest.max(asked.elapsed());
            if answer.status != 200 {
                return Err(Fault::new(format!("the page of the import answered {}", answer.status)));
            }
            seen.page = text(&answer);
            let Some((done, all)) = progress(&seen.page) else { break };
            let now = between(&seen.page, "<label for=\"progress\">", "<").unwrap_or_default();
            if now != phase {
                (last, told) = (0, 0);
                now.clone_into(&mut phase);
            }
            if untrue((done, all), last, self.rows) {
                return Err(Fault::new(format!("{phase} the page says {done} of {all} after {last}")));
            }
            if done > last && done < all {
                seen.middle += 1;
            }
            last = done;
            if done * 10 / all.max(1) > told {
                told = done * 10 / all.max(1);
                tracing::info!("{phase} {done}/{all}");
            }
            pause();
        }
        if seen.middle == 0 && self.rows >= SHOWS_PROGRESS {
            return Err(Fault::new(format!("{phase} no progress was shown in the middle of the work")));
        }
        Ok(seen)
    }

    /// Uploads a file; the import's page, or why there is none.
    fn upload(&mut self, name: &str, file: &[u8]) -> Result<Result<String, String>, Fault> {
        let token = token_of(&self.client.read("/imports/services/new")?)?;
        let answer = self.client.upload("/imports/services/new", &token, (name, file))?;
        if answer.status == 303 && answer.location.starts_with("/imports/") {
            return Ok(Ok(answer.location));
        }
        Ok(Err(format!("{} {}", answer.status, text(&answer))))
    }

    /// Uploads a file and waits until it is checked; every row must be found to be what is expected.
    fn check(&mut self, name: &str, file: &[u8], expected: &str) -> Result<(String, Step), Fault> {
        let process = self.process.clone();
        let watch = Stopwatch::start(&process)?;
        let page = self.upload(name, file)?;
        let page = page.map_err(|why| Fault::new(format!("an upload was answered with {why:.300}")))?;
        let seen = self.watch(&page)?;
        let found = verdicts(&seen.page);
        if found.get(expected) != Some(&self.rows) || found.values().sum::<i64>() != self.rows {
            return Err(Fault::new(format!(
                "{name}: {found:?} where {} rows should be {expected}",
                self.rows
            )));
        }
        let size = load::real(file.len()) / 1024.0 / 1024.0;
        let step = watch.stop(
            &format!("{name}: upload, read, check"),
            seen.note(&format!("{size:.1} MiB, every row {expected}")),
        )?;
        Ok((page, step))
    }

    /// Presses a button of the import's page and waits until what it begins is done; the page must then say so.
    fn press(&mut self, page: &str, what: &str, says: &str) -> Result<Step, Fault> {
        let process = self.process.clone();
        let watch = Stopwatch::start(&process)?;
        let shown = self.client.read(page)?;
        let token = token_of(&shown)?;
        let html = text(&shown);
        let version = between(&html, "name=\"version\" value=\"", "\"").unwrap_or_default();
        let answer = self
            .client
            .post(&format!("{page}/{what}"), &format!("csrf={token}&version={version}&mode=all"))?;
        if answer.status != 303 {
            return Err(Fault::new(format!("{what} was answered with {}", answer.status)));
        }
        let seen = self.watch(page)?;
        let says = format!("{says} {} 行", self.rows);
        if !seen.page.contains(&says) {
            return Err(Fault::new(format!("after {what} the page does not say {says}")));
        }
        watch.stop(what, seen.note(&format!("{} rows", self.rows)))
    }
}

impl Seen {
    fn note(&self, what: &str) -> String {
        format!(
            "{what}; progress seen at {} places in the middle, its page within {:.0} ms",
            self.middle,
            load::millis(self.slowest)
        )
    }
}

/// Everything a person does with the server.
fn at_work(folder: &Path, file: &File, rows: usize) -> Result<(Vec<Step>, String), Fault> {
    let server = Server::start(folder, true)?;
    let client = load::log_in(&server)?;
    let mut desk = Desk { client, process: server.process(), rows: i64::try_from(rows)? };
    let (page, checked) = desk.check("服务.xlsx", &file.xlsx, "create")?;
    let applied = desk.press(&page, "apply", "已导入")?;
    let (_, again) = desk.check("服务.csv", &file.csv, "same")?;
    Ok((vec![checked, applied, again], page))
}

/// Takes the import back on a server of its own, and has one row too many refused.
fn afterwards(folder: &Path, page: &str, file: &File, rows: usize) -> Result<Step, Fault> {
    let server = Server::start(folder, true)?;
    let client = load::log_in(&server)?;
    let mut desk = Desk { client, process: server.process(), rows: i64::try_from(rows)? };
    let step = desk.press(page, "undo", "已撤销")?;
    let mut long = file.csv.clone();
    let line = file.csv.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    for _ in rows..=MOST_ROWS {
        long.extend_from_slice(line);
        long.push(b'\n');
    }
    match desk.upload("太长.csv", &long)? {
        Err(why) if why.starts_with("422") => Ok(step),
        other => Err(Fault::new(format!("{} rows were not refused: {other:.300?}", MOST_ROWS + 1))),
    }
}

/// What the book has: entries that stand, and the sum of every kind.
async fn book(db: &Db) -> Result<(i64, Vec<i64>)> {
    let mut tx = db.begin_read().await?;
    let standing: i64 = tx
        .scalar(
            "select count(*) from advisers_service where region_id = $1 and state = 'standing'",
            params![tx.region()?],
        )
        .await?;
    let far = wiring::business_clock(db).await?.now().day();
    let mut sums = Vec::new();
    for kind in ServiceKind::ALL {
        sums.push(tally::between(&mut tx, &[kind.measure()], None, far).await?);
    }
    Ok((standing, sums))
}

/// Compares the book with what it must be by now: as before, or with the file's rows added.
fn compare(
    what: &str,
    is: &(i64, Vec<i64>),
    before: &(i64, Vec<i64>),
    added: Option<&File>,
) -> Result<(), Fault> {
    let rows = added.map_or(0, |file| file.rows);
    let adds = |at: usize| added.map_or(0, |file| file.adds.get(at).copied().unwrap_or(0));
    let sums: Vec<i64> = before.1.iter().enumerate().map(|(at, sum)| sum + adds(at)).collect();
    if *is == (before.0 + rows, sums.clone()) {
        return Ok(());
    }
    Err(Fault::new(format!("{what}: the book has {is:?}, it should have {} and {sums:?}", before.0 + rows)))
}

/// Imports through the pages of a server. With a planted fault one row is withdrawn behind its back.
pub(super) async fn import(db: Db, place: &Place, rows: usize, plant: bool) -> Result<Found> {
    let now = wiring::business_clock(&db).await?.now();
    let made = Arc::new(file(&db, rows, now.day()).await?);
    let before = book(&db).await?;
    db.close().await?;
    let (folder, own) = (place.data.clone(), Arc::clone(&made));
    let worked = tokio::task::spawn_blocking(move || at_work(&folder, &own, rows));
    let (mut steps, page) = worked.await.map_err(|_| Fault::new("the importing broke"))??;
    let db = wiring::open_existing(place).await?;
    if plant {
        let mut tx = db.begin_write().await?;
        let found = outside::find(&mut tx, "advisers_service", SYSTEM, &number(0)).await?;
        let id =
            found.and_then(Id::<Service>::from_raw).ok_or_else(|| Fault::new("the first row is gone"))?;
        withdraw_service(&mut tx, &manager(), id, 1, "重复", now).await?;
        tx.commit().await?;
    }
    compare("after the import", &book(&db).await?, &before, Some(&made))?;
    let audit_rows = data::sound(&db).await?;
    db.close().await?;
    let (folder, own, at) = (place.data.clone(), Arc::clone(&made), page);
    let undone = tokio::task::spawn_blocking(move || afterwards(&folder, &at, &own, rows));
    steps.push(undone.await.map_err(|_| Fault::new("the taking back broke"))??);
    let db = wiring::open_existing(place).await?;
    compare("after taking back", &book(&db).await?, &before, None)?;
    data::sound(&db).await?;
    db.close().await?;
    Ok(Found {
        steps,
        held: vec![format!(
            "{rows} entries and the sums of all five kinds added by the import, none by the second file, all gone after taking back; live sums equal facts, {audit_rows} audit rows in unbroken chains; {} rows refused",
            MOST_ROWS + 1
        )],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: &str = r#"<label for="progress">正在核对…</label></h2>
<p><progress id="progress" max="100000" value="41200">41%</progress></p>"#;

    #[test]
    fn pages_are_read_as_they_are_written() {
        assert_eq!(progress(BUSY), Some((41_200, 100_000)));
        assert_eq!(progress("<p>已导入</p>"), None);
        let done = r#"<a class="figure" href="/imports/1/rows?verdict=create"><span>新增</span><span><b>7</b> 行</span></a>
<a class="figure" href="/imports/1/rows?verdict=same"><span>不变</span><span><b>93</b> 行</span></a>"#;
        assert_eq!(verdicts(done), [("create", 7), ("same", 93)].into());
    }

    #[test]
    fn a_progress_that_goes_back_or_beyond_is_untrue() {
        assert!(!untrue((41_200, 100_000), 41_200, 100_000));
        for wrong in [(41_199, 100_000), (100_001, 100_000), (50_000, 60_000)] {
            assert!(untrue(wrong, 41_200, 100_000), "{wrong:?}");
        }
    }

    #[test]
    fn a_book_with_a_row_or_a_sum_too_few_is_found() {
        let file = File { csv: Vec::new(), xlsx: Vec::new(), rows: 3, adds: vec![1, 5] };
        let before = (10, vec![100, 200]);
        assert!(compare("x", &(13, vec![101, 205]), &before, Some(&file)).is_ok());
        assert!(compare("x", &before, &before, None).is_ok());
        for wrong in [(12, vec![101, 205]), (13, vec![101, 204]), (13, vec![101])] {
            assert!(compare("x", &wrong, &before, Some(&file)).is_err(), "{wrong:?}");
        }
        assert!(compare("x", &(13, vec![101, 205]), &before, None).is_err());
    }
}
