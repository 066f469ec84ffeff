//! Somebody of every kind, logged in: nobody, every role of the demonstration world, and for each role that reaches
//! only a part of the district a second one who reaches another part.

use super::{holes, html::Form};
use crate::world::World;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use farun::{Config, demo, wiring};
use http_body_util::BodyExt as _;
use std::{collections::BTreeMap, path::Path};
use store::{Db, params};
use tower::ServiceExt as _;
use web::{App, Reach, Role};

pub(super) const SEED: &str = "0123456789abcdef0123456789abcdef";

const BOUNDARY: &str = "----farun-attack";

/// Somebody who asks.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) role: Option<Role>,
    pub(super) reach: Reach,
    cookie: String,
    digest: String,
}

/// The running product with everybody logged in.
pub(super) struct Site {
    pub(super) world: World,
    pub(super) app: App,
    pub(super) router: Router,
    pub(super) people: Vec<Person>,
    /// Addresses that somebody outside was given by other means than a link.
    pub(super) doors: Vec<String>,
    holes: bool,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// Those who log in besides the people of the demonstration: roles that reach a part only, for another part.
const OTHERS: [&str; 4] = ["town2", "adviser2", "firm2", "village2"];

/// Accounts for another part than those of the demonstration world, and two that are there to be looked at.
pub(super) async fn add_others(db: &Db) -> kernel::Result<()> {
    let password_hash = Some(identity::hash_password(demo::PASSWORD).await?);
    let mut tx = db.begin_write().await?;
    let (unit, town, lawyer): (i64, i64, i64) = tx
        .one(
            "select c.unit_id, u.town_id, c.lawyer_id from advisers_current c join places_unit u on u.id = c.unit_id
             where u.town_name not like '洛阳%' order by u.id desc limit 1",
            params![],
        )
        .await?;
    let firm: i64 = tx.scalar("select firm_id from counsel_lawyer where id = $1", params![lawyer]).await?;
    let others = [
        ("town2", Role::TownOfficer, vec![town], None),
        ("adviser2", Role::Adviser, Vec::new(), Some(lawyer)),
        ("firm2", Role::Firm, Vec::new(), Some(firm)),
        ("village2", Role::VillageContact, Vec::new(), Some(unit)),
        ("invited", Role::Clerk, Vec::new(), None),
        ("secured", Role::Leader, Vec::new(), None),
    ];
    for (username, role, towns, subject) in others {
        let account = identity::NewAccount {
            username: username.to_owned(),
            name: format!("攻击测试·{username}"),
            roles: vec![role],
            towns,
            subject,
            password_hash: password_hash.clone(),
        };
        identity::create_account(&mut tx, None, &account).await?;
    }
    tx.commit().await?;
    Ok(())
}

impl Site {
    /// The demonstration world with records of every kind and everybody logged in.
    pub(super) async fn open() -> kernel::Result<Self> {
        let names: Vec<&str> = demo::LOGINS.iter().map(|(username, _, _)| *username).chain(OTHERS).collect();
        Self::open_for(&names).await
    }

    /// The same with these people and nobody.
    pub(super) async fn open_for(names: &[&str]) -> kernel::Result<Self> {
        let world = World::rich().await?;
        let mut tx = world.db.begin_write().await?;
        let token = identity::rescue_link(&mut tx, "invited").await?.expect("somebody is invited");
        tx.commit().await?;
        let mut site = Self::over(world, Vec::new(), false).await?;
        site.doors.push(format!("/join/{token}"));
        site.people.push(Person::nobody());
        for username in names {
            let person = site.log_in(username).await?;
            site.people.push(person);
        }
        Ok(site)
    }

    pub(super) async fn over(world: World, people: Vec<Person>, holes: bool) -> kernel::Result<Self> {
        let mut app = wiring::app(world.db.clone(), &Config::default(), None).await?;
        if holes {
            app = holes::in_(&app);
        }
        Ok(Self { router: web::router(&app, false), app, world, people, doors: Vec::new(), holes })
    }

    /// The same product with holes in it: every harness must find the one that was made for it.
    pub(super) async fn with_holes(self) -> kernel::Result<Self> {
        Self::over(self.world, self.people, true).await
    }

    /// A copy that can be spoilt, with the same people logged in.
    pub(super) async fn copy(&self) -> kernel::Result<Self> {
        Self::over(World::copy_of(&self.world).await?, self.people.clone(), self.holes).await
    }

    /// The same after the database file was changed by other hands.
    pub(super) async fn changed(
        self,
        change: impl AsyncFnOnce(&Path) -> kernel::Result<()>,
    ) -> kernel::Result<Self> {
        let Self { world, people, holes, .. } = self;
        world.db.close().await?;
        change(&world.path().join("farun.db")).await?;
        Self::over(world.opened_again().await?, people, holes).await
    }

