//! Tests of the pages: three screens, bad cells, undoing, who sees what; and of the work behind them.

use crate::{
    Kind, Mode, State, import_file,
    kind::{Answer, Desk, Done, Importer, Undo, Verdict},
    row::Row,
    store, take_back,
    testing::{NOTES, change, quantity, xlsx},
    work,
};
use ::store::{Db, Tx, outside};
use kernel::{FixedClock, Id, Moment, TestClock};
use std::sync::Arc;
use testkit::{Server, actor, on_both, on_both_at, on_sqlite};
use web::{Actor, Extension, Module, Role};

fn modules(kind: Kind) -> Vec<Module> {
    let notes = Module { extensions: vec![Extension::new(kind)], ..Module::new("notes", &[]) };
    vec![crate::module(), notes]
}

fn server(db: Db) -> kernel::Result<Server> {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
    Ok(Server::new(db, clock, modules(NOTES)).log_in(actor(Role::Manager)))
}

fn rows(rows: &[[&str; 2]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn numbered(count: usize) -> Vec<Vec<String>> {
    (1..=count).map(|n| vec![format!("便签{n}"), (n % 400 + 1).to_string()]).collect()
}

async fn import_of(server: &Server, uri: &str) -> kernel::Result<crate::Import> {
    let id: Id<crate::Import> = uri.trim_start_matches("/imports/").parse()?;
    let mut tx = server.app.db.begin_read().await?;
    store::import(&mut tx, id).await?.ok_or_else(|| kernel::Fault::new("no import").into())
}

#[test]
fn a_thousand_rows_take_three_screens() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        let file = xlsx("便签", &["标题", "数量"], &numbered(1000))?;
        assert_eq!(server.get("/imports/notes/new").await.status, 200);
        let uploaded = server.upload("/imports/notes/new", &[], ("file", "便签.xlsx", &file)).await;
        assert_eq!(uploaded.status, 303, "{}", uploaded.text());
        let page = uploaded.location().to_owned();
        // The work goes on beside the requests; the page asks again by itself.
        let import = import_of(&server, &page).await?;
        work::run(&server.app, import.id).await?;
        while import_of(&server, &page).await?.state.is_busy() {
            tokio::task::yield_now().await;
        }
        let preview = server.get(&page).await;
        assert!(
            preview.text().contains("导入 1000 行") && !preview.headers.contains_key("refresh"),
            "{}",
            preview.main()
        );
        let version = import_of(&server, &page).await?.version.to_string();
        let applied = server.post(&format!("{page}/apply"), &[("mode", "all"), ("version", &version)]).await;
        assert_eq!(applied.status, 303, "{}", applied.text());
        while import_of(&server, &page).await?.state.is_busy() {
            tokio::task::yield_now().await;
        }
        assert!(server.get(&page).await.text().contains("已导入 1000 行"));
        let mut tx = server.app.db.begin_read().await?;
        assert_eq!(quantity(&mut tx, "便签1000").await?, Some(201));
        Ok(())
    });
}

