//! The guard before every route: tokens, origins, limits, who may, what is kept, what every answer carries.

use askama::Template;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
    response::IntoResponse as _,
    routing::{get, post},
};
use kernel::{FixedClock, Refusal};
use std::sync::Arc;
use store::Db;
use testkit::{Answer, Server, actor, on_both, on_sqlite};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use web::{Ctx, Form, Module, Page, Permission, Reply, Role, Routes};

const ACT: Permission = Permission::new("test.act", "试一试", &[Role::Manager]);

#[derive(Template)]
#[template(
    source = "{{ form.summary() }}<form method='post'>{{ form.hidden() }}{{ form.input(\"name\", \"姓名\", \"提示\", \"\") }}</form>",
    ext = "html"
)]
struct Shown {
    form: Form,
}

async fn show(ctx: Ctx) -> Reply<Page> {
    Page::new("试验", &Shown { form: ctx.form(&[]) })
}

/// Adds one to a counter, refuses an empty name.
async fn act(ctx: Ctx, mut form: Form) -> Reply {
    let name = form.need("name", "请填写姓名");
    if let Err(refusal) = form.check() {
        ctx.refused(refusal.into(), &mut form)?;
        let main = Shown { form };
        return Ok(Page::new("试验", &main)?.answering(&main.form).into_response());
    }
    let mut tx = ctx.begin_write().await?;
    let n: i64 = store::setting(&mut tx, "w").await?.and_then(|n| n.parse().ok()).unwrap_or(0);
    store::set_setting(&mut tx, "w", &(n + 1).to_string()).await?;
    ctx.see_other(tx, &format!("/act?{}", name.len()), "好了").await
}

async fn receive(ctx: Ctx, form: Form) -> Reply {
    let file = ctx.upload("file").await?.ok_or_else(|| Refusal::invalid("请选择文件"))?;
    let length = file.bytes.len().to_string();
    let mut tx = ctx.begin_write().await?;
    store::set_setting(&mut tx, "w", &length).await?;
    ctx.see_other(tx, &format!("/got?{}", form.get("name").len()), "收到").await
}

/// Saves something that names a row that is gone.
async fn dangles(ctx: Ctx, mut form: Form) -> Reply {
    let fault = kernel::Fault::new("foreign key").with_kind(kernel::FaultKind::Dangling);
    ctx.refused(fault.into(), &mut form)?;
    let main = Shown { form };
    Ok(Page::new("试验", &main)?.answering(&main.form).into_response())
}

async fn fails() -> Reply<Page> {
    Err(kernel::Fault::new("secret detail").into())
}

async fn refuses() -> Reply<Page> {
    Err(Refusal::not_found("没有这个").into())
}

fn server(db: Db) -> Server {
    let routes = Routes::new()
        .page("/act", ACT, get(show))
        .action("/act", ACT, post(act))
        .action("/file", ACT, post(receive))
        .accepting_files(600_000)
        .public_page("/open", get(show))
        .public_action("/open", post(act))
        .public_page("/fails", get(fails))
        .action("/dangles", ACT, post(dangles))
        .public_page("/api/refuses", get(refuses));
    let now = kernel::Moment::parse("2022-05-06T09:00").expect("a moment");
    Server::new(db, Arc::new(FixedClock(now)), vec![Module { routes, ..Module::new("test", &[]) }])
}

async fn count(db: &Db) -> kernel::Result<i64> {
    let mut tx = db.begin_read().await?;
    Ok(store::setting(&mut tx, "w").await?.and_then(|n| n.parse().ok()).unwrap_or(0))
}

