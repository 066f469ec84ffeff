//! The way of documents through the pages, on both engines, about notes that a module of the tests offers.

use crate::{About, Kind, State, Subject, Wanted, made_for};
use ::store::Db;
use docx::{Paper, Template, Values};
use kernel::{FixedClock, Moment};
use std::sync::Arc;
use testkit::{Answer as Got, Server, actor, on_both};
use web::{Actor, Extension, Module, Reach, Role};

const NOTICE: Kind = Kind {
    id: "note-01",
    object: "note",
    form: "1",
    title: "通知书",
    word: "通",
    when: "有通知的时候",
    stamped: true,
    served: true,
    inner: false,
    by: &[Role::Manager, Role::Clerk],
    text: "# 通知书\n^ {{文书编号}}\n! {{姓名}}：\n请带材料。\n|: 1 | 4\n| {{材料.序号}} | {{材料.名称}}\n\n> {{制作日期}}",
};
const RECORD: Kind = Kind {
    id: "note-02",
    title: "记录表",
    word: "记",
    stamped: false,
    served: false,
    inner: false,
    text: "# 记录表\n{{没有登记}}",
    ..NOTICE
};

/// Notes 1 to 9; that of a town officer is in town 5, all others in town 4.
const NOTES: Subject = Subject {
    object: "note",
    title: "便签",
    fields: "姓名,写便签的人\n材料.名称,带来的材料\n没有登记,从来没有的内容",
    about: |_, ctx, id| {
        Box::pin(async move {
            let town = if id == raw(5) { 5 } else { 4 };
            let reached = match ctx.actor()?.reach() {
                Reach::Towns(towns) => towns.contains(&town),
                reach => reach == Reach::Region,
            };
            Ok((reached && (raw(1)..=raw(9)).contains(&id)).then(|| About {
                title: format!("便签{}", id - raw(0)),
                href: "/notes".to_owned(),
                town,
                wanted: vec![Wanted { kind: "note-01", why: "应当通知" }],
                links: Vec::new(),
            }))
        })
    },
    values: |_, _, _| {
        Box::pin(async {
            let mut values = Values::new();
            values.set("姓名", "陈阿大 & <陈>\n二行");
            values.set_list("材料", ["名称"], vec![["身份证".to_owned()], ["工资条".to_owned()]]);
            Ok(values)
        })
    },
    titles: |_, _, ids| {
        Box::pin(async move { Ok(ids.iter().map(|id| (*id, format!("便签{}", id - raw(0)))).collect()) })
    },
    search: |_, _, words| {
        Box::pin(async move { Ok(if words == "陈阿大" { vec![raw(1)] } else { Vec::new() }) })
    },
};

/// The id of a note, as ids of the test's region are.
fn raw(nth: i64) -> i64 {
    "320412-1".parse::<kernel::Id<()>>().expect("an id").raw() - 1 + nth
}

fn page(nth: i64) -> String {
    crate::kind::page_of("note", raw(nth))
}

fn now() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

struct Site {
    server: Server,
}

impl Site {
    fn over(db: Db) -> Self {
        let extensions = vec![Extension::new(NOTES), Extension::new(NOTICE), Extension::new(RECORD)];
        let notes = Module { extensions, ..Module::new("notes", &[]) };
        Self { server: Server::new(db, Arc::new(FixedClock(now())), vec![crate::module(), notes]) }
    }

    fn who(&self, role: Role, id: i64) -> Server {
        self.server.log_in(Actor { id, session: format!("{}-{id}", role.key()), ..actor(role) })
    }

    async fn drafted(&self, who: &Server, nth: i64, kind: &str) -> String {
        let answer = who.post(&page(nth), &[("kind", kind)]).await;
        assert_eq!(answer.status, 303, "{}", answer.main());
        answer.location().to_owned()
    }
}

/// Sends the form of a step with the version that the document's page shows.
async fn step(who: &Server, document: &str, step: &str, fields: &[(&str, &str)]) -> Got {
    let version = version(who, document).await;
    let mut all = vec![("version", version.as_str())];
    all.extend_from_slice(fields);
    who.post(&format!("{document}/{step}"), &all).await
}

