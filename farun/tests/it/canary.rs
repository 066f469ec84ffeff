//! Numbers nobody else has go through every flow that accepts some; then the raw bytes of everything that was written are
//! searched for them: database, its log, temporary files, what the program says about itself, addresses, exports that are not for them.

use crate::{
    masking::{log_in, said, sealed_values, site},
    world::{World, run},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use store::params;
use testkit::{Answer, Server, Visitor};

/// Telephones and ID numbers that stand nowhere else in this repository.
const PERSON_PHONE: &str = "13987650001";
const PERSON_ID: &str = "320412199001010415";
const NEW_PHONE: &str = "13987650002";
const ORGANISATION_PHONE: &str = "13987650003";
const LAWYER_PHONE: &str = "13987650004";
const NEW_LAWYER_PHONE: &str = "13987650005";
const CALLBACK_PHONE: &str = "13987650006";
const FIRM_PHONE: &str = "13987650007";
const SOUGHT_PHONE: &str = "13987650008";
const IMPORTED_PHONE: &str = "13987650009";
const IMPORTED_ID: &str = "32041219910202041X";
/// One digit too many: a row that is not imported, and kept until the file's owner has mended it.
const MISTYPED_PHONE: &str = "139876500110";
const CANARIES: [&str; 12] = [
    IMPORTED_PHONE,
    IMPORTED_ID,
    MISTYPED_PHONE,
    PERSON_PHONE,
    PERSON_ID,
    NEW_PHONE,
    ORGANISATION_PHONE,
    LAWYER_PHONE,
    NEW_LAWYER_PHONE,
    CALLBACK_PHONE,
    FIRM_PHONE,
    SOUGHT_PHONE,
];

/// What the program says about itself, at its most talkative.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Which of the words stand in the bytes. A table of their first two bytes passes over nearly everything else.
fn found_in(bytes: &[u8], words: &[String]) -> Vec<String> {
    let mut begins: Vec<Vec<&String>> = vec![Vec::new(); 1 << 16];
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    for word in words {
        begins[pair(word.as_bytes())].push(word);
    }
    let mut found = BTreeSet::new();
    for (at, window) in bytes.windows(2).enumerate() {
        for word in &begins[pair(window)] {
            if bytes[at..].starts_with(word.as_bytes()) {
                found.insert((*word).clone());
            }
        }
    }
    found.into_iter().collect()
}

/// The same over every file of a folder, with the file's name.
fn found_under(folder: &Path, words: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        if entry.path().is_dir() {
            found.extend(found_under(&entry.path(), words));
            continue;
        }
        // A file that is gone again leaks nothing.
        let Ok(bytes) = fs::read(entry.path()) else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        found.extend(found_in(&bytes, words).into_iter().map(|word| (name.clone(), word)));
    }
    found
}

/// Somebody who keeps an eye on every address they are given.
struct Watcher<'a> {
    visitor: Visitor<'a>,
    words: Vec<String>,
}

impl Watcher<'_> {
    async fn get(&mut self, uri: &str) -> Answer {
        let answer = self.visitor.get(uri).await;
        self.look(uri, &answer);
        answer
    }

    async fn post(&mut self, uri: &str, fields: &[(&str, &str)], status: u16) -> Answer {
        let answer = self.visitor.post(uri, fields).await;
        assert_eq!(answer.status, status, "{uri}: {}", answer.main());
        self.look(uri, &answer);
        answer
    }

    fn look(&self, uri: &str, answer: &Answer) {
        for (name, value) in &answer.headers {
            assert_eq!(found_in(value.as_bytes(), &self.words), [""; 0], "{name} of {uri}");
        }
        let text = answer.text();
        for kind in ["href=\"/", "action=\"/", "data-source=\"/", "src=\"/"] {
            for address in text.split(kind).skip(1) {
                let address = address.split('"').next().unwrap_or_default();
                assert_eq!(found_in(address.as_bytes(), &self.words), [""; 0], "an address on {uri}");
            }
        }
    }
}

/// What stands between two marks of a page.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split(from).nth(1).expect("the first mark");
    rest.split(to).next().expect("the second mark")
}

