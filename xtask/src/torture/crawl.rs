//! Walks the site as a person does: what pages there are, what their links and forms ask for.

use super::{Result, http::Client};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A form, or a link with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) post: bool,
    pub(crate) path: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Paths of pages that answered 200, an example or two of each kind.
    pub(crate) pages: Vec<String>,
    /// Links to files that the browser saves.
    pub(crate) files: BTreeSet<String>,
    pub(crate) asked: Vec<Asked>,
}

/// Of pages that differ in numbers only, so many are looked at.
const OF_A_KIND: usize = 2;

/// Whether following a link or sending a form would end the walk.
fn ends_it(path: &str) -> bool {
    path.starts_with("/logout") || path.starts_with("/assets") || path.starts_with("//")
}

/// The path with its ids left out: `/villages/{}`.
pub(crate) fn kind_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let part = |part: &str| {
        if part.contains(|c: char| c.is_ascii_digit()) && part != "v1" { "{}" } else { part }.to_owned()
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

pub(crate) fn crawl(client: &mut Client, from: &[&str], most: usize) -> Result<Found> {
    let mut queue: VecDeque<String> = from.iter().map(|path| (*path).to_owned()).collect();
    let (mut seen, mut found) = (BTreeMap::<String, usize>::new(), Found::default());
    let mut known: BTreeSet<String> = queue.iter().cloned().collect();
    while let Some(path) = queue.pop_front() {
        if found.pages.len() >= most {
            break;
        }
        let times = seen.entry(kind_of(&path)).or_default();
        *times += 1;
        if *times > OF_A_KIND {
            continue;
        }
        let answer = client.get(&path)?;
        if answer.status == 303 && answer.location.starts_with('/') {
            queue.push_back(answer.location);
            continue;
        }
        if answer.status != 200 || !answer.head.to_ascii_lowercase().contains("content-type: text/html") {
            continue;
        }
        found.pages.push(path.clone());
        let html = answer.text();
        for link in attributes(&html, "a", "href") {
            let bare = link.split(['?', '#']).next().unwrap_or_default().to_owned();
            if !bare.starts_with('/') || ends_it(&bare) {
                continue;
            }
            if [".xlsx", ".csv"].iter().any(|ending| bare.ends_with(ending)) {
                found.files.insert(link);
                continue;
            }
            if let Some((_, query)) = link.split_once('?') {
                let fields =
                    query.split('#').next().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
                let fields = fields.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                found.asked.push(Asked { post: false, path: bare.clone(), fields });
            }
            if known.insert(link.clone()) {
                queue.push_back(link);
            }
        }
        found.asked.extend(forms(&html, &path));
    }
    Ok(found)
}

/// The forms of a page.
pub(crate) fn forms(html: &str, page: &str) -> Vec<Asked> {
    let mut forms = Vec::new();
    for piece in html.split("<form").skip(1) {
        let whole = piece.split("</form>").next().unwrap_or(piece);
        let Some((tag, inner)) = whole.split_once('>') else { continue };
        let bare = page.split(['?', '#']).next().unwrap_or(page);
        let action =
            attribute(tag, "action").filter(|action| !action.is_empty()).unwrap_or_else(|| bare.to_owned());
        let (path, query) = action.split_once('?').unwrap_or((&action, ""));
        if !path.starts_with('/') || ends_it(path) || tag.contains("multipart/") {
            continue;
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        fields.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for kind in ["input", "select", "textarea", "button"] {
            for piece in inner.split(&format!("<{kind}")).skip(1) {
                let Some((tag, rest)) = piece.split_once('>') else { continue };
                let Some(name) = attribute(tag, "name") else { continue };
                let value = match kind {
                    "select" => rest.split("</select>").next().and_then(chosen),
                    "textarea" => rest.split("</textarea>").next().map(str::to_owned),
                    _ => attribute(tag, "value"),
                };
                let value = value.unwrap_or_default();
                let of_several = tag.contains(r#"type="radio""#) || tag.contains(r#"type="checkbox""#);
                match fields.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) if of_several && tag.contains("checked") => known.1 = value,
                    Some(_) => {}
                    None => fields.push((name, value)),
                }
            }
        }
        forms.push(Asked {
            post: attribute(tag, "method").is_some_and(|m| m.eq_ignore_ascii_case("post")),
            path: path.to_owned(),
            fields,
        });
    }
    forms
}

/// The option that is selected, or the first that says something.
fn chosen(options: &str) -> Option<String> {
    let tags: Vec<&str> =
        options.split("<option").skip(1).filter_map(|piece| piece.split('>').next()).collect();
    let selected = tags.iter().find(|tag| tag.contains("selected"));
    let said = |tag: &&str| attribute(tag, "value").filter(|value| !value.is_empty());
    selected.and_then(said).or_else(|| tags.iter().find_map(said))
}

/// The value of an attribute in a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) =
        tag.split_once(&format!(" {name}=\"")).or_else(|| tag.split_once(&format!("\n{name}=\"")))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\"").replace("&#39;", "'"))
}

/// The values of an attribute of all tags of that name.
fn attributes(html: &str, tag: &str, name: &str) -> Vec<String> {
    let begins = format!("<{tag} ");
    let tags = html.split(&begins).skip(1).filter_map(|piece| piece.split('>').next());
    tags.filter_map(|inner| attribute(&format!(" {inner}"), name)).collect()
}

/// Percent-encodes a value for a query or a form.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The value behind percent signs and plus signs.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let hex =
            others.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &others[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = others;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_with_what_browsers_would_send() {
        let html = r#"<form method="post" action="/a?b=1"><input type="hidden" name="csrf" value="t&#38;">
            <select name="kind"><option value="">-</option><option value="x">X</option></select>
            <input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
            <textarea name="note">n</textarea></form><form action="/logout" method="post"></form>"#;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields =
            vec![pair("b", "1"), pair("csrf", "t&"), pair("r", "2"), pair("kind", "x"), pair("note", "n")];
        assert_eq!(forms(html, "/p"), [Asked { post: true, path: "/a".to_owned(), fields }]);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["a b", "村%'=\"", "+&"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
        assert_eq!(decoded("a+b%2"), "a b%2");
        assert_eq!(kind_of("/villages/320412-7/qr?x=1"), "/villages/{}/qr");
    }
}