    pub(super) async fn log_in(&self, username: &str) -> kernel::Result<Person> {
        let token = web::form_token(self.world.db.keys(), SEED, "");
        let body = format!("username={username}&password={}&csrf={token}", demo::PASSWORD);
        let request = Request::builder()
            .method(Method::POST)
            .uri("/login")
            .header(header::COOKIE, format!("farun_seed={SEED}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        let answer = self.send(request).await;
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut sessions = cookies.filter_map(|line| line.strip_prefix("farun_session="));
        let cookie = sessions.next().and_then(|line| line.split(';').next()).expect("a session").to_owned();
        let actor = self.app.sessions.find(&self.world.db, &cookie).await?.expect("somebody is logged in");
        Ok(Person {
            name: username.to_owned(),
            role: actor.roles.first().copied(),
            reach: actor.reach(),
            digest: actor.session,
            cookie,
        })
    }

    pub(super) fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|person| person.name == name).expect("somebody of that name")
    }

    /// Whether the person's session still holds.
    pub(super) async fn logged_in(&self, person: &Person) -> kernel::Result<bool> {
        let found = self.app.sessions.find(&self.world.db, &person.cookie).await?;
        Ok(person.role.is_none() || found.is_some())
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    pub(super) async fn get(&self, person: &Person, uri: &str) -> Answer {
        self.send(person.asks(Method::GET, uri).body(Body::empty()).expect("a request")).await
    }

    /// A form of that person with a good token.
    pub(super) fn form(&self, person: &Person, uri: &str, pairs: &[(String, String)]) -> Request<Body> {
        let body = encode(pairs, &self.token(person));
        person
            .asks(Method::POST, uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request")
    }

    /// A form of a page, with that file in every field for files.
    pub(super) fn submit(
        &self,
        person: &Person,
        form: &Form,
        pairs: &[(String, String)],
        file: &str,
    ) -> Request<Body> {
        if !form.multipart {
            return self.form(person, &form.action, pairs);
        }
        let mut body = Vec::new();
        let csrf = ("csrf".to_owned(), self.token(person));
        for (name, value) in pairs.iter().chain([&csrf]) {
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        }
        for field in form.fields.iter().filter(|field| field.kind == "file") {
            let photo = field.options.iter().any(|kind| kind == "image/jpeg");
            let (file_name, kind) =
                if photo { ("照片.jpg", "image/jpeg") } else { ("名单.csv", "text/csv") };
            let name = &field.name;
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {kind}\r\n\r\n").as_bytes(),
            );
            let photo = photo.then(|| {
                picture::plain(24, 16 + u32::try_from(file.len()).expect("short"), [90, 20, 200])
                    .expect("a photograph")
            });
            body.extend_from_slice(photo.as_deref().unwrap_or(file.as_bytes()));
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        person
            .asks(Method::POST, &form.action)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request")
    }

    pub(super) fn token(&self, person: &Person) -> String {
        web::form_token(self.world.db.keys(), SEED, &person.digest)
    }

    /// How many rows every table has, but for those that count requests.
    pub(super) async fn rows(&self) -> kernel::Result<BTreeMap<String, i64>> {
        let mut connection = raw(&self.world.path().join("farun.db")).await;
        let mut counts = BTreeMap::new();
        for table in tables(&mut connection).await {
            if !["idempotency_reply", "job_run"].contains(&table.as_str()) {
                let sql = format!("select count(*) from {table}");
                let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .fetch_one(&mut connection)
                    .await
                    .expect("a count");
                counts.insert(table, count);
            }
        }
        Ok(counts)
    }
}

impl Person {
    /// Somebody without an account, with a browser all the same.
    pub(super) fn nobody() -> Self {
        Self {
            name: "nobody".into(),
            role: None,
            reach: Reach::Nothing,
            cookie: String::new(),
            digest: String::new(),
        }
    }

    pub(super) fn session(&self) -> &str {
        &self.cookie
    }

    pub(super) fn asks(&self, method: Method, uri: &str) -> axum::http::request::Builder {
        let session =
            if self.cookie.is_empty() { String::new() } else { format!("; farun_session={}", self.cookie) };
        Request::builder()
            .method(method)
            .uri(uri)
            .header(header::COOKIE, format!("farun_seed={SEED}{session}"))
    }
}

pub(super) async fn send(router: Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.oneshot(request).await.expect("the router answers").into_parts();
    let bytes = body.collect().await.expect("the body ends").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

pub(super) fn encode(pairs: &[(String, String)], token: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs.iter().filter(|(name, _)| name != "csrf"));
    form.append_pair("csrf", token);
    form.finish()
}

/// A connection that bypasses the product, without foreign keys.
pub(super) async fn raw(file: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
    options.connect().await.expect("the file opens")
}

/// The names of all tables but those of the engine and of migrations.
pub(super) async fn tables(connection: &mut sqlx::SqliteConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '!_%' escape '!' order by name",
    )
    .fetch_all(connection)
    .await
    .expect("the tables")
}