/// A file with numbers is brought, looked at, imported as far as it is right, given back, and taken back.
async fn import(site: &Server, manager: &mut Watcher<'_>) {
    let page = manager.get("/imports/persons/new").await.text();
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
    let cookie = |name: &str| format!("{name}={}", manager.visitor.cookie(name).expect("a cookie"));
    let part = |name: &str, rest: &str| {
        format!("--canary\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n")
    };
    let rows = format!(
        "姓名,身份证号,电话\r\n金丝雀甲,{IMPORTED_ID},{IMPORTED_PHONE}\r\n金丝雀乙,,{MISTYPED_PHONE}\r\n"
    );
    let file = part("file", "; filename=\"名单.csv\"\r\nContent-Type: text/csv\r\n\r\n");
    let body = format!("{}{file}{rows}--canary--\r\n", part("csrf", &format!("\r\n\r\n{csrf}")));
    let request = Request::builder()
        .method("POST")
        .uri("/imports/persons/new")
        .header(header::COOKIE, format!("{}; {}", cookie("farun_seed"), cookie("farun_session")))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=canary")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("a request");
    let answer = site.send(request).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    manager.look("/imports/persons/new", &answer);
    let made = answer.location().to_owned();
    let page = manager.get(&made).await.text();
    let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
    manager.get(&format!("{made}/columns")).await;
    manager.post(&format!("{made}/apply"), &[("version", &version), ("mode", "good")], 303).await;
    manager.get(&format!("{made}/rows?verdict=bad")).await;
    let back = said(&manager.get(&format!("{made}/errors.xlsx")).await);
    assert!(back.contains(MISTYPED_PHONE), "the file's owner can mend it");
    let page = manager.get(&made).await.text();
    let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
    manager.post(&format!("{made}/undo"), &[("version", &version)], 303).await;
}

/// What stands in the folder for temporary files.
fn temporary() -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(std::env::temp_dir()).expect("the folder").flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Sends the numbers through every form that accepts some.
async fn every_flow(world: &World, words: &[String]) -> kernel::Result<()> {
    let site = site(&world.db)?;
    let watch = |visitor| Watcher { visitor, words: words.to_vec() };
    let mut manager = watch(log_in(&site, "manager").await);
    manager.get("/persons/find").await;
    manager.post("/persons/find", &[("phone", SOUGHT_PHONE), ("name", "陈阿大")], 200).await;
    let person = [("name", "陈阿大"), ("id_number", PERSON_ID), ("phone", PERSON_PHONE), ("searched", "1")];
    manager.post("/persons/find", &person, 200).await;
    manager.post("/persons/blank", &person, 200).await;
    let made = manager.post("/persons/new", &person, 303).await.location().to_owned();
    manager.post("/persons/new", &person, 409).await;
    manager.get(&made).await;
    manager.get(&format!("{made}/edit")).await;
    let edit = [("name", "陈阿大"), ("phone", NEW_PHONE), ("version", "1")];
    manager.post(&format!("{made}/edit"), &edit, 303).await;
    manager.post(&format!("{made}/edit"), &edit, 409).await;
    let whole = manager.post(&format!("{made}/reveal"), &[("reason", "contact")], 200).await;
    assert!(whole.text().contains(NEW_PHONE), "the flow works");
    let copy = [("requester", "self"), ("checked", "1"), ("format", "json")];
    assert!(manager.post(&format!("{made}/data/export"), &copy, 200).await.text().contains(PERSON_ID));
    let organisation =
        [("name", "示例企业"), ("kind", "enterprise"), ("phone", ORGANISATION_PHONE), ("searched", "1")];
    manager.post("/organisations/new", &organisation, 303).await;
    let firm = [("name", "江苏金丝雀律师事务所（示例）"), ("kind", "law_firm"), ("phone", FIRM_PHONE)];
    manager.post("/firms/new", &firm, 303).await;
    let mut tx = world.db.begin_read().await?;
    let firm: kernel::Id<counsel::Firm> =
        tx.scalar("select id from counsel_firm where name like '江苏金丝雀%'", params![]).await?;
    drop(tx);
    let firm = firm.to_string();
    let lawyer = |phone, version| {
        [
            ("name", "金丝雀"),
            ("kind", "lawyer"),
            ("firm", firm.as_str()),
            ("licence", "13204201811990777"),
            ("licensed_since", "2018-03-09"),
            ("phone", phone),
            ("version", version),
        ]
    };
    let made = manager.post("/lawyers/new", &lawyer(LAWYER_PHONE, ""), 303).await.location().to_owned();
    manager.post(&format!("{made}/edit"), &lawyer(NEW_LAWYER_PHONE, "1"), 303).await;
    import(&site, &mut manager).await;
    let mut citizen = watch(Visitor::new(&site));
    citizen.get("/callback").await;
    for _ in 0..2 {
        let fields = [("phone", CALLBACK_PHONE), ("name", "陈阿大"), ("convenient", "now")];
        let receipt = citizen.post("/callback", &fields, 303).await.location().to_owned();
        citizen.get(&receipt).await;
    }
    let mut clerk = watch(log_in(&site, "clerk").await);
    let list = clerk.get("/callbacks").await.text();
    let record = list.split("href=\"/callbacks/").nth(1).and_then(|rest| rest.split('"').next());
    let record = format!("/callbacks/{}", record.expect("the call-back"));
    clerk.get(&record).await;
    clerk.post(&format!("{record}/take"), &[("version", "2")], 303).await;
    // Who took it must be able to dial: the one page with a number in an address that no server is asked for.
    clerk.post(&format!("{record}/outcome"), &[("outcome", "reached"), ("note", "已答复")], 303).await;
    let mut admin = watch(log_in(&site, "sysadmin").await);
    admin.get("/me/second-factor").await;
    admin.post("/me/second-factor", &[], 303).await;
    for export in [
        "/persons.xlsx",
        "/organisations.xlsx",
        "/lawyers.xlsx",
        "/callbacks.xlsx?state=all",
        "/retention.xlsx",
    ] {
        let text = said(&manager.get(export).await);
        assert_eq!(found_in(text.as_bytes(), words), [""; 0], "{export}");
    }
    let mut auditor = watch(log_in(&site, "auditor").await);
    for page in ["/audit", "/audit.xlsx"] {
        assert_eq!(found_in(said(&auditor.get(page).await).as_bytes(), words), [""; 0], "{page}");
    }
    Ok(())
}

