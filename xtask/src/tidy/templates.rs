//! Pages carry no code and no style of their own: the content security policy forbids both.

use super::{Finding, Tree};

const WHY: &str =
    "the content security policy lets a page run and style nothing inline: use foundation/assets";

pub(super) fn pages_run_no_inline_code(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pages = tree
        .with_extension("html")
        .filter(|(path, _)| path.starts_with("modules/") || path.starts_with("foundation/web/"));
    for (path, text) in pages {
        for tag in tags(&blank_template_code(text)) {
            findings.extend(objections(&tag).into_iter().map(|what| Finding::new(path, tag.line, what, WHY)));
        }
    }
    findings
}

/// An opening tag with its attributes, names in lower case.
struct Tag {
    line: usize,
    name: String,
    attributes: Vec<(String, String)>,
}

fn objections(tag: &Tag) -> Vec<String> {
    let value = |wanted: &str| tag.attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let mut found = Vec::new();
    if tag.name == "script"
        && value("src").is_none()
        && value("type").is_none_or(|kind| kind != "application/json")
    {
        found.push("an inline `<script>`".to_owned());
    }
    if tag.name == "style" {
        found.push("an inline `<style>`".to_owned());
    }
    for (name, value) in &tag.attributes {
        let handler =
            name.strip_prefix("on").is_some_and(|event| event.starts_with(|c: char| c.is_ascii_alphabetic()));
        if name == "style" || handler || name.starts_with("hx-on") {
            found.push(format!("the attribute `{name}=`"));
        }
        if value.trim_start().to_ascii_lowercase().starts_with("javascript:") {
            found.push(format!("code in the attribute `{name}=`"));
        }
    }
    found
}

/// Replaces `{% … %}`, `{{ … }}`, `{# … #}` and `<!-- … -->` by blanks, so that a `>` in them ends no tag.
fn blank_template_code(text: &str) -> String {
    const PAIRS: [(&str, &str); 4] = [("{%", "%}"), ("{{", "}}"), ("{#", "#}"), ("<!--", "-->")];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let pair = PAIRS.iter().find(|(open, _)| rest.starts_with(open));
        let length = match pair {
            Some((_, close)) => rest.find(close).map_or(rest.len(), |at| at + close.len()),
            None => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if pair.is_some() {
            clean.extend(piece.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        } else {
            clean.push_str(piece);
        }
        rest = after;
    }
    clean
}

fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for (start, _) in text.match_indices('<') {
        let inside = &text[start + 1..];
        let name: String = inside.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let line = text[..start].matches('\n').count() + 1;
        tags.push(Tag {
            line,
            attributes: attributes(&inside[name.len()..]),
            name: name.to_ascii_lowercase(),
        });
    }
    tags
}

/// The attributes up to the tag's end.
fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let length = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        if length == 0 {
            return found;
        }
        let name = rest[..length].to_ascii_lowercase();
        rest = rest[length..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let body = if quote.is_some() { &after[1..] } else { after };
            let end = match quote {
                Some(quote) => body.find(quote),
                None => body.find(|c: char| c.is_whitespace() || c == '>'),
            };
            let end = end.unwrap_or(body.len());
            value = &body[..end];
            rest = &body[(end + usize::from(quote.is_some())).min(body.len())..];
        }
        found.push((name, value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn findings(page: &str) -> Vec<String> {
        shown(&pages_run_no_inline_code(&Tree::planted(&[("modules/a/src/pages/a.html", page)])))
    }

    #[test]
    fn a_plain_page_is_fine() {
        let page = "<h1 class=\"style\">{% if a > b %}办事指南{% endif %}</h1>\n\
                    <!-- <script>old()</script> -->\n\
                    <script src=\"{{ url }}\" defer></script>\n\
                    <script type=\"application/json\">{}</script>\n\
                    <a href='{{ here }}' data-on=\"x\" hx-get=\"/a\">甲 < 乙</a>\n<input disabled value=on>";
        assert_eq!(findings(page), [""; 0]);
    }

    #[test]
    fn inline_code_and_style_are_found() {
        let page = "<p>\n<script>go()</script>\n<SCRIPT type=\"module\">x</SCRIPT>\n<style>p{}</style>\n\
                    <p title=\"a > b\"\n   style=\"color:red\">\n<b onclick=\"go()\" hx-on:click='go()'>\n\
                    <a href=\" JavaScript:go()\">\n";
        let at = |line: usize, what: &str| format!("modules/a/src/pages/a.html:{line}: {what}");
        assert_eq!(
            findings(page),
            [
                at(2, "an inline `<script>`"),
                at(3, "an inline `<script>`"),
                at(4, "an inline `<style>`"),
                at(5, "the attribute `style=`"),
                at(7, "the attribute `onclick=`"),
                at(7, "the attribute `hx-on:click=`"),
                at(8, "code in the attribute `href=`"),
            ]
        );
    }

    #[test]
    fn pages_that_are_not_served_are_left_alone() {
        let tree = Tree::planted(&[("docs/a.html", "<script>go()</script>")]);
        assert_eq!(shown(&pages_run_no_inline_code(&tree)), [""; 0]);
    }

    #[test]
    fn a_template_condition_does_not_hide_an_attribute() {
        assert_eq!(findings("<p {% if a > b %}style=\"x\"{% endif %}>").len(), 1);
    }
}