async fn version(who: &Server, document: &str) -> String {
    let text = who.get(document).await.text();
    let value = text.split(r#"name="version" value=""#).nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

async fn scanned(who: &Server, document: &str, name: &str, bytes: &[u8]) -> Got {
    let version = version(who, document).await;
    who.upload(&format!("{document}/scan"), &[("version", version.as_str())], ("file", name, bytes)).await
}

#[test]
fn from_the_draft_to_the_proof_of_service() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db.clone());
        let clerk = site.who(Role::Clerk, 7);
        let before = clerk.get(&page(1)).await.text();
        assert!(before.contains("还缺 1 份") && before.contains("应当通知"), "{before}");
        let document = site.drafted(&clerk, 1, "note-01").await;
        let shown = clerk.get(&document).await.text();
        assert!(
            shown.contains("通〔2022〕1号") && shown.contains("草稿") && shown.contains(crate::MARK),
            "{shown}"
        );
        let word = clerk.get(&format!("{document}/draft.docx")).await;
        let text = Template::read(&word.bytes).expect("a document of Word").text();
        assert_eq!(
            text,
            "通知书\n通〔2022〕1号\n陈阿大 & <陈>\n二行：\n请带材料。\n1\n身份证\n2\n工资条\n2022年5月6日\n"
        );
        assert_eq!(
            scanned(&clerk, &document, "a.pdf", &scan::testing::pdf(b"")).await.status,
            409,
            "not stamped yet"
        );
        assert_eq!(step(&clerk, &document, "print", &[]).await.status, 303);
        assert_eq!(step(&clerk, &document, "stamp", &[("on", "2022-05-07")]).await.status, 422, "tomorrow");
        assert_eq!(step(&clerk, &document, "stamp", &[("on", "2022-05-06")]).await.status, 303);
        assert!(clerk.get(&page(1)).await.text().contains("继续办理"), "stamped is not issued");
        let scan = scan::testing::pdf(b"");
        assert_eq!(scanned(&clerk, &document, "a.pdf", &scan).await.status, 303);
        assert_eq!(scanned(&clerk, &document, "b.pdf", &scan).await.status, 409, "the same again");
        let photo = picture::plain(80, 60, [200, 200, 200])?;
        assert_eq!(scanned(&clerk, &document, "二.jpg", &photo).await.status, 303);
        assert!(!clerk.get(&page(1)).await.text().contains("还缺"), "it is issued");
        let shown = clerk.get(&document).await.text();
        let digest = crate::store::digest(&scan);
        assert!(shown.contains(&digest[..16]), "{shown}");
        let links: Vec<&str> = shown.split("href=\"").filter_map(|rest| rest.split('"').next()).collect();
        let views: Vec<&&str> = links.iter().filter(|link| link.ends_with("/scan.file")).collect();
        let seen = [clerk.get(views[0]).await, clerk.get(views[1]).await];
        assert_eq!((seen[0].bytes == scan, &seen[1].bytes[..2]), (true, &[0xFF, 0xD8][..]));
        assert_eq!(seen[1].headers["content-type"], "image/jpeg");
        let fields = [("served_on", "2022-05-06"), ("how", "person"), ("served_to", "")];
        let refused = step(&clerk, &document, "serve", &fields).await;
        assert!(refused.status == 422 && refused.text().contains("请填写签收人"), "{}", refused.main());
        let fields = [("served_on", "2022-05-06"), ("how", "person"), ("served_to", "陈阿大")];
        assert_eq!(step(&clerk, &document, "serve", &fields).await.status, 303);
        assert!(clerk.get(&document).await.text().contains("签收人 陈阿大"));
        let mut tx = db.begin_read().await?;
        let made = made_for(&mut tx, "note", raw(1)).await?;
        assert_eq!(made.len(), 1);
        assert!(made[0].state == State::Served && made[0].served_on == Some(now().day()));
        // What was shown or written left its traces, and nothing lies open in the tables.
        let audit: i64 = tx
            .scalar("select count(*) from audit_row where action in ('documents.draft', 'documents.step', 'documents.scan', 'personal.read')", ::store::params![])
            .await?;
        // One draft with its reading, five steps, two scans, a look at the draft and two at scans.
        assert_eq!(audit, 2 + 5 + 2 + 3);
        let kept: Vec<(String,)> =
            tx.all("select content from documents_file_entry", ::store::params![]).await?;
        assert_eq!(kept.len(), 3);
        Ok(())
    });
}