#[test]
fn bad_cells_are_named_and_come_back_marked() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        let file = xlsx(
            "二月",
            &["数量", "标题"],
            &rows(&[["3", "甲"], ["三", "乙"], ["4", ""], ["444", "丁"], ["5", "甲"]]),
        )?;
        let uploaded = server.upload("/imports/notes/new", &[], ("file", "便签.xlsx", &file)).await;
        let page = uploaded.location().to_owned();
        let main = server.get(&page).await.main();
        insta::assert_snapshot!("bad", main.replace(page.trim_start_matches("/imports/"), "…"));
        for told in [
            "二月 第 3 行 A 列",
            "请填 1 到 500 的整数",
            "二月 第 4 行 B 列",
            "请填标题",
            "二月 第 5 行 A 列",
            "数量不能是 444",
            "与第 2 行是同一条记录",
        ] {
            assert!(main.contains(told), "{told}: {main}");
        }
        let version = import_of(&server, &page).await?.version.to_string();
        let all = server.post(&format!("{page}/apply"), &[("mode", "all"), ("version", &version)]).await;
        assert_eq!(all.status, 422, "everything or nothing is not possible");
        let back = server.get(&format!("{page}/errors.xlsx")).await;
        let book =
            sheet::read("a.xlsx", &back.bytes, &sheet::Limits::default()).map_err(kernel::Error::from)?;
        let texts: Vec<Vec<String>> =
            book.tabs[0].rows.iter().map(|row| row.cells.iter().map(sheet::Cell::text).collect()).collect();
        assert_eq!(texts[0], ["数量", "标题", "错误"]);
        assert_eq!(texts[2], ["三", "乙", "数量：请填 1 到 500 的整数。"]);
        assert_eq!(texts[1], ["3", "甲"]);
        let colleague =
            server.log_in(Actor { id: 77, session: "colleague".to_owned(), ..actor(Role::Manager) });
        assert_eq!(colleague.get(&format!("{page}/errors.xlsx")).await.status, 403, "whole numbers");
        assert!(!colleague.get(&page).await.text().contains("errors.xlsx"));
        let good = server.post(&format!("{page}/apply"), &[("mode", "good"), ("version", &version)]).await;
        assert_eq!(good.status, 303);
        let import = import_of(&server, &page).await?;
        assert_eq!((import.state, import.done, import.bads), (State::Applied, 1, 4));
        assert_eq!(server.get(&format!("{page}/rows?verdict=bad")).await.status, 200);
        assert!(server.get("/imports").await.text().contains("已导入"));
        Ok(())
    });
}

#[test]
fn columns_are_told_once_and_remembered() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        let file = "序,叫什么,几个\n1,甲,2\n".as_bytes();
        let uploaded = server.upload("/imports/notes/new", &[], ("file", "a.csv", file)).await;
        let page = uploaded.location().to_owned();
        assert!(server.get(&page).await.text().contains("有的列没能自动认出来"));
        let columns = server.get(&format!("{page}/columns")).await.text();
        assert!(columns.contains("还差必需的列") && columns.contains("叫什么"));
        let version = import_of(&server, &page).await?.version.to_string();
        let nothing = server.post(&format!("{page}/columns"), &[("version", &version)]).await;
        assert_eq!(nothing.status, 422);
        let twice = [("c0", "title"), ("c1", "title"), ("version", version.as_str())];
        assert_eq!(server.post(&format!("{page}/columns"), &twice).await.status, 422);
        let told = [("c1", "title"), ("c2", "quantity"), ("version", version.as_str())];
        assert_eq!(server.post(&format!("{page}/columns"), &told).await.status, 303);
        assert_eq!(import_of(&server, &page).await?.creates, 1);
        let again = server
            .upload("/imports/notes/new", &[], ("file", "b.csv", "序,叫什么,几个\n1,乙,2\n".as_bytes()))
            .await;
        assert_eq!(import_of(&server, again.location()).await?.state, State::Checked, "the mapping is known");
        Ok(())
    });
}

#[test]
fn twice_the_same_export_changes_nothing_and_numbers_find_renamed_records() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let file = |quantity: u32| {
            format!("标题,数量,外部编号,来源系统\n甲,{quantity},A-1,江苏法网\n乙,1,A-2,江苏法网\n")
                .into_bytes()
        };
        let first = import_file(app, &who, &NOTES, ("a.csv", file(2)), Some(Mode::All)).await?;
        assert_eq!((first.import.state, first.import.creates), (State::Applied, 2));
        let second = import_file(app, &who, &NOTES, ("a.csv", file(2)), Some(Mode::All)).await?.import;
        assert_eq!((second.sames, second.wanted(), second.state), (2, 0, State::Checked));
        let third = import_file(app, &who, &NOTES, ("a.csv", file(9)), Some(Mode::All)).await?.import;
        assert_eq!((third.sames, third.changes), (1, 1));
        // A number that the record does not have yet is noted; one that contradicts is refused.
        let noted = "标题,外部编号,来源系统\n乙,Z-9,全国平台\n".as_bytes().to_vec();
        assert_eq!(
            import_file(app, &who, &NOTES, ("b.csv", noted), Some(Mode::All)).await?.import.changes,
            1
        );
        let other = "标题,外部编号,来源系统\n乙,A-7,江苏法网\n丙,A-8,\n".as_bytes().to_vec();
        let bad = import_file(app, &who, &NOTES, ("c.csv", other), None).await?.bad;
        let places: Vec<(i64, &str)> =
            bad.iter().map(|(_, line, column, _)| (*line, column.as_str())).collect();
        assert_eq!(places, [(2, "outside_number"), (3, "outside_system")]);
        // Taking the first import back lets go of its numbers, so that it can be imported again.
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!((back.import.undone, back.import.kept), (1, 1), "甲 was changed since");
        let mut tx = app.db.begin_read().await?;
        assert_eq!(outside::find(&mut tx, "imports_note", "江苏法网", "A-2").await?, None);
        assert!(outside::find(&mut tx, "imports_note", "江苏法网", "A-1").await?.is_some());
        Ok(())
    });
}

