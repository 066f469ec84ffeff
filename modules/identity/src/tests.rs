//! Stories of the module, told through its pages on both engines.

mod accounts;
mod administrators;
mod clockwork;
mod guessing;
mod log_in;
mod own;
mod partners;
mod sessions;
mod trail;

use crate::{
    DbSessions,
    testing::{PASSWORD, migrations},
    throttle::Throttle,
};
use kernel::{FixedClock, Moment, Result, TestClock};
use std::{future::Future, sync::Arc};
use store::Db;
use testkit::{Answer, Server, Visitor, on_both_at};

/// Runs a story on both engines: business time stands at nine o'clock, the wall clock begins there too.
fn on_both<F, Fut>(story: F)
where
    F: Fn(Db, Arc<TestClock>, Server) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    on_both_at(&migrations(), |db, wall| {
        let server = serve(&db, Throttle::new());
        story(db, wall, server)
    });
}

/// The module behind the real guard, with these limits on guessing.
fn serve(db: &Db, throttle: Throttle) -> Server {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00").expect("a moment")));
    let modules = vec![places::module(), crate::module_with(throttle)];
    Server::behind(db.clone(), clock, modules, Arc::new(DbSessions))
}

/// Logs in with [`PASSWORD`].
async fn log_in(visitor: &mut Visitor<'_>, username: &str) -> Answer {
    visitor.get("/login").await;
    visitor.post("/login", &[("username", username), ("password", PASSWORD)]).await
}

/// Somebody who has just logged in.
async fn inside<'a>(server: &'a Server, username: &str) -> Visitor<'a> {
    let mut visitor = Visitor::new(server);
    let answer = log_in(&mut visitor, username).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/desk"), "{}", answer.text());
    visitor.get("/desk").await;
    visitor
}

/// The hidden fields of the form that goes to `action`, as a browser would send them.
fn hidden_fields(html: &str, action: &str) -> Vec<(String, String)> {
    let mark = format!(r#"action="{action}""#);
    let start = html.find(&mark).unwrap_or_else(|| panic!("no form to {action}: {html}"));
    let form = html[start..].split("</form>").next().expect("a form");
    let attribute = |tag: &str, name: &str| {
        let rest = &tag[tag.find(&format!(r#"{name}=""#))? + name.len() + 2..];
        rest.split('"').next().map(|value| {
            [
                ("&lt;", "<"),
                ("&#60;", "<"),
                ("&gt;", ">"),
                ("&#62;", ">"),
                ("&quot;", "\""),
                ("&#34;", "\""),
                ("&#39;", "'"),
                ("&#38;", "&"),
                ("&amp;", "&"),
            ]
            .iter()
            .fold(value.to_owned(), |text, (from, to)| text.replace(from, to))
        })
    };
    form.split("<input")
        .filter(|tag| tag.contains(r#"type="hidden""#))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .filter(|(name, _)| name != "csrf")
        .collect()
}

/// Borrowed pairs for [`Visitor::post`].
fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The text between two marks of a page.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    text[start..].split(after).next().unwrap_or_default()
}