#[test]
fn a_void_number_stays_in_the_list_and_the_next_one_follows() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db);
        let clerk = site.who(Role::Clerk, 7);
        let first = site.drafted(&clerk, 1, "note-01").await;
        let seen = version(&clerk, &first).await;
        assert_eq!(step(&clerk, &first, "void", &[("reason", "")]).await.status, 422);
        assert_eq!(step(&clerk, &first, "void", &[("reason", "姓名写错")]).await.status, 303);
        let late = clerk.post(&format!("{first}/print"), &[("version", seen.as_str())]).await;
        assert!(late.status == 409 && late.text().contains("刚才有人办理过"), "{}", late.main());
        let second = site.drafted(&clerk, 2, "note-01").await;
        let record = site.drafted(&clerk, 1, "note-02").await;
        assert!(clerk.get(&record).await.text().contains("没有可填的内容，已留空：没有登记"));
        let all = clerk.get("/documents").await.text();
        for told in ["通〔2022〕1号", "通〔2022〕2号", "记〔2022〕1号", "姓名写错", "便签2"]
        {
            assert!(all.contains(told), "{told}: {all}");
        }
        let void = clerk.get("/documents?state=void").await.text();
        assert!(void.contains("通〔2022〕1号") && !void.contains("通〔2022〕2号"));
        let of_kind = clerk.get("/documents?kind=note-02").await.text();
        assert!(of_kind.contains("记〔2022〕1号") && !of_kind.contains("通〔2022〕1号"));
        let by_name = clerk.get("/documents?q=%E9%99%88%E9%98%BF%E5%A4%A7").await.text();
        assert!(by_name.contains("通〔2022〕1号") && !by_name.contains("通〔2022〕2号"));
        let by_number = clerk.get("/documents?q=%E8%AE%B0").await.text();
        assert!(by_number.contains("记〔2022〕1号") && !by_number.contains("通〔2022〕2号"));
        assert!(clerk.get("/documents?q=nothing").await.text().contains("没有符合条件的文书"));
        assert!(clerk.get("/documents.xlsx").await.bytes.starts_with(b"PK"));
        // The next pages of a long list, forth and back.
        for _ in 0..19 {
            site.drafted(&clerk, 3, "note-02").await;
        }
        let first_page = clerk.get("/documents").await.text();
        assert!(!first_page.contains("通〔2022〕1号"));
        let next = first_page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let next = next.expect("a second page").replace("&amp;", "&");
        let second_page = clerk.get(&next).await.text();
        assert!(second_page.contains("通〔2022〕1号"), "{second_page}");
        let back = second_page.split("rel=\"prev\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let back = clerk.get(&back.expect("a way back").replace("&amp;", "&")).await;
        assert!(back.status == 200 && !back.text().contains("通〔2022〕1号"));
        assert_eq!(clerk.get(&second).await.status, 200);
        Ok(())
    });
}

#[test]
fn several_are_printed_at_once() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db);
        let clerk = site.who(Role::Clerk, 7);
        assert!(clerk.get("/documents/batch").await.text().contains("没有待打印的文书"));
        assert_eq!(clerk.get("/documents/batch.zip").await.status, 422);
        let mut ids = Vec::new();
        for nth in 1..=3 {
            let document = site.drafted(&clerk, nth, "note-01").await;
            ids.push(document.trim_start_matches("/documents/").to_owned());
        }
        assert_eq!(clerk.post("/documents/batch", &[]).await.status, 422);
        let chosen = [("ids", ids[0].as_str()), ("ids", ids[1].as_str())];
        let done = clerk.post("/documents/batch", &chosen).await;
        assert_eq!(done.status, 303, "{}", done.main());
        let shown = clerk.get(done.location()).await.text();
        assert!(shown.contains("下载 2 份 Word 文件") && shown.contains("已打印"), "{shown}");
        let zip = clerk.get(&done.location().replace("/batch?", "/batch.zip?")).await;
        assert_eq!(zip.bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count(), 2);
        assert_eq!(clerk.post("/documents/batch", &chosen).await.status, 303, "printed again is no fault");
        let left = clerk.get("/documents/batch").await.text();
        assert!(left.contains(&ids[2]) && !left.contains(&ids[0]));
        step(&clerk, &format!("/documents/{}", ids[2]), "void", &[("reason", "错")]).await;
        assert_eq!(clerk.post("/documents/batch", &[("ids", ids[2].as_str())]).await.status, 409);
        Ok(())
    });
}

