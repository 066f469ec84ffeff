//! Reads links and forms from our own pages.

/// A tag with its attributes and the text up to the next tag.
pub(super) struct Tag {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

/// The tags of a page, in order; closing tags have a name that begins with `/`.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() || rest.starts_with('>') || rest.starts_with("/>") {
                break;
            }
            let end = rest.find(['=', '>', ' ', '\n']).unwrap_or(rest.len());
            let key = rest[..end].to_ascii_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix('=') {
                let quote = after.chars().next().unwrap_or('"');
                if quote == '"' || quote == '\'' {
                    let close = after[1..].find(quote).map_or(after.len(), |at| at + 1);
                    value = unescape(&after[1..close]);
                    rest = after.get(close + 1..).unwrap_or_default();
                } else {
                    let close = after.find(['>', ' ']).unwrap_or(after.len());
                    value = unescape(&after[..close]);
                    rest = &after[close..];
                }
            } else if end == 0 {
                rest = rest.get(1..).unwrap_or_default();
            }
            if !key.is_empty() {
                attributes.push((key, value));
            }
        }
        let start = rest.find('>').map_or(rest.len(), |at| at + 1);
        rest = &rest[start..];
        let name = name.to_ascii_lowercase();
        // Only these two are read: a page has a thousand other texts.
        let told = ["option", "textarea"].contains(&name.as_str());
        let text = if told { unescape(&rest[..rest.find('<').unwrap_or(rest.len())]) } else { String::new() };
        found.push(Tag { name, attributes, text });
    }
    found
}

/// The addresses that a page leads to within the site: links, and searches with something chosen.
pub(super) fn links(html: &str, page: &str) -> Vec<String> {
    let tags = tags(html);
    let hrefs = tags.iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href"));
    let within = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("//"));
    let within: Vec<String> = within.map(|href| href.split('#').next().unwrap_or(href).to_owned()).collect();
    // Searches come first: of pages that are all alike only a few are visited.
    let mut found = Vec::new();
    let path = page.split('?').next().unwrap_or(page);
    for form in read(tags, path).into_iter().filter(|form| !form.post) {
        // A search within one record leads to that record again.
        if form.action == path && path.contains("320412-") {
            continue;
        }
        let chosen = |field: &Field| match field.options.iter().find(|option| !option.is_empty()) {
            Some(first) if field.value.is_empty() => first.clone(),
            _ => field.value.clone(),
        };
        let sent = form.fields.iter().filter(|field| field.sent);
        let pairs = sent.map(|field| (field.name.clone(), chosen(field)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        found.push(format!("{}?{query}", form.action));
    }
    found.extend(within);
    found
}

/// A field of a form.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    /// The input's type, or `select` or `textarea`.
    pub(super) kind: String,
    pub(super) value: String,
    /// Whether it is sent as the page stands.
    pub(super) sent: bool,
    /// The values that may be chosen.
    pub(super) options: Vec<String>,
}

/// A form, with one of the addresses that its buttons send it to.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) multipart: bool,
    pub(super) fields: Vec<Field>,
    post: bool,
    /// Whether a button sends it elsewhere than the form says.
    pub(super) elsewhere: bool,
}

/// The forms of a page that are posted; one without an address goes to the page itself.
pub(super) fn forms(html: &str, page: &str) -> Vec<Form> {
    read(tags(html), page).into_iter().filter(|form| form.post).collect()
}

fn read(tags: Vec<Tag>, page: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut open: Option<Form> = None;
    let mut elsewhere: Vec<String> = Vec::new();
    for tag in tags {
        match (tag.name.as_str(), open.as_mut()) {
            ("form", _) => {
                let action = tag.get("action").filter(|action| !action.is_empty()).unwrap_or(page);
                open = Some(Form {
                    action: action.to_owned(),
                    multipart: tag.get("enctype") == Some("multipart/form-data"),
                    fields: Vec::new(),
                    post: tag.get("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                    elsewhere: false,
                });
            }
            ("/form", _) => {
                let Some(form) = open.take() else { continue };
                for action in elsewhere.drain(..) {
                    found.push(Form { action, elsewhere: true, ..form.clone() });
                }
                found.push(form);
            }
            (_, Some(form)) => {
                elsewhere.extend(tag.get("formaction").map(str::to_owned));
                take(form, &tag);
            }
            _ => {}
        }
    }
    found
}

fn take(form: &mut Form, tag: &Tag) {
    let name = tag.get("name").unwrap_or_default().to_owned();
    let value = tag.get("value").unwrap_or_default().to_owned();
    match tag.name.as_str() {
        "input" if !name.is_empty() => {
            let kind = tag.get("type").unwrap_or("text").to_owned();
            let boxed = kind == "checkbox" || kind == "radio";
            let sent = !boxed || tag.get("checked").is_some();
            // Kinds of files that may be chosen.
            let options = tag.get("accept").unwrap_or_default().split(',').map(str::to_owned).collect();
            form.fields.push(Field { name, kind, value, sent, options });
        }
        "textarea" if !name.is_empty() => {
            let value = tag.text.trim().to_owned();
            form.fields.push(Field { name, kind: "textarea".into(), value, sent: true, options: Vec::new() });
        }
        "select" if !name.is_empty() => {
            let field =
                Field { name, kind: "select".into(), value: String::new(), sent: true, options: Vec::new() };
            form.fields.push(field);
        }
        "option" => {
            if let Some(field) = form.fields.last_mut().filter(|field| field.kind == "select") {
                let value = tag.get("value").map_or_else(|| tag.text.trim().to_owned(), str::to_owned);
                if tag.get("selected").is_some() {
                    field.value.clone_from(&value);
                }
                field.options.push(value);
            }
        }
        "button" if !name.is_empty() => {
            form.fields.push(Field { name, kind: "submit".into(), value, sent: false, options: Vec::new() });
        }
        _ => {}
    }
}

#[test]
fn links_and_forms_are_read_as_a_browser_would() {
    let page = r##"<a href="/a?x=1&amp;y=2#part">A</a><a href="https://elsewhere/">B</a>
        <form method="get" action="/find"><input name="q"></form>
        <form action="/rows"><input type="hidden" name="y" value="3"><button formaction="/keep">留</button></form>
        <form method="post"><input type="hidden" name="csrf" value="t"><select name="s"><option value="">请选择<option value="2" selected>二</select>
        <input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked><textarea name="t">
        甲&lt;乙</textarea><button name="go" value="1">好</button><button formaction="/there">别处</button></form>"##;
    assert_eq!(links(page, "/here"), ["/find?q=", "/keep?y=3", "/rows?y=3", "/a?x=1&y=2"]);
    let forms = forms(page, "/here");
    let actions: Vec<&str> = forms.iter().map(|form| form.action.as_str()).collect();
    assert_eq!(actions, ["/there", "/here"]);
    let sent: Vec<_> =
        forms[0].fields.iter().filter(|f| f.sent).map(|f| (f.name.as_str(), f.value.as_str())).collect();
    assert_eq!(sent, [("csrf", "t"), ("s", "2"), ("r", "2"), ("t", "甲<乙")]);
}