#[test]
fn undoing_restores_what_nobody_has_changed_since_and_only_for_a_day() {
    on_both_at(crate::MIGRATIONS, |db, wall: Arc<TestClock>| async move {
        let server = server(db)?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let csv = |text: &str| format!("标题,数量\n{text}").into_bytes();
        import_file(app, &who, &NOTES, ("a.csv", csv("甲,1\n乙,1\n")), Some(Mode::All)).await?;
        let import = import_file(app, &who, &NOTES, ("b.csv", csv("甲,5\n乙,6\n丙,7\n")), Some(Mode::All))
            .await?
            .import;
        let mut tx = app.db.begin_write().await?;
        change(&mut tx, "乙", 99).await?;
        tx.commit().await?;
        let page = format!("/imports/{}", import.id);
        assert!(server.get(&page).await.text().contains("撤销这次导入"));
        let version = import.version.to_string();
        assert_eq!(server.post(&format!("{page}/undo"), &[("version", "1")]).await.status, 409, "stale");
        assert_eq!(server.post(&format!("{page}/undo"), &[("version", &version)]).await.status, 303);
        let now = import_of(&server, &page).await?;
        assert_eq!((now.state, now.undone, now.kept), (State::Undone, 2, 1));
        assert!(server.get(&page).await.text().contains("导入后又有人改过"));
        let mut tx = app.db.begin_read().await?;
        let quantities =
            [quantity(&mut tx, "甲").await?, quantity(&mut tx, "乙").await?, quantity(&mut tx, "丙").await?];
        assert_eq!(quantities, [Some(1), Some(99), None]);
        drop(tx);
        let late = import_file(app, &who, &NOTES, ("c.csv", csv("丁,1\n")), Some(Mode::All)).await?.import;
        wall.set(Moment::parse("2022-05-07T09:00")?);
        assert!(!server.get(&format!("/imports/{}", late.id)).await.text().contains("撤销这次导入"));
        assert!(take_back(app, &who, late.id).await.is_err_and(|error| error.status() == 409));
        // What was typed is gone with the time for undoing.
        let done = (crate::jobs::PURGE.run)(app).await?;
        assert!(done.contains("3 个导入"), "{done}");
        let mut tx = app.db.begin_read().await?;
        assert!(store::rows(&mut tx, late.id, 0, None, None, 10).await?.is_empty());
        assert!(import_of(&server, &page).await?.purged);
        assert!(server.get(&page).await.text().contains("文件内容已按规定删除"));
        Ok(())
    });
}

#[test]
fn the_table_holds_nothing_that_was_typed() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        let file = "标题,数量\n王小明32041219900101123X,1\n".as_bytes().to_vec();
        let import =
            import_file(&server.app, &actor(Role::Manager), &NOTES, ("a.csv", file), None).await?.import;
        let mut tx = server.app.db.begin_read().await?;
        let held: Vec<(String, Option<String>)> = tx
            .all(
                "select cells_sealed, notes_sealed from imports_row_entry where import_id = $1",
                ::store::params![import.id],
            )
            .await?;
        assert_eq!(held.len(), 1);
        assert!(!format!("{held:?}").contains("王小明") && !format!("{held:?}").contains("123X"));
        Ok(())
    });
}

