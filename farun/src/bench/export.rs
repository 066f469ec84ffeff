//! Two large tables taken out of the measured book as Excel files, by a person at a running server: a month of the book
//! and the rows behind a figure; as many rows as there are, adding up to the figure.

use super::{load, process::Stopwatch, registers::Found, server::Server};
use crate::Place;
use advisers::ServiceKind;
use kernel::{Day, Fault, Period, Result, Scheme};
use std::path::Path;
use store::{Db, params, tally};

/// The month: all of it is in the book.
const MONTH: &str = "2022-03";
/// Head of the column that adds up to the figure.
const QUANTITY: &str = "数量";

/// What a workbook holds: rows of data, and the sum of their quantities where there is such a column.
fn contents(bytes: &[u8]) -> Result<(i64, i64), Fault> {
    let book = sheet::read("export.xlsx", bytes, &sheet::Limits::default())
        .map_err(|why| Fault::new(format!("an exported file cannot be read: {why}")))?;
    let (mut rows, mut sum, mut column) = (0, 0, None);
    for row in book.tabs.iter().flat_map(|tab| &tab.rows) {
        let texts: Vec<String> = row.cells.iter().map(sheet::Cell::text).collect();
        column = texts.iter().position(|text| text == QUANTITY).or(column);
        if texts.iter().any(|text| Day::parse(text).is_ok()) {
            rows += 1;
            let quantity = column.and_then(|at| texts.get(at)).and_then(|text| text.parse::<i64>().ok());
            sum += quantity.unwrap_or(0);
        }
    }
    Ok((rows, sum))
}

/// Asks for a file once, as somebody who pressed the button.
fn asked(folder: &Path, name: &str, path: &str) -> Result<(super::process::Step, Vec<u8>), Fault> {
    let server = Server::start(folder, true)?;
    let mut client = load::log_in(&server)?;
    let process = server.process();
    let watch = Stopwatch::start(&process)?;
    let answer = client.read(path)?;
    if answer.status != 200 {
        return Err(Fault::new(format!("{path} answered {}", answer.status)));
    }
    let size = load::real(answer.body.len()) / 1024.0 / 1024.0;
    let step = watch.stop(name, format!("{size:.1} MiB"))?;
    Ok((step, answer.body))
}

/// Takes the tables out. With a planted fault one row is expected that is not there.
pub(super) async fn export(db: Db, place: &Place, plant: bool) -> Result<Found> {
    let month = Period::parse(Scheme::Calendar, MONTH)?;
    let mut tx = db.begin_read().await?;
    let entries: i64 = tx
        .scalar(
            "select count(*) from advisers_service where region_id = $1 and state = 'standing' and happened_on >= $2 and happened_on <= $3",
            params![tx.region()?, month.first(), month.last()],
        )
        .await?;
    let visits =
        tally::between(&mut tx, &[ServiceKind::Visit.measure()], Some(month.first()), month.last()).await?;
    drop(tx);
    db.close().await?;
    let book = format!("/services.xlsx?from={}&to={}", month.first(), month.last());
    let facts = format!("/statistics/{MONTH}/advisers.visits/rows.xlsx");
    let folder = place.data.clone();
    let both = tokio::task::spawn_blocking(move || {
        let book = asked(&folder, "a month of the book", &book)?;
        Ok::<_, Fault>((book, asked(&folder, "the rows behind a figure", &facts)?))
    });
    let ((mut first, book), (mut second, facts)) =
        both.await.map_err(|_| Fault::new("the exporting broke"))??;
    let (rows, _) = contents(&book)?;
    if rows == 0 || rows != entries + i64::from(plant) {
        return Err(Fault::new(format!("{rows} rows were exported, the book has {entries}")).into());
    }
    let (behind, sum) = contents(&facts)?;
    if behind == 0 || sum != visits {
        return Err(Fault::new(format!("{behind} rows add up to {sum}, the figure is {visits}")).into());
    }
    first.note = format!("{rows} rows, {}", first.note);
    second.note = format!("{behind} rows, {}", second.note);
    Ok(Found {
        steps: vec![first, second],
        held: vec![format!(
            "the files read back: {rows} rows as in the book; {behind} rows add up to the figure {sum}"
        )],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_quantities_are_read_from_below_the_heads() {
        let rows = [
            vec!["上门服务明细", "", ""],
            vec!["统计时段：2022-03-01 至 2022-03-31", "", ""],
            vec!["日期", QUANTITY, "村（社区）"],
            vec!["2022-03-01", "2", "谈家头村"],
            vec!["2022-03-31", "-1", "阳湖村"],
            vec!["合计", "1", ""],
        ];
        let line = |(cells, number): (&Vec<&str>, u32)| sheet::OutRow {
            number,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            ..sheet::OutRow::default()
        };
        let rows = rows.iter().zip(1..).map(line).collect();
        let tab = sheet::OutTab { name: "明细".to_owned(), rows, error_title: None };
        assert_eq!(contents(&sheet::workbook(&[tab]).expect("a workbook")).expect("read"), (2, 1));
        assert!(contents(b"no workbook").is_err());
    }
}