#[test]
fn the_bureau_puts_its_own_template_in_the_place_of_ours() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db);
        let manager = site.who(Role::Manager, 8);
        let here = "/documents/templates/note-01";
        assert!(manager.get("/documents/templates").await.text().contains(crate::MARK));
        let ours = manager.get(&format!("{here}/0/template.docx")).await;
        Template::read(&ours.bytes).expect("a template");
        let send = |bytes: Vec<u8>| {
            let manager = &manager;
            async move {
                manager.upload(here, &[("note", "改了抬头")], ("file", "通知书.docx", &bytes)).await
            }
        };
        assert!(send(ours.bytes.clone()).await.text().contains("和现在用的模板一样"));
        let paper = |text: &str| Paper::parse(text, "").docx().expect("a paper");
        let unknown = send(paper("# 通知书\n{{文书编号}}{{姓名}}{{性名}}")).await;
        assert!(unknown.status == 422 && unknown.text().contains("{{性名}}"), "{}", unknown.main());
        assert!(unknown.text().contains("改了抬头"), "what was typed is kept");
        let bomb = docx::bundle(&[("word/document.xml".into(), vec![b' '; 6 << 20])])?;
        for (bytes, told) in [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old".to_vec(), "旧版 Word"),
            (b"%PDF-1.7".to_vec(), "不是 Word 文档"),
            (bomb, "解开以后太大"),
            (Vec::new(), "请先选"),
        ] {
            let refused = send(bytes).await;
            assert!(refused.status == 422 && refused.text().contains(told), "{told}: {}", refused.main());
        }
        let large = manager.upload(here, &[], ("file", "a.docx", &vec![0; 30 << 20])).await;
        assert_eq!(large.status, 413);
        assert_eq!(send(paper("# 本局的通知书\n{{文书编号}}\n{{姓名}}")).await.status, 303);
        assert_eq!(send(paper("# 本局新的通知书\n{{文书编号}}\n{{姓名}}")).await.status, 303);
        let versions = manager.get(here).await.text();
        assert!(
            versions.contains("第 2 版") && versions.contains("第 1 版") && versions.contains("本系统拟稿")
        );
        assert!(manager.get("/documents/templates").await.text().contains("本局第 2 版"));
        for (version, title) in [("1", "本局的通知书"), ("2", "本局新的通知书")] {
            let kept = manager.get(&format!("{here}/{version}/template.docx")).await;
            assert!(Template::read(&kept.bytes).expect("a template").text().starts_with(title));
        }
        assert_eq!(manager.get(&format!("{here}/3/template.docx")).await.status, 404);
        let document = site.drafted(&manager, 1, "note-01").await;
        assert!(manager.get(&document).await.text().contains("本局模板第 2 版"));
        let word = manager.get(&format!("{document}/draft.docx")).await;
        assert!(
            Template::read(&word.bytes)
                .expect("a document")
                .text()
                .starts_with("本局新的通知书\n通〔2022〕1号")
        );
        Ok(())
    });
}

