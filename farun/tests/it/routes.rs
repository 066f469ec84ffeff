//! Every route with who may use it, kept as a golden file and proven against the running product.

use crate::world::{World, run};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use farun::{Config, demo, modules, wiring};
use std::fmt::Write as _;
use tower::ServiceExt as _;
use web::{Access, Role, RouteSpec, Side};

fn allowed(spec: &RouteSpec, role: Option<Role>) -> bool {
    match (spec.access, role) {
        (Access::Anyone, _) | (Access::LoggedIn, Some(_)) => true,
        (Access::Holding(permission), Some(role)) => permission.roles.contains(&role),
        (_, None) => false,
    }
}

#[test]
fn the_matrix_of_routes_and_roles_is_the_golden_one() {
    let mut matrix = String::from("route | side | anyone");
    for role in Role::ALL {
        write!(matrix, " | {}", role.key()).expect("text");
    }
    matrix.push('\n');
    let modules = modules();
    let mut specs: Vec<&RouteSpec> = modules.iter().flat_map(|module| module.routes.specs()).collect();
    specs.sort_by_key(|spec| (spec.path, spec.method.as_str()));
    for spec in specs {
        let side = if spec.side == Side::Public { "public" } else { "staff" };
        write!(matrix, "{} {} | {side}", spec.method, spec.path).expect("text");
        for role in std::iter::once(None).chain(Role::ALL.into_iter().map(Some)) {
            matrix.push_str(if allowed(spec, role) { " | yes" } else { " | -" });
        }
        matrix.push('\n');
    }
    insta::assert_snapshot!("routes", matrix);
}

/// The address of a route with something in place of its parameters.
fn address(spec: &RouteSpec) -> String {
    let filled = spec
        .path
        .replace("{id}", "320412-1")
        .replace("{period}", "2022Q1")
        .replace("{key}", "advisers.visits");
    let mut out = String::new();
    let mut inside = false;
    for c in filled.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("none");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

async fn ask(
    router: &axum::Router,
    method: &axum::http::Method,
    uri: &str,
    session: Option<&str>,
) -> StatusCode {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(session) = session {
        request = request.header(header::COOKIE, format!("farun_session={session}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("an answer").status()
}

async fn session(router: &axum::Router, db: &store::Db, username: &str) -> String {
    let seed = "0123456789abcdef0123456789abcdef";
    let token = web::form_token(db.keys(), seed, "");
    let request = Request::builder()
        .method("POST")
        .uri("/login")
        .header(header::COOKIE, format!("farun_seed={seed}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("username={username}&password={}&csrf={token}", demo::PASSWORD)))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "{username} logs in");
    let cookies = response.headers().get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
    let found =
        cookies.filter_map(|c| c.strip_prefix("farun_session=")).filter_map(|c| c.split(';').next()).next();
    found.expect("a session cookie").to_owned()
}

#[test]
fn every_route_lets_in_whom_the_matrix_says_and_nobody_else() {
    run(async {
        let world = World::demo().await?;
        let app = wiring::app(world.db.clone(), &Config::default(), None).await?;
        let router = web::router(&app, false);
        let mut asked = 0;
        let mut people = vec![(None, None)];
        for (username, _, role) in demo::LOGINS {
            people.push((Some(role), Some(session(&router, &world.db, username).await)));
        }
        for module in modules() {
            for spec in module.routes.specs() {
                for (role, session) in &people {
                    if spec.path == "/logout" {
                        continue; // would end the session under test
                    }
                    let status = ask(&router, &spec.method, &address(spec), session.as_deref()).await;
                    let who = role.map_or("anyone", Role::key);
                    if spec.method != "GET" {
                        // Without a form token nothing is changed, whoever asks.
                        let refused = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED];
                        assert!(
                            !spec.csrf || refused.contains(&status),
                            "{} {} as {who}: {status}",
                            spec.method,
                            spec.path
                        );
                    } else if allowed(spec, *role) {
                        assert!(
                            status != StatusCode::FORBIDDEN && !status.is_server_error(),
                            "{} as {who}: {status}",
                            spec.path
                        );
                    } else if role.is_some() {
                        assert_eq!(status, StatusCode::FORBIDDEN, "{} as {who}", spec.path);
                    } else {
                        assert!(
                            status == StatusCode::SEE_OTHER || status == StatusCode::UNAUTHORIZED,
                            "{} as {who}: {status}",
                            spec.path
                        );
                    }
                    asked += 1;
                }
            }
        }
        assert!(asked > 300, "only {asked} requests");
        Ok(())
    });
}

#[test]
fn staff_routes_do_not_exist_on_the_public_listener() {
    run(async {
        let world = World::demo().await?;
        let app = wiring::app(world.db.clone(), &Config::default(), None).await?;
        let router = web::router(&app, true);
        for module in modules() {
            for spec in module.routes.specs().filter(|spec| spec.method == "GET") {
                let status = ask(&router, &spec.method, &address(spec), None).await;
                if spec.side == Side::Staff {
                    // 405: a public form sent to the same address exists, its staff page does not.
                    assert!(
                        status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED,
                        "{}: {status}",
                        spec.path
                    );
                }
            }
        }
        assert_eq!(ask(&router, &axum::http::Method::GET, "/stations", None).await, StatusCode::OK);
        Ok(())
    });
}
