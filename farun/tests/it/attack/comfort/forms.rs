//! U6: every form of every page is sent empty and full of nonsense. What is refused says so in a summary that takes
//! the focus, beside each field, and keeps everything that was typed or chosen.

use crate::{
    attack::{
        html::{self, Form, Tag},
        people::{Answer, Person, Site},
        walk,
    },
    world::run,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is typed into every text field: nothing accepts all of it, and all of it must come back.
const TYPED: &str = "留住<这>&段话";

/// Forms with something to fill in that refuse neither nothing nor nonsense, with the reason.
const TAKES_ANYTHING: [(&str, &str); 3] = [
    ("/accounts/security", "a box, which may be ticked or not, and a line of any words, cut at its length"),
    ("/accounts/{id}/roles", "every set of the roles on offer is a choice, none of them too"),
    ("/aid/{id}/particulars", "what is not said follows from the case: nothing has to be filled in"),
];

/// Forms whose refusal is about no single field, with the reason.
const ABOUT_NO_FIELD: [(&str, &str); 1] =
    [("/imports/{id}/columns", "which columns are missing is told above the table of all of them")];

/// A choice that does not come back, with the reason.
const GIVES_WAY: [(&str, &str, &str); 1] =
    [("/services/new", "happened_on", "a day typed beside the chips is the day; the chip lets go")];

fn is_typed(kind: &str) -> bool {
    ["text", "search", "textarea", "date", "number", "tel", "email", "datetime-local", "month", "time"]
        .contains(&kind)
}

/// A field with its value as a person left it.
type Pair = (String, String);

/// Nothing typed, nothing chosen.
fn empty(form: &Form) -> Vec<Pair> {
    let boxes = ["radio", "checkbox", "submit", "file"];
    let fields = form.fields.iter().filter(|field| !boxes.contains(&field.kind.as_str()));
    fields
        .map(|field| {
            let value = if field.kind == "hidden" { field.value.clone() } else { String::new() };
            (field.name.clone(), value)
        })
        .collect()
}

/// Nonsense typed; of choices the first box and the last line of a list, or what the page proposes.
fn nonsense(form: &Form, choose: bool) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for field in &form.fields {
        let value = match field.kind.as_str() {
            "submit" | "file" => continue,
            kind if is_typed(kind) || kind == "password" => TYPED.to_owned(),
            "radio" | "checkbox" if choose => {
                if pairs.iter().any(|(name, _)| *name == field.name) {
                    continue;
                }
                field.value.clone()
            }
            "radio" | "checkbox" if !field.sent => continue,
            "select" if choose => field.options.last().unwrap_or(&field.value).clone(),
            _ => field.value.clone(),
        };
        pairs.push((field.name.clone(), value));
    }
    pairs
}

fn error_of<'a>(tags: &'a [Tag], id: &str) -> Option<&'a Tag> {
    tags.iter().find(|tag| tag.get("id") == Some(&format!("{id}-error")))
}

/// What is wrong with a refusal.
fn judge(form: &Form, sent: &[Pair], page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let tags = html::tags(page);
    let summary = tags.iter().find(|tag| tag.get("class") == Some("error-summary"));
    let Some(summary) = summary else { return vec!["no summary".to_owned()] };
    let heading = summary.get("aria-labelledby").unwrap_or_default();
    let named = tags.iter().any(|tag| !heading.is_empty() && tag.get("id") == Some(heading));
    if summary.get("role") != Some("alert") || summary.get("tabindex") != Some("-1") || !named {
        wrong.push("the summary cannot take the focus or has no name".to_owned());
    }
    if !page.contains("<title>错误：") {
        wrong.push("the title does not say that something is wrong".to_owned());
    }
    for id in complaints(page) {
        if !tags.iter().any(|tag| tag.get("id") == Some(id.as_str())) {
            wrong.push(format!("the summary leads to #{id}, which is not there"));
        }
        if error_of(&tags, &id).is_none_or(|tag| tag.get("class") != Some("field-error")) {
            wrong.push(format!("nothing stands beside #{id}"));
        }
    }
    let back = html::forms(page, &form.action);
    let back: Vec<&html::Field> = back.iter().flat_map(|form| &form.fields).collect();
    for (name, value) in sent.iter().filter(|(_, value)| !value.is_empty()) {
        let field = form.fields.iter().find(|field| field.name == *name).expect("a field of the form");
        let again = |f: &&&html::Field| f.name == *name && f.value == *value;
        let kept = match field.kind.as_str() {
            "password" | "hidden" => continue,
            "radio" | "checkbox" => back.iter().filter(again).any(|f| f.sent),
            _ => back.iter().any(|f| again(&f)),
        };
        let gives_way = GIVES_WAY.iter().any(|(path, field, _)| *path == form.action && field == name);
        if !kept && !gives_way {
            wrong.push(format!("{name} ({}) lost {value}", field.kind));
        }
    }
    wrong
}

/// The fields that the summary leads to.
fn complaints(page: &str) -> Vec<String> {
    let from = page.find("class=\"error-summary\"").unwrap_or(page.len());
    let summary = page[from..].split("</div>").next().unwrap_or_default();
    let tags = html::tags(summary);
    let links = tags.iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href"));
    links.filter_map(|link| link.strip_prefix('#')).map(str::to_owned).collect()
}

