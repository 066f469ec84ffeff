//! Whether walks come everywhere: every page of the route table is opened by somebody who follows links, so every other
//! attack sees it too. A page that is born without a link, or whose records nobody plants, is found here.

use super::{holes, people::Site};
use crate::world::run;
use axum::http::{Method, StatusCode};
use std::collections::BTreeSet;

/// Pages that nobody of the walks opens, each with its reason.
const ELSEWHERE: [(&str, &str); 3] = [
    ("/apply/leave", "leads away at once, that is what it is for"),
    ("/statistics", "only leads on, to the period that ended last"),
    ("/setup/{token}", "is there until the first account is made"),
];

/// What programs ask for with more than a path.
const PROGRAMS: [&str; 1] = ["/api/v1/figures?period=2022Q1"];

#[test]
fn every_page_is_opened_by_somebody() {
    run(async {
        let site = Site::open().await?;
        let doors = site.doors.clone();
        let mut site = site.with_holes().await?;
        site.doors = doors;
        let mut missing: BTreeSet<&str> =
            site.specs().iter().filter(|spec| spec.method == Method::GET).map(|spec| spec.path).collect();
        for (path, _) in ELSEWHERE {
            assert!(missing.remove(path), "{path} is named as an exception, and is no page");
        }
        let first = ["nobody", "manager", "secadmin", "sysadmin", "auditor", "adviser"];
        let order = first.iter().map(|name| site.person(name));
        let rest = site.people.iter().filter(|person| !first.contains(&person.name.as_str()));
        let mut opened = BTreeSet::new();
        for person in order.chain(rest) {
            if missing.iter().all(|path| *path == holes::LOST) {
                break;
            }
            let walk = site.walk(person, 2, |_, _| {}).await;
            for pattern in walk.pages.values() {
                missing.remove(pattern);
                opened.insert(*pattern);
            }
            // What programs ask for has no link.
            for path in missing.clone().into_iter().filter(|path| !path.contains('{')) {
                let uri = PROGRAMS.iter().find(|uri| uri.split('?').next() == Some(path)).unwrap_or(&path);
                if site.get(person, uri).await.status == StatusCode::OK {
                    missing.remove(path);
                }
            }
        }
        assert_eq!(missing, [holes::LOST].into(), "nobody comes to these pages, of which one was planted");
        for (path, _) in ELSEWHERE {
            assert!(!opened.contains(path), "{path} is opened after all");
        }
        Ok(())
    });
}