async fn raw(server: &Server, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri("/open")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[test]
fn a_form_without_token_or_from_elsewhere_changes_nothing() {
    on_sqlite(&[], |db| async move {
        let server = server(db.clone());
        assert_eq!(raw(&server, "name=a", &[]).await.status, StatusCode::FORBIDDEN);
        let seed = "0123456789abcdef0123456789abcdef";
        let body = format!("name=a&csrf={}", web::form_token(db.keys(), seed, ""));
        let cookie = format!("farun_seed={seed}");
        let mine = ("cookie", cookie.as_str());
        assert_eq!(raw(&server, &body, &[]).await.status, StatusCode::FORBIDDEN, "token without its cookie");
        assert_eq!(
            raw(&server, &body, &[mine, ("sec-fetch-site", "cross-site")]).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            raw(&server, &body, &[mine, ("origin", "https://evil.example"), ("host", "farun.example")])
                .await
                .status,
            StatusCode::FORBIDDEN
        );
        let other = format!("name=a&csrf={}", web::form_token(db.keys(), seed, "another session"));
        assert_eq!(raw(&server, &other, &[mine]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(count(&db).await?, 0);
        assert_eq!(
            raw(&server, &body, &[mine, ("origin", "https://farun.example"), ("host", "farun.example")])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(count(&db).await?, 1);
        Ok(())
    });
}

#[test]
fn a_doubled_form_changes_once_even_when_fifty_come_together() {
    on_both(&[], |db| async move {
        let server = Arc::new(server(db.clone()));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let server = Arc::clone(&server);
            tasks.spawn(
                async move { server.post("/open", &[("name", "abc"), ("idempotency_key", "k")]).await },
            );
        }
        let mut answered = 0;
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("the task ends");
            answered += usize::from(answer.status == StatusCode::SEE_OTHER && answer.location() == "/act?3");
        }
        assert_eq!(answered, 50, "every twin gets the one answer");
        assert_eq!(
            server.post("/open", &[("name", "abc"), ("idempotency_key", "k")]).await.location(),
            "/act?3"
        );
        assert_eq!(count(&db).await?, 1);
        assert_eq!(server.post("/open", &[("name", "other"), ("idempotency_key", "k")]).await.status, 422);
        Ok(())
    });
}

#[test]
fn who_may_not_is_refused_and_who_is_not_logged_in_is_sent_to_the_log_in() {
    on_sqlite(&[], |db| async move {
        let server = server(db);
        let stranger = server.get("/act?x=1").await;
        assert_eq!((stranger.status.as_u16(), stranger.location()), (303, "/login?next=%2Fact%3Fx%3D1"));
        assert_eq!(server.log_in(actor(Role::Clerk)).get("/act").await.status, StatusCode::FORBIDDEN);
        assert_eq!(server.log_in(actor(Role::Manager)).get("/act").await.status, StatusCode::OK);
        let foreign =
            Request::builder().method("POST").uri("/act").body(Body::from("name=x")).expect("a request");
        assert_eq!(
            server.send(foreign).await.status,
            StatusCode::FORBIDDEN,
            "nothing of another site is kept for sending"
        );
        let expired = server.post("/act", &[("name", "不能<丢>")]).await;
        assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
        assert!(expired.text().contains("name=%E4%B8%8D"), "what was typed is carried along");
        Ok(())
    });
}

#[test]
fn too_much_is_refused_and_what_is_shown_is_escaped() {
    on_sqlite(&[], |db| async move {
        let server = server(db);
        let long = "x".repeat(300 * 1024);
        assert_eq!(server.post("/open", &[("name", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let hostile = "\"><script>alert(1)</script>";
        let answer = server.post("/open", &[("other", hostile), ("name", " ")]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains("请填写姓名") && !answer.text().contains("<script>alert"));
        assert!(answer.text().contains("<title>错误：试验"));
        Ok(())
    });
}

#[test]
fn every_answer_carries_the_security_headers_and_faults_show_a_number_only() {
    on_sqlite(&[], |db| async move {
        let server = server(db);
        for path in ["/open", "/fails", "/nowhere", "/healthz", "/api/refuses", "/assets/none"] {
            let answer = server.get(path).await;
            for name in [
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "x-frame-options",
                "cache-control",
            ] {
                assert!(answer.headers.contains_key(name), "{name} of {path}");
            }
            let csp = answer.headers["content-security-policy"].to_str().unwrap_or_default();
            assert!(!csp.contains("unsafe") && csp.contains("object-src 'none'"), "{csp}");
            let kind = answer.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
            assert!(answer.bytes.is_empty() || kind.contains("charset=utf-8"), "{path}: {kind}");
        }
        let fault = server.get("/fails").await;
        assert_eq!(fault.status, 500);
        assert!(fault.text().contains("事件编号") && !fault.text().contains("secret"));
        let api = server.get("/api/refuses").await;
        assert_eq!(api.status, 404);
        let json: serde_json::Value = serde_json::from_slice(&api.bytes)?;
        assert_eq!(json["error"]["message"], "没有这个");
        assert_eq!(server.get("/nowhere").await.status, 404);
        Ok(())
    });
}

#[test]
fn the_text_size_is_kept_and_leads_back_only_to_own_pages() {
    on_sqlite(&[], |db| async move {
        let server = server(db);
        let answer = server.post("/text-size", &[("size", "elder"), ("back", "/open?x=1")]).await;
        assert_eq!(answer.location(), "/open?x=1");
        assert!(
            answer
                .headers
                .get_all("set-cookie")
                .iter()
                .any(|c| c.to_str().is_ok_and(|c| c.starts_with("farun_size=elder")))
        );
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"] {
            assert_eq!(
                server.post("/text-size", &[("size", "elder"), ("back", elsewhere)]).await.location(),
                "/"
            );
        }
        Ok(())
    });
}

#[test]
fn a_file_arrives_with_its_form_and_is_read_only_for_those_who_may_send_it() {
    on_sqlite(&[], |db| async move {
        let server = server(db.clone());
        let big = vec![7; 400_000];
        let manager = server.log_in(actor(Role::Manager));
        let got = manager.upload("/file", &[("name", "表格")], ("file", "名册.xlsx", &big)).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/got?6"));
        assert_eq!(count(&db).await?, 400_000);
        let nothing = manager.upload("/file", &[], ("file", "", b"")).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let over = manager.upload("/file", &[], ("file", "大.xlsx", &vec![7; 700_000])).await;
        assert_eq!(over.status, StatusCode::PAYLOAD_TOO_LARGE);
        let other = server.log_in(actor(Role::Leader)).upload("/file", &[], ("file", "a", b"b")).await;
        assert_eq!(other.status, StatusCode::FORBIDDEN);
        let nobody = server.upload("/file", &[], ("file", "a", b"b")).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
        assert_eq!(count(&db).await?, 400_000);
        Ok(())
    });
}

#[test]
fn a_form_that_names_what_is_gone_says_so_and_keeps_what_was_typed() {
    on_sqlite(&[], |db| async move {
        let answer = server(db).log_in(actor(Role::Manager)).post("/dangles", &[("name", "蒋阿林")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(
            answer.text().contains("已经不存在") && answer.text().contains("蒋阿林"),
            "{}",
            answer.main()
        );
        Ok(())
    });
}

/// A daemon of ClamAV that finds something in every file, or hangs up.
async fn clamd(finds: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut asked, mut piece) = (Vec::new(), [0; 4096]);
            // A chunk of no bytes ends the file.
            while !asked.ends_with(&[0; 4]) {
                let length = stream.read(&mut piece).await.expect("a command");
                assert_ne!(length, 0, "the file ends before its end was told");
                asked.extend_from_slice(&piece[..length]);
            }
            assert!(asked.starts_with(b"zINSTREAM\0"));
            if finds {
                stream.write_all(b"stream: Eicar-Test-Signature FOUND\0").await.expect("an answer");
            }
        }
    });
    address
}

#[test]
fn a_file_in_which_something_was_found_or_that_nobody_could_look_at_is_not_taken() {
    on_sqlite(&[], |db| async move {
        for (finds, status, said) in [
            (true, StatusCode::UNPROCESSABLE_ENTITY, "Eicar-Test-Signature"),
            (false, StatusCode::SERVICE_UNAVAILABLE, "系统正忙"),
        ] {
            let routes = Routes::new().action("/file", ACT, post(receive)).accepting_files(600_000);
            let now = kernel::Moment::parse("2022-05-06T09:00").expect("a moment");
            let settings =
                web::Settings { clamd: Some(clamd(finds).await.parse()?), ..web::Settings::default() };
            let modules = vec![Module { routes, ..Module::new("test", &[]) }];
            let server = Server::with_settings(db.clone(), Arc::new(FixedClock(now)), modules, settings);
            let manager = server.log_in(actor(Role::Manager));
            let answer = manager.upload("/file", &[], ("file", "a.pdf", b"X5O")).await;
            assert_eq!(answer.status, status, "{}", answer.main());
            assert!(answer.text().contains(said), "{}", answer.main());
            assert_eq!(count(&db).await?, 0, "nothing was taken");
        }
        Ok(())
    });
}

#[test]
fn a_script_that_sends_a_form_is_answered_in_json() {
    on_sqlite(&[], |db| async move {
        let server = server(db.clone());
        let seed = "0123456789abcdef0123456789abcdef";
        let cookie = format!("farun_seed={seed}");
        let token = web::form_token(db.keys(), seed, "");
        let ask = async |body: &str, token: &str, key: &str| {
            let headers = [
                ("cookie", cookie.as_str()),
                ("accept", "application/json"),
                ("x-csrf-token", token),
                ("idempotency-key", key),
                ("sec-fetch-site", "same-origin"),
            ];
            let answer = raw(&server, body, &headers).await;
            let json: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
            (answer.status.as_u16(), json, answer.headers)
        };
        let (status, json, headers) = ask("name=a", &token, "k1").await;
        assert_eq!((status, json["location"].as_str()), (200, Some("/act?1")));
        assert_eq!(json["done"], "好了");
        assert!(headers.get("set-cookie").is_none(), "the next page does not speak of it: {headers:?}");
        let (status, json, _) = ask("name=a", &token, "k1").await;
        assert_eq!((status, json["location"].as_str()), (200, Some("/act?1")), "sent twice");
        assert_eq!(count(&db).await?, 1, "done once");
        let (status, json, _) = ask("name=", &token, "k2").await;
        assert_eq!((status, json["error"]["status"].as_i64()), (422, Some(422)));
        assert_eq!(json["error"]["fields"][0]["message"], "请填写姓名");
        let (status, json, _) = ask("name=a", "", "k3").await;
        assert_eq!((status, json["error"]["status"].as_i64()), (403, Some(403)));
        let request = Request::builder()
            .method("POST")
            .uri("/act")
            .header("accept", "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from("name=a"))
            .expect("a request");
        let expired = server.send(request).await;
        assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
        assert!(expired.text().starts_with("{\"error\""), "no page to log in on: {}", expired.text());
        // People without a script are still sent on.
        let plain = raw(
            &server,
            &format!("name=a&csrf={token}"),
            &[("cookie", &cookie), ("sec-fetch-site", "same-origin")],
        )
        .await;
        assert_eq!(plain.status, StatusCode::SEE_OTHER);
        Ok(())
    });
}

#[test]
fn over_tls_cookies_belong_to_this_host_and_planted_ones_are_not_read() {
    on_sqlite(&[], |db| async move {
        let routes = Routes::new().public_page("/open", get(show)).page("/act", ACT, get(show));
        let now = kernel::Moment::parse("2022-05-06T09:00").expect("a moment");
        let settings = web::Settings {
            public_url: "https://falv.example.gov.cn".to_owned(),
            staff_url: "https://farun.example.gov.cn".to_owned(),
            ..web::Settings::default()
        };
        let modules = vec![Module { routes, ..Module::new("test", &[]) }];
        let server = Server::with_settings(db, Arc::new(FixedClock(now)), modules, settings);
        let manager = server.log_in(actor(Role::Manager));
        let answer = server.get("/open").await;
        assert!(
            answer.headers["strict-transport-security"]
                .to_str()
                .unwrap_or_default()
                .contains("max-age=31536000; includeSubDomains")
        );
        let ask = |cookie: &'static str| {
            let request = Request::builder().uri("/act").header(header::COOKIE, cookie);
            manager.send(request.body(Body::empty()).expect("a request"))
        };
        assert_eq!(
            ask("farun_session=manager").await.status,
            StatusCode::SEE_OTHER,
            "sent to the log-in page"
        );
        let answer = ask("__Host-farun_session=manager").await;
        assert_eq!(answer.status, StatusCode::OK);
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let cookies: Vec<&str> = cookies.collect();
        assert!(!cookies.is_empty());
        for cookie in cookies {
            assert!(
                cookie.starts_with("__Host-") && cookie.contains("; Secure") && cookie.contains("Path=/"),
                "{cookie}"
            );
        }
        Ok(())
    });
}

#[test]
fn a_trace_is_refused_and_says_nothing_back() {
    on_sqlite(&[], |db| async move {
        let server = server(db);
        for path in ["/open", "/act", "/nowhere", "/healthz"] {
            let request = Request::builder().method("TRACE").uri(path).header("cookie", "farun_seed=mirror");
            let answer = server.send(request.body(Body::empty()).expect("a request")).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            assert!(!answer.text().contains("mirror"), "{path}");
        }
        Ok(())
    });
}

/// What the program says about itself.
#[derive(Clone, Default)]
struct Said(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn refused_attempts_are_logged_with_who_and_where_and_nothing_else() {
    let said = Said::default();
    let writer = said.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _quiet = tracing::subscriber::set_default(subscriber);
    on_sqlite(&[], |db| async move {
        let server = server(db);
        let clerk = server.log_in(actor(Role::Clerk));
        clerk.get("/act?secret=13800000000").await;
        clerk.get("/nowhere/320412-1").await;
        server.get("/nowhere/320412-2").await;
        Ok(())
    });
    let said = String::from_utf8_lossy(&said.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
        .into_owned();
    let refused: Vec<&str> = said.lines().filter(|line| line.contains("farun::refused")).collect();
    assert_eq!(refused.len(), 2, "strangers who mistype are no news: {said}");
    assert!(refused[0].contains("route=\"/act\" status=403 actor="), "{}", refused[0]);
    assert!(refused[1].contains("status=404") && !said.contains("13800000000"), "{}", refused[1]);
}
