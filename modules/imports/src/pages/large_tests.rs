//! Tests of large imports: what the page says in the middle of the work, and what is left when the server dies there.

use crate::{
    Import, Kind, Mode, State,
    actions::{decide, upload},
    import_file,
    kind::{Answer, Desk, Done, Importer, Undo, Verdict},
    row::Row,
    store,
    testing::{NOTES, quantity},
    work,
};
use ::store::Db;
use kernel::{Error, FixedClock, Id, Moment, TestClock};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};
use testkit::{Server, actor, on_both_at, on_sqlite};
use tokio::sync::Semaphore;
use web::{Extension, Module, Role};

/// Rows of the file: many steps.
const ROWS: i64 = 2000;
/// Rows of a step that is written down.
const STEP: i64 = work::STEP;

/// Which rows a gate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Check,
    Apply,
    Undo,
}

/// Notes whose importer stops for good at one row, once, and says so.
struct Gate {
    at: At,
    /// Rows that pass; the next one stops.
    passing: AtomicI64,
    reached: Semaphore,
    /// Rows that were begun.
    begun: AtomicUsize,
}

impl Gate {
    fn leaked(at: At, passing: i64) -> &'static Self {
        Box::leak(Box::new(Self {
            at,
            passing: AtomicI64::new(passing),
            reached: Semaphore::new(0),
            begun: AtomicUsize::new(0),
        }))
    }

    async fn pass(&self, at: At) {
        if self.at != at {
            return;
        }
        self.begun.fetch_add(1, Ordering::SeqCst);
        if self.passing.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.reached.add_permits(1);
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the row stands before the gate.
    async fn reached(&self) {
        self.reached.acquire().await.expect("never closed").forget();
    }
}

impl Importer for Gate {
    fn check<'a>(&'a self, tx: &'a mut ::store::Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        Box::pin(async move {
            self.pass(At::Check).await;
            NOTES.importer.check(tx, desk, row).await
        })
    }
    fn apply<'a>(&'a self, tx: &'a mut ::store::Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            self.pass(At::Apply).await;
            NOTES.importer.apply(tx, desk, row).await
        })
    }
    fn undo<'a>(&'a self, tx: &'a mut ::store::Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        Box::pin(async move {
            self.pass(At::Undo).await;
            NOTES.importer.undo(tx, desk, done).await
        })
    }
    fn rehearses(&self) -> bool {
        false
    }
}

fn server(db: Db, kind: Kind) -> kernel::Result<Server> {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
    let notes = Module { extensions: vec![Extension::new(kind)], ..Module::new("notes", &[]) };
    Ok(Server::new(db, clock, vec![crate::module(), notes]).log_in(actor(Role::Manager)))
}

fn csv(rows: i64) -> Vec<u8> {
    let lines = (1..=rows).map(|n| format!("便签{n},{}\n", n % 400 + 1));
    std::iter::once("标题,数量\n".to_owned()).chain(lines).collect::<String>().into_bytes()
}

async fn import(server: &Server, id: Id<Import>) -> kernel::Result<Import> {
    let mut tx = server.app.db.begin_read().await?;
    store::import(&mut tx, id).await?.ok_or_else(|| kernel::Fault::new("no import").into())
}

/// The numbers of the progress bar, and that text and percentage say the same.
async fn shown(server: &Server, id: Id<Import>) -> Option<(i64, i64)> {
    let page = server.get(&format!("/imports/{id}")).await;
    assert_eq!(page.status, 200);
    let page = page.text();
    let element = page.split_once("<progress ")?.1.split_once('>')?.0;
    let number = |name: &str| {
        let text = element.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        text.parse::<i64>().ok()
    };
    let (done, all) = (number("value")?, number("max")?);
    let percent = done * 100 / all;
    assert!(page.contains(&format!(
        "已处理 <b class=\"num\">{done}</b> 行，共 <b class=\"num\">{all}</b> 行（{percent}%）"
    )));
    Some((done, all))
}

/// Rows at the edges of what seven steps do, from the front and from the back.
const EDGES: [i64; 6] = [1, ROWS - 7 * STEP, ROWS - 7 * STEP + 1, 7 * STEP, 7 * STEP + 1, ROWS];

/// Which notes of those rows stand.
async fn standing(server: &Server) -> kernel::Result<[bool; 6]> {
    let mut tx = server.app.db.begin_read().await?;
    let mut stands = [false; 6];
    for (n, stands) in EDGES.iter().zip(&mut stands) {
        *stands = quantity(&mut tx, &format!("便签{n}")).await? == Some(n % 400 + 1);
    }
    Ok(stands)
}

/// Brings an import as far as the work at `at`, which then waits to be begun.
async fn ready(server: &Server, kind: Kind, at: At) -> kernel::Result<Id<Import>> {
    let (app, who) = (&server.app, actor(Role::Manager));
    if at == At::Check {
        let file = upload::read(&kind, "便签.csv", csv(ROWS)).await?;
        let mut tx = app.db.begin_write().await?;
        let (id, next) =
            upload::enter(&mut tx, app, &who, &kind, ("便签.csv", &file), app.clock.now()).await?;
        tx.commit().await?;
        work::stage(app, id, file, next).await?;
        return Ok(id);
    }
    let mode = (at == At::Undo).then_some(Mode::All);
    let import = import_file(app, &who, &kind, ("便签.csv", csv(ROWS)), mode).await?.import;
    let mut tx = app.db.begin_write().await?;
    if at == At::Apply {
        decide::apply(&mut tx, &who, &import, import.version, Some(Mode::All)).await?;
    } else {
        decide::undo(&mut tx, &who, &import, import.version).await?;
    }
    tx.commit().await?;
    Ok(import.id)
}