#[test]
fn bad_scans_are_refused_and_nothing_changes() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db);
        let clerk = site.who(Role::Clerk, 7);
        let document = site.drafted(&clerk, 1, "note-01").await;
        step(&clerk, &document, "print", &[]).await;
        step(&clerk, &document, "stamp", &[("on", "2022-05-06")]).await;
        let script = scan::testing::pdf(b"4 0 obj <</S /JavaScript /JS (x)>> endobj");
        for (bytes, told) in [
            (&script[..], "这份 PDF 里有脚本"),
            (b"%PDF-1.7 cut off", "没有传完"),
            (b"MZ\x90 a program", "只能收 PDF"),
            (b"\xFF\xD8\xFF broken", "打不开"),
            (b"", "请先选扫描件"),
        ] {
            let refused = scanned(&clerk, &document, "扫描.pdf", bytes).await;
            assert!(refused.status == 422 && refused.text().contains(told), "{told}: {}", refused.main());
        }
        assert_eq!(scanned(&clerk, &document, "大.pdf", &vec![0; 30 << 20]).await.status, 413);
        assert!(clerk.get(&document).await.text().contains("待传扫描件"));
        Ok(())
    });
}

#[test]
fn who_does_not_reach_the_record_sees_none_of_its_documents() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db);
        let clerk = site.who(Role::Clerk, 7);
        let far = site.drafted(&clerk, 1, "note-01").await;
        let near = site.drafted(&clerk, 5, "note-01").await;
        let officer = site.server.log_in(Actor {
            id: 9,
            towns: vec![5],
            session: "officer".to_owned(),
            ..actor(Role::TownOfficer)
        });
        for path in [far.clone(), format!("{far}/draft.docx"), page(1), page(77)] {
            assert_eq!(officer.get(&path).await.status, 404, "{path}");
        }
        assert_eq!(officer.get(&near).await.status, 200);
        let list = officer.get("/documents").await.text();
        assert!(list.contains("便签5") && !list.contains("便签1"), "{list}");
        let not_theirs = officer.post(&page(5), &[("kind", "note-01")]).await;
        assert!(
            not_theirs.status == 403 && not_theirs.text().contains("不由您制作"),
            "{}",
            not_theirs.main()
        );
        let answer = officer.post(&format!("{near}/print"), &[("version", "1")]).await;
        assert_eq!(answer.status, 403, "{}", answer.main());
        let leader = site.who(Role::Leader, 10);
        assert_eq!(leader.get(&near).await.status, 200);
        assert_eq!(leader.get(&format!("{near}/draft.docx")).await.status, 403);
        let adviser = site.server.log_in(Actor {
            id: 30,
            subject: Some(3),
            session: "adviser".to_owned(),
            ..actor(Role::Adviser)
        });
        assert!(adviser.get("/documents").await.text().contains("还没有文书"));
        assert_eq!(adviser.get(&near).await.status, 404);
        assert_eq!(clerk.post(&page(1), &[("kind", "nothing")]).await.status, 422);
        assert_eq!(clerk.get("/documents/templates/nothing").await.status, 404);
        Ok(())
    });
}

#[test]
fn a_state_that_does_not_follow_and_a_scan_that_is_gone_are_found() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::over(db.clone());
        let clerk = site.who(Role::Clerk, 7);
        let document = site.drafted(&clerk, 1, "note-01").await;
        step(&clerk, &document, "print", &[]).await;
        step(&clerk, &document, "stamp", &[("on", "2022-05-06")]).await;
        assert_eq!(scanned(&clerk, &document, "a.pdf", &scan::testing::pdf(b"")).await.status, 303);
        let other = site.drafted(&clerk, 2, "note-01").await;
        let check = &crate::checks::all()[0];
        let mut tx = db.begin_write().await?;
        assert!((check.run)(&mut tx, now().day()).await?.is_empty());
        tx.execute("delete from documents_file_entry where part = 'scan'", ::store::params![]).await?;
        let id: kernel::Id<crate::Document> = other.trim_start_matches("/documents/").parse()?;
        tx.execute(
            "update documents_document_entry set state = 'served' where id = $1",
            ::store::params![id],
        )
        .await?;
        let found = (check.run)(&mut tx, now().day()).await?;
        assert_eq!(found.len(), 2);
        assert!(found[0].what.contains("没有扫描件") && found[1].what.contains("应为“草稿”"), "{found:?}");
        Ok(())
    });
}