#[test]
fn only_who_may_import_the_kind_sees_it() {
    on_sqlite(crate::MIGRATIONS, |db| async move {
        let manager = server(db)?;
        let uploaded =
            manager.upload("/imports/notes/new", &[], ("file", "a.csv", "标题\n甲\n".as_bytes())).await;
        let page = uploaded.location().to_owned();
        let officer = manager.log_in(Actor { id: 8, ..actor(Role::TownOfficer) });
        let admin = manager.log_in(Actor { id: 9, ..actor(Role::SystemAdmin) });
        for path in ["", "/columns", "/rows", "/errors.xlsx"] {
            assert_eq!(officer.get(&format!("{page}{path}")).await.status, 404, "another's import");
            assert_eq!(admin.get(&format!("{page}{path}")).await.status, 404, "not their kind");
        }
        assert_eq!(admin.get("/imports/notes/new").await.status, 404);
        assert!(!officer.get("/imports").await.text().contains("a.csv"));
        assert!(manager.get("/imports").await.text().contains("a.csv"));
        assert_eq!(
            officer.post(&format!("{page}/apply"), &[("mode", "all"), ("version", "2")]).await.status,
            404
        );
        assert_eq!(manager.log_in(actor(Role::Leader)).get("/imports").await.status, 403);
        let dropped = manager
            .post(
                &format!("{page}/drop"),
                &[("version", &import_of(&manager, &page).await?.version.to_string())],
            )
            .await;
        assert_eq!((dropped.status.as_u16(), import_of(&manager, &page).await?.state), (303, State::Dropped));
        Ok(())
    });
}

#[test]
fn files_that_cannot_be_read_say_what_to_do() {
    on_sqlite(crate::MIGRATIONS, |db| async move {
        let server = server(db)?;
        for (name, bytes, told) in [
            ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), "另存为 .xlsx 或 CSV"),
            ("a.csv", "标题,数量\n".as_bytes(), "没有数据行"),
            ("a.docx", b"x", "不能导入 .docx"),
            ("", b"", "请选择要导入的文件"),
        ] {
            let answer = server.upload("/imports/notes/new", &[], ("file", name, bytes)).await;
            assert_eq!(answer.status, 422, "{name}");
            assert!(answer.text().contains(told), "{name}: {}", answer.main());
        }
        let template = server.get("/imports/notes/template.xlsx").await;
        let again = server.upload("/imports/notes/new", &[], ("file", "模板.xlsx", &template.bytes)).await;
        assert!(again.text().contains("没有数据行"), "the example row is no row: {}", again.main());
        Ok(())
    });
}

/// Notes of which one is refused only when it is applied, however often it was checked.
struct Late;

impl Importer for Late {
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        NOTES.importer.check(tx, desk, row)
    }
    fn apply<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            let done = NOTES.importer.apply(tx, desk, row).await?;
            if row.get("title") == "迟到" {
                return Err(kernel::Refusal::conflict("刚刚被别人占用。").into());
            }
            Ok(done)
        })
    }
    fn undo<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        NOTES.importer.undo(tx, desk, done)
    }
    fn rehearses(&self) -> bool {
        false
    }
}

const LATE: Kind = Kind { importer: &Late, ..NOTES };

#[test]
fn all_or_nothing_holds_for_small_and_large_imports() {
    on_both(crate::MIGRATIONS, |db| async move {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
        let server = Server::new(db, clock, modules(LATE));
        let (app, who) = (&server.app, actor(Role::Manager));
        for count in [10, 1300] {
            let mut rows = numbered(count);
            rows.push(vec!["迟到".to_owned(), "1".to_owned()]);
            let file = xlsx("便签", &["标题", "数量"], &rows)?;
            let report = import_file(app, &who, &LATE, ("a.xlsx", file.clone()), Some(Mode::All)).await?;
            assert_eq!(report.import.state, State::Refused, "{count}");
            assert_eq!(report.bad.len(), 1);
            assert!(report.bad[0].3.contains("刚刚被别人占用"));
            let mut tx = app.db.begin_read().await?;
            assert_eq!(quantity(&mut tx, "便签1").await?, None, "{count}: nothing is left");
            assert_eq!(quantity(&mut tx, "迟到").await?, None, "not even half of the refused row");
            drop(tx);
            let report = import_file(app, &who, &LATE, ("a.xlsx", file), Some(Mode::Good)).await?;
            assert_eq!((report.import.state, report.import.bads), (State::Applied, 1));
            assert_eq!(report.import.done, i64::try_from(count).unwrap_or(0));
            take_back(app, &who, report.import.id).await?;
        }
        Ok(())
    });
}