#[test]
fn the_page_tells_the_truth_in_the_middle_and_a_dead_server_leaves_nothing_half_done() {
    on_both_at(crate::MIGRATIONS, |db, wall: Arc<TestClock>| async move {
        // In this order the file is checked, applied, and taken back: three imports, each stopped in another work.
        for (at, hour) in [(At::Check, 10), (At::Apply, 11), (At::Undo, 12)] {
            let stop = 7 * STEP + 50;
            let gate = Gate::leaked(at, stop);
            let kind = Kind { importer: gate, ..NOTES };
            let first = server(db.clone(), kind)?;
            let id = ready(&first, kind, at).await?;
            let app = first.app.clone();
            let working = tokio::spawn(async move { work::run(&app, id).await });
            gate.reached().await;
            // Seven steps are written down; the fifty rows of the eighth are nobody's business yet.
            assert_eq!(shown(&first, id).await, Some((7 * STEP, ROWS)), "{at:?}");
            let now = standing(&first).await?;
            let expected = match at {
                At::Check => [false; 6],
                At::Apply => [true, true, true, true, false, false],
                At::Undo => [true, true, false, false, false, false],
            };
            assert_eq!(now, expected, "{at:?}");
            // The server dies here, and another is started over the same database.
            working.abort();
            assert!(working.await.expect_err("it was ended").is_cancelled());
            drop(first);
            let second = server(db.clone(), kind)?;
            assert_eq!(shown(&second, id).await, Some((7 * STEP, ROWS)), "it says how far it came: {at:?}");
            assert_eq!(standing(&second).await?, now);
            let told = (crate::jobs::RESUME.run)(&second.app).await?;
            assert!(told.contains("接着做了 0 个"), "the dead one may still be alive: {told}");
            wall.set(Moment::parse(&format!("2022-05-06T{hour}:30"))?);
            let told = (crate::jobs::RESUME.run)(&second.app).await?;
            assert!(told.contains("接着做了 1 个"), "{told}");
            let done = import(&second, id).await?;
            let begun = i64::try_from(gate.begun.load(Ordering::SeqCst)).map_err(kernel::Fault::from)?;
            let all = match at {
                // A check that was interrupted had changed nothing: it begins anew.
                At::Check => {
                    assert_eq!((done.state, done.checked, done.creates), (State::Checked, ROWS, ROWS));
                    assert_eq!(begun, stop + 1 + ROWS);
                    false
                }
                At::Apply => {
                    assert_eq!((done.state, done.done, done.sames), (State::Applied, ROWS, 0));
                    // What was written down was not begun again; the step that was lost was.
                    assert_eq!(begun, ROWS + 51);
                    true
                }
                At::Undo => {
                    assert_eq!((done.state, done.undone, done.kept), (State::Undone, ROWS, 0));
                    assert_eq!(begun, ROWS + 51);
                    false
                }
            };
            assert_eq!(standing(&second).await?, [all; 6], "{at:?}");
            assert_eq!(shown(&second, id).await, None, "nothing is under way");
            if at == At::Apply {
                crate::take_back(&second.app, &actor(Role::Manager), id).await?;
            }
        }
        Ok(())
    });
}

#[test]
fn an_upload_that_a_restart_cut_is_lost_and_says_what_to_do() {
    on_both_at(crate::MIGRATIONS, |db, wall: Arc<TestClock>| async move {
        let first = server(db.clone(), NOTES)?;
        let (app, who) = (&first.app, actor(Role::Manager));
        let file = upload::read(&NOTES, "便签.csv", csv(ROWS)).await?;
        let mut tx = app.db.begin_write().await?;
        let entered = ("便签.csv", &file);
        let (id, _) = upload::enter(&mut tx, app, &who, &NOTES, entered, app.clock.now()).await?;
        let counts = store::Counts { staged: 500, ..store::Counts::default() };
        assert!(store::advance(&mut tx, id, id.raw(), counts, work::lease(app)).await?);
        tx.commit().await?;
        // The server dies with one step put aside: the rest of the file is gone with its memory.
        drop(file);
        let second = server(db, NOTES)?;
        assert_eq!(shown(&second, id).await, Some((500, ROWS)));
        wall.set(Moment::parse("2022-05-06T09:30")?);
        (crate::jobs::RESUME.run)(&second.app).await?;
        assert_eq!(import(&second, id).await?.state, State::Lost);
        let page = second.get(&format!("/imports/{id}")).await;
        assert!(!page.headers.contains_key("refresh"), "nothing is under way");
        let page = page.text();
        assert!(page.contains("上传中断") && page.contains("文件没有收全。请重新上传"), "{page}");
        assert!(page.contains("href=\"/imports/notes/new\"") && !page.contains("/apply"), "{page}");
        assert_eq!(standing(&second).await?, [false; 6]);
        Ok(())
    });
}

#[test]
fn a_hundred_thousand_rows_are_taken_in_and_not_one_more() {
    on_sqlite(crate::MIGRATIONS, |db| async move {
        let server = server(db, NOTES)?;
        let most = upload::read(&NOTES, "便签.csv", csv(100_000)).await?;
        assert_eq!(most.rows.len(), 100_000);
        match upload::read(&NOTES, "便签.csv", csv(100_001)).await {
            Err(Error::Refused(refusal)) => assert!(refusal.to_string().contains("100000"), "{refusal}"),
            other => panic!("not refused: {:?}", other.map(|file| file.rows.len())),
        }
        let answer = server.upload("/imports/notes/new", &[], ("file", "便签.csv", &csv(100_001))).await;
        assert_eq!(answer.status, 422);
        let mut tx = server.app.db.begin_read().await?;
        assert!(store::interrupted(&mut tx).await?.is_empty(), "nothing was put aside");
        Ok(())
    });
}