#[test]
fn no_number_is_left_readable_anywhere() {
    let output = Said::default();
    let writer = output.clone();
    let talkative = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // The first test of this process that asks for it; the runner gives every test a process of its own.
    tracing::subscriber::set_global_default(talkative).ok();
    run(async {
        let world = World::demo().await?;
        let words: Vec<String> = CANARIES.map(str::to_owned).to_vec();
        let before = temporary();
        every_flow(&world, &words).await?;
        // Everything that is sealed anywhere, the secrets of second factors included.
        let mut secrets = words.clone();
        let mut fields = BTreeSet::new();
        for (field, sealed) in sealed_values(&world.db).await? {
            let clear = world.db.keys().open(field, &sealed)?;
            fields.insert(field);
            // Short ones and the published ones of offices stand in the texts of the demonstration.
            if clear.len() >= 11 && !field.starts_with("places") {
                secrets.push(clear);
            }
        }
        assert!(fields.len() >= 8, "{fields:?}");
        secrets.sort();
        secrets.dedup();
        assert_eq!(found_under(world.path(), &secrets), [], "with the log");
        for new in temporary().difference(&before) {
            assert_eq!(found_under(new, &words), [], "in {}", new.display());
            let bytes = fs::read(new).unwrap_or_default();
            assert_eq!(found_in(&bytes, &words), [""; 0], "in {}", new.display());
        }
        let said = output.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert!(said.len() > 1000, "the program says something");
        assert_eq!(found_in(&said, &secrets), [""; 0], "in what the program says");

        // The search must be able to find one.
        let mut tx = world.db.begin_write().await?;
        store::set_setting(&mut tx, "planted", PERSON_ID).await?;
        tx.commit().await?;
        tracing::error!("planted {PERSON_PHONE}");
        let planted = found_under(world.path(), &secrets);
        assert!(planted.iter().any(|(_, word)| word == PERSON_ID), "{planted:?}");
        let said = output.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(found_in(&said, &secrets), [PERSON_PHONE]);

        // After a purge not even the name and the sealed text are left in the file.
        let mut tx = world.db.begin_write().await?;
        store::set_setting(&mut tx, "planted", "").await?;
        let person = parties::NewPerson {
            name: "金丝雀之名".to_owned(),
            address: "武进区金丝雀路 8 号".to_owned(),
            ..parties::NewPerson::default()
        };
        let (id, _) = parties::find_or_create_person(&mut tx, None, &person).await?;
        tx.commit().await?;
        let names = ["金丝雀之名".to_owned(), "武进区金丝雀路".to_owned()];
        assert!(!found_under(world.path(), &names).is_empty(), "it is there before");
        let site = site(&world.db)?;
        let mut manager = log_in(&site, "manager").await;
        manager.get(&format!("/persons/{id}/erase")).await;
        let erase = [("reason", "本人提出"), ("checked", "1")];
        assert_eq!(manager.post(&format!("/persons/{id}/erase"), &erase).await.location(), "/persons");
        drop(manager);
        drop(site);
        world.db.close().await?;
        assert_eq!(found_under(world.path(), &names), [], "nothing is left after the log was written back");
        Ok(())
    });
}
