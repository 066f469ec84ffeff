//! S6: nonsense in every parameter, query and field of every route is refused, never a fault.

use super::people::Site;
use crate::world::run;
use axum::http::Method;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::BTreeSet;
use web::Side;

/// Values that have broken systems before.
const EVIL: [&str; 22] = [
    "",
    "'",
    "\"",
    "' or 1=1 --",
    "%",
    "_",
    "\\",
    "-1",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "1e309",
    "NaN",
    "2022-02-30",
    "0000-00-00",
    "9999-12-31",
    "320412-",
    "320412-99999999999999999999",
    "../../etc/passwd",
    "𠮷",
    "\u{202e}",
    "{{7*7}}",
];

struct Source(TestRunner);

impl Source {
    fn text(&mut self) -> String {
        let pick = (0..EVIL.len() * 2).new_tree(&mut self.0).expect("a number").current();
        match EVIL.get(pick) {
            Some(evil) => (*evil).to_owned(),
            None => "\\PC{0,40}".new_tree(&mut self.0).expect("a text").current(),
        }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[test]
fn nonsense_is_refused_and_never_a_fault() {
    run(async {
        let site = Site::open().await?;
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut source = Source(TestRunner::new_with_rng(Config::default(), rng));
        let manager = site.person("manager").clone();
        let administrator = site.person("secadmin").clone();
        let walk = site.walk(&manager, 3, |_, _| {}).await;
        let mut names: BTreeSet<String> = walk
            .forms
            .iter()
            .flat_map(|(_, form)| form.fields.iter().map(|field| field.name.clone()))
            .collect();
        names.extend(
            [
                "q", "town", "kind", "from", "to", "page", "size", "after", "before", "sort", "period",
                "scheme", "as_of", "near", "next", "year",
            ]
            .map(str::to_owned),
        );
        let names: Vec<String> = names.into_iter().filter(|name| name != "csrf").collect();
        let specs: Vec<web::RouteSpec> = site.specs().into_iter().cloned().collect();
        let mut asked = 0;
        for spec in specs.iter().filter(|spec| spec.path != "/logout" && !spec.path.starts_with("/assets")) {
            for round in 0..12 {
                let mut uri = String::new();
                for part in spec.path.split('/').skip(1) {
                    uri.push('/');
                    match (part.contains('{'), round % 3) {
                        (true, 0) => uri.push_str("320412-1"),
                        (true, _) => uri.push_str(&encoded(&source.text()).replace('.', "%2E")),
                        (false, _) => uri.push_str(part),
                    }
                }
                let pairs: Vec<(String, String)> = (0..8)
                    .map(|_| {
                        let at = (0..names.len()).new_tree(&mut source.0).expect("a number").current();
                        (names[at].clone(), source.text())
                    })
                    .collect();
                let person = if spec.path.starts_with("/accounts") || spec.path.starts_with("/audit") {
                    &administrator
                } else {
                    &manager
                };
                let request = if spec.method == Method::GET {
                    let query: String =
                        form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
                    person.asks(Method::GET, &format!("{uri}?{query}")).body(axum::body::Body::empty())
                } else if spec.side == Side::Public || spec.method == Method::POST {
                    Ok(site.form(person, &uri, &pairs))
                } else {
                    continue;
                };
                let Ok(request) = request else { continue };
                let what = format!("{} {}", request.method(), request.uri());
                let answer = site.send(request).await;
                assert!(
                    !answer.status.is_server_error(),
                    "{what} {pairs:?} as {}: {}",
                    person.name,
                    answer.text
                );
                asked += 1;
            }
        }
        assert!(asked > 1_000, "only {asked} requests");
        Ok(())
    });
}