/// The form with a file that is none, or without one, as a browser would send it.
pub(super) fn with_file(
    site: &Site,
    person: &Person,
    uri: &str,
    pairs: &[Pair],
    file: Option<(&str, &str, &[u8])>,
) -> Request<Body> {
    const LINE: &str = "----a-line-between-parts";
    let mut body = Vec::new();
    let token = ("csrf".to_owned(), site.token(person));
    for (name, value) in pairs.iter().filter(|(name, _)| name != "csrf").chain([&token]) {
        let part = format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, file, bytes)) = file {
        let head = format!(
            "--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{LINE}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={LINE}");
    let request = person.asks(Method::POST, uri).header(header::CONTENT_TYPE, kind);
    request.header("sec-fetch-site", "same-origin").body(Body::from(body)).expect("a request")
}

/// The form sent in one of its ways; with what was sent.
async fn sent(site: &Site, person: &Person, form: &Form, way: usize) -> (Vec<Pair>, Answer) {
    let pairs = match way {
        0 => empty(form),
        way => nonsense(form, way == 2),
    };
    let pairs: Vec<Pair> = pairs.into_iter().filter(|(name, _)| name != "idempotency_key").collect();
    let request = if form.multipart {
        let name = form.fields.iter().find(|field| field.kind == "file").map_or("file", |field| &field.name);
        let bytes = TYPED.as_bytes();
        with_file(site, person, &form.action, &pairs, (way > 0).then_some((name, "x.xlsx", bytes)))
    } else {
        site.form(person, &form.action, &pairs)
    };
    (pairs, site.send(request).await)
}

/// A refusal that is as it should be, and the same spoilt in every way that is looked for.
async fn the_judge_is_awake(site: &Site) {
    let nobody = &site.people[0];
    let page = site.get(nobody, "/callback").await.text;
    let forms = html::forms(&page, "/callback");
    let form = forms.iter().find(|form| form.action == "/callback").expect("the form");
    let (pairs, answer) = sent(site, nobody, form, 1).await;
    let page = answer.text;
    assert_eq!(judge(form, &pairs, &page), Vec::<String>::new());
    let typed = html::tags(&page).iter().filter(|tag| tag.get("value") == Some(TYPED)).count();
    assert!(typed > 0, "{page}");
    for (part, instead) in [
        ("class=\"error-summary\"", "class=\"summary\""),
        (" tabindex=\"-1\" aria-labelledby=\"es\"", ""),
        (" role=\"alert\"", ""),
        ("id=\"es\"", ""),
        ("<title>错误：", "<title>"),
        ("class=\"field-error\"", "class=\"hint\""),
        (" id=\"phone\"", ""),
        ("留住", ""),
    ] {
        assert!(page.contains(part), "{part} is not on the page:\n{page}");
        assert_ne!(judge(form, &pairs, &page.replace(part, instead)), Vec::<String>::new(), "without {part}");
    }
}

#[test]
fn a_refused_form_says_why_beside_the_field_and_keeps_what_was_typed() {
    run(async {
        let site = Site::open().await?;
        let specs: Vec<web::RouteSpec> = site.specs().into_iter().cloned().collect();
        let specs: Vec<&web::RouteSpec> = specs.iter().collect();
        let (mut refused, mut beside, mut wrong) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut offered: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut copy = site.copy().await?;
        for person in &site.people {
            let walk = site.walk(person, 2, |_, _| {}).await;
            // The switch of the text size belongs to the shell and has nothing to fill in.
            for (_, form) in walk.forms.iter().filter(|(_, form)| form.action != "/text-size") {
                let spec = walk::route(&specs, &Method::POST, &form.action).expect("a form leads somewhere");
                let buttons = ["hidden", "submit"];
                let fillable = form.fields.iter().any(|field| !buttons.contains(&field.kind.as_str()));
                let tries = offered.entry(spec.path).or_default();
                if !fillable || beside.contains(spec.path) || *tries >= 4 {
                    continue;
                }
                *tries += 1;
                for way in 0..3 {
                    let (pairs, answer) = sent(&copy, person, form, way).await;
                    if [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNAUTHORIZED].contains(&answer.status) {
                        refused.insert(spec.path);
                        if !complaints(&answer.text).is_empty() {
                            beside.insert(spec.path);
                        }
                        let found = judge(form, &pairs, &answer.text).into_iter();
                        wrong.extend(found.map(|what| format!("{} as {}: {what}", spec.path, person.name)));
                    }
                    if answer.status == StatusCode::SEE_OTHER {
                        copy = site.copy().await?;
                    }
                }
            }
        }
        offered.retain(|_, tries| *tries > 0);
        println!(
            "{} forms, {} refuse, {} of them beside the field",
            offered.len(),
            refused.len(),
            beside.len()
        );
        let wrong: Vec<String> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        let anything: Vec<&str> = offered.keys().copied().filter(|path| !refused.contains(path)).collect();
        assert_eq!(anything, TAKES_ANYTHING.map(|(path, _)| path), "forms that refuse nothing");
        let about_none: Vec<&str> = refused.difference(&beside).copied().collect();
        assert_eq!(about_none, ABOUT_NO_FIELD.map(|(path, _)| path), "a refusal that is about no field");
        assert!(beside.len() > 40, "only {} forms refused anything", beside.len());
        the_judge_is_awake(&site).await;
        Ok(())
    });
}
