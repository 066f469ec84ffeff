//! S6: nonsense in every parameter, query and field of every route is refused, never a fault.

use super::{holes, people::Site};
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

/// How many requests are made of every route. A nightly run asks for more, see `docs/scorecard.md`:
/// `FARUN_NONSENSE=100 cargo nextest run -p farun -E 'test(nonsense)'`.
#[expect(clippy::disallowed_methods, reason = "how long to try is asked of whoever runs the test")]
fn rounds() -> usize {
    std::env::var("FARUN_NONSENSE").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12)
}

/// Asks every route so often with nonsense; which faults came, and how many requests there were.
async fn ask(site: &Site, rounds: usize) -> (Vec<String>, usize) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut source = Source(TestRunner::new_with_rng(Config::default(), rng));
    let (manager, administrator) = (site.person("manager"), site.person("secadmin"));
    let walk = site.walk(manager, 3, |_, _| {}).await;
    let mut names: BTreeSet<String> =
        walk.forms.iter().flat_map(|(_, form)| form.fields.iter().map(|field| field.name.clone())).collect();
    names.extend(
        [
            "q", "town", "kind", "from", "to", "page", "size", "after", "before", "sort", "period", "scheme",
            "as_of", "near", "next", "year",
        ]
        .map(str::to_owned),
    );
    let names: Vec<String> = names.into_iter().filter(|name| name != "csrf").collect();
    // Records that are there: half of the requests come past the question whether there is such a record.
    let known: Vec<String> = walk
        .pages
        .keys()
        .flat_map(|uri| uri.split(['/', '?', '.']))
        .filter(|part| part.starts_with("320412-"))
        .map(str::to_owned)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let specs = site.specs();
    let (mut faults, mut asked) = (Vec::new(), 0);
    for spec in specs.iter().filter(|spec| spec.path != "/logout" && !spec.path.starts_with("/assets")) {
        // A page about a record is asked about those it has.
        let own: Vec<&String> =
            walk.pages.iter().filter(|(_, pattern)| **pattern == spec.path).map(|(uri, _)| uri).collect();
        for round in 0..rounds {
            let mut uri = String::new();
            for part in spec.path.split('/').skip(1) {
                uri.push('/');
                match (part.contains('{'), round % 3) {
                    (true, 0) if !known.is_empty() => {
                        let at = (0..known.len()).new_tree(&mut source.0).expect("a number").current();
                        uri.push_str(&known[at]);
                    }
                    (true, _) => uri.push_str(&encoded(&source.text()).replace('.', "%2E")),
                    (false, _) => uri.push_str(part),
                }
            }
            if round % 3 == 1
                && let Some(real) = own.get(round % own.len().max(1))
            {
                real.split('?').next().unwrap_or(real).clone_into(&mut uri);
            }
            let pairs: Vec<(String, String)> = (0..8)
                .map(|_| {
                    let at = (0..names.len()).new_tree(&mut source.0).expect("a number").current();
                    (names[at].clone(), source.text())
                })
                .collect();
            let person = if spec.path.starts_with("/accounts") || spec.path.starts_with("/audit") {
                administrator
            } else {
                manager
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
            if answer.status.is_server_error() {
                faults.push(format!("{what} {pairs:?} as {}: {}", person.name, answer.status));
            }
            asked += 1;
        }
    }
    (faults, asked)
}

#[test]
fn nonsense_is_refused_and_never_a_fault() {
    run(async {
        let site = Site::open_for(&["manager", "secadmin"]).await?.with_holes().await?;
        let (faults, asked) = ask(&site, rounds()).await;
        let (holes, faults): (Vec<String>, Vec<String>) =
            faults.into_iter().partition(|fault| holes::is_hole(fault));
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
        assert!(asked > 1_000, "only {asked} requests");
        assert_eq!(holes.len(), rounds(), "the fault that was planted is met every time");
        Ok(())
    });
}