#[test]
fn work_that_was_interrupted_is_taken_up_where_it_stopped() {
    on_both_at(crate::MIGRATIONS, |db, wall: Arc<TestClock>| async move {
        let server = server(db)?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let file = xlsx("便签", &["标题", "数量"], &numbered(450))?;
        let import = import_file(app, &who, &NOTES, ("a.xlsx", file), None).await?.import;
        let mut tx = app.db.begin_write().await?;
        crate::actions::decide::apply(&mut tx, &who, &import, import.version, Some(Mode::Good)).await?;
        // A server took it, did a step, and died: its lease runs on.
        let runner = tx.new_id::<()>()?.raw();
        assert!(store::take(&mut tx, import.id, runner, work::lease(app)).await?);
        tx.commit().await?;
        work::run(app, import.id).await?;
        let page = format!("/imports/{}", import.id);
        assert_eq!(import_of(&server, &page).await?.done, 0, "it is in hand");
        let busy = server.get(&page).await;
        assert_eq!(busy.headers.get("refresh").and_then(|value| value.to_str().ok()), Some("2"));
        assert!(busy.text().contains("<progress") && busy.text().contains("共 <b class=\"num\">450</b> 行"));
        wall.set(Moment::parse("2022-05-06T09:05")?);
        let told = (crate::jobs::RESUME.run)(app).await?;
        assert!(told.contains("接着做了 1 个"), "{told}");
        let now = import_of(&server, &format!("/imports/{}", import.id)).await?;
        assert_eq!((now.state, now.done), (State::Applied, 450));
        // The dead server comes back: what it wanted to write is not written.
        let mut tx = app.db.begin_write().await?;
        assert!(
            !store::advance(
                &mut tx,
                import.id,
                runner,
                store::Counts { done: 1, ..store::Counts::default() },
                0
            )
            .await?
        );
        Ok(())
    });
}

#[test]
fn a_form_to_copy_from_shows_what_may_be_shown() {
    use crate::{Copied, CopyForm, CopyRecord};
    const FORM: CopyForm = CopyForm {
        object: "imports_note",
        title: "便签",
        system: "江苏法网",
        permission: NOTES.permission,
        fields: "field,label,status,source\ntitle,标题,,\nphone,电话,待本局确认,\nnone,备注,待本局确认,\n",
        read: |_, _, id| {
            Box::pin(async move {
                let sealed = Copied::Sealed { masked: "138****0000".to_owned(), href: "/notes/1".to_owned() };
                let values = vec![("phone", sealed), ("title", Copied::Plain("𠮷野·\"引号\"".to_owned()))];
                let record = CopyRecord { title: "甲".to_owned(), href: "/notes/1".to_owned(), values };
                Ok(Id::<()>::from_raw(id).is_some_and(|id| id.serial() == 1).then_some(record))
            })
        },
    };
    on_sqlite(crate::MIGRATIONS, |db| async move {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
        let mut modules = modules(NOTES);
        modules[1].extensions.push(Extension::new(FORM));
        let server = Server::new(db, clock, modules).log_in(actor(Role::Manager));
        let page = server.get("/copy/imports_note/320412-1").await;
        insta::assert_snapshot!("copy", page.main());
        let other = server.log_in(actor(Role::Clerk));
        assert_eq!(other.get("/copy/imports_note/320412-1").await.status, 404);
        assert_eq!(server.get("/copy/nothing/1").await.status, 404);
        Ok(())
    });
}
