//! A template: which places it has, and what it becomes with values.

use crate::{
    Unreadable,
    package::{self, MAIN, Package},
    xml::{self, Element, Node, Part},
};
use std::collections::{BTreeMap, BTreeSet};

/// What stands where there is no value: a line to be filled in by hand.
pub const BLANK: &str = "________";
/// The name that counts the items of a list: `{{材料.序号}}`.
const NUMBER: &str = "序号";
/// The longest name of a place, in characters.
const LONGEST: usize = 40;

/// The places of a template, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Places with one value.
    pub texts: BTreeSet<String>,
    /// Places of lists: the list and what is told of an item.
    pub lists: BTreeMap<String, BTreeSet<String>>,
}

impl Places {
    /// All names as they are written in the template, without the braces.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let lists = self.lists.iter();
        let dotted =
            lists.flat_map(|(list, fields)| fields.iter().map(move |field| format!("{list}.{field}")));
        self.texts.iter().cloned().chain(dotted).collect()
    }
}

/// Values by the names of places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

impl Values {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value; it may have several lines.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.texts.insert(name.into(), value.into());
    }

    /// Sets a list: its fields, and the items with a value for each.
    pub fn set_list<const N: usize>(
        &mut self,
        name: impl Into<String>,
        fields: [&str; N],
        items: Vec<[String; N]>,
    ) {
        let items = items.into_iter().map(|item| fields.iter().map(|f| (*f).to_owned()).zip(item).collect());
        self.lists.insert(name.into(), items.collect());
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The .docx.
    pub bytes: Vec<u8>,
    /// Places that no value was known for; a line to be filled in by hand stands there.
    pub missing: BTreeSet<String>,
}

/// A template that was read and can be filled.
#[derive(Debug, Clone)]
pub struct Template {
    package: Package,
    /// The parts that hold text: the body, heads and feet of pages, notes.
    parts: Vec<(usize, Part)>,
    places: Places,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let package = package::read(bytes)?;
        let mut parts = Vec::new();
        let mut places = Places::default();
        for (nth, (name, content)) in package.parts.iter().enumerate() {
            if holds_text(name) {
                let part = xml::read(name, content)?;
                gather(&part.0, false, &mut places)?;
                parts.push((nth, part));
            }
        }
        Ok(Self { package, parts, places })
    }

    /// Its places.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Fills it.
    ///
    /// # Errors
    /// A fault if it cannot be written.
    pub fn fill(&self, values: &Values) -> Result<Filled, kernel::Fault> {
        let mut missing = BTreeSet::new();
        let mut files = self.package.parts.clone();
        for (nth, part) in &self.parts {
            let mut part = part.clone();
            let mut filling = Filling { values, item: None, in_cell: false, missing: &mut missing };
            filling.element(&mut part.0);
            if let Some((_, content)) = files.get_mut(*nth) {
                *content = xml::write(&part)?;
            }
        }
        Ok(Filled { bytes: package::bundle(&files)?, missing })
    }

    /// All text of the body, paragraphs as lines: for tests and for looking things up.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let body =
            self.parts.iter().find(|(nth, _)| self.package.parts.get(*nth).is_some_and(|(n, _)| n == MAIN));
        if let Some((_, part)) = body {
            told(&part.0, &mut out);
        }
        out
    }
}

/// The text of an element, paragraphs and lines as lines.
pub(crate) fn told(element: &Element, out: &mut String) {
    if element.is("w:t") {
        out.push_str(&element.whole_text());
    } else if element.is("w:br") {
        out.push('\n');
    }
    element.elements().for_each(|inner| told(inner, out));
    if element.is("w:p") {
        out.push('\n');
    }
}

fn holds_text(name: &str) -> bool {
    let file = name.strip_prefix("word/").unwrap_or_default();
    let noted = ["header", "footer", "footnotes", "endnotes"].iter().any(|start| file.starts_with(start));
    name == MAIN || (noted && file.ends_with(".xml") && !file.contains('/'))
}

/// A place in a paragraph's text: from the first brace to behind the last one, in bytes.
struct Place {
    from: usize,
    to: usize,
    name: String,
}

/// The places of a paragraph's text.
fn places_of(text: &str) -> Result<Vec<Place>, Unreadable> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{") {
        let from = at + start;
        let broken = || Unreadable::BrokenPlace(text[from..].chars().take(24).collect());
        let length = text[from..].find("}}").ok_or_else(broken)?;
        let name = text[from + 2..from + length].trim();
        if name.is_empty() || name.contains(['{', '}']) || name.chars().count() > LONGEST {
            return Err(broken());
        }
        if name.split('.').count() > 2 || name.split('.').any(str::is_empty) {
            return Err(broken());
        }
        at = from + length + 2;
        found.push(Place { from, to: at, name: name.to_owned() });
    }
    Ok(found)
}

/// The text of a paragraph itself, without that of paragraphs in it (text boxes).
fn own_text(paragraph: &Element, out: &mut String) {
    for inner in paragraph.elements() {
        if inner.is("w:t") {
            out.push_str(&inner.whole_text());
        } else if !inner.is("w:p") {
            own_text(inner, out);
        }
    }
}

fn gather(element: &Element, in_row: bool, places: &mut Places) -> Result<(), Unreadable> {
    let in_row = in_row || element.is("w:tr");
    if element.is("w:tr") {
        let lists = lists_of_row(element)?;
        if lists.len() > 1 {
            let names: Vec<String> = lists.into_iter().collect();
            return Err(Unreadable::TwoLists(names.join("、")));
        }
    }
    if element.is("w:p") {
        let mut text = String::new();
        own_text(element, &mut text);
        for place in places_of(&text)? {
            match place.name.split_once('.') {
                Some(_) if !in_row => return Err(Unreadable::ListOutsideRow(place.name)),
                Some((list, field)) => {
                    places.lists.entry(list.to_owned()).or_default().insert(field.to_owned());
                }
                None => {
                    places.texts.insert(place.name);
                }
            }
        }
    }
    element.elements().try_for_each(|inner| gather(inner, in_row, places))
}

/// The lists whose places stand in a row itself, not in a table within it.
fn lists_of_row(row: &Element) -> Result<BTreeSet<String>, Unreadable> {
    let mut lists = BTreeSet::new();
    let mut open: Vec<&Element> = row.elements().collect();
    while let Some(element) = open.pop() {
        if element.is("w:tr") {
            continue;
        }
        if element.is("w:p") {
            let mut text = String::new();
            own_text(element, &mut text);
            lists.extend(
                places_of(&text)?.iter().filter_map(|p| p.name.split_once('.')).map(|(l, _)| l.to_owned()),
            );
        }
        open.extend(element.elements());
    }
    Ok(lists)
}

/// One item of a list, while its row is filled.
#[derive(Clone, Copy)]
struct Item<'a> {
    list: &'a str,
    nth: usize,
    fields: Option<&'a BTreeMap<String, String>>,
}

struct Filling<'a, 'm> {
    values: &'a Values,
    item: Option<Item<'a>>,
    /// Whether this is in a cell, where nothing is better than a line.
    in_cell: bool,
    missing: &'m mut BTreeSet<String>,
}

impl<'a> Filling<'a, '_> {
    fn element(&mut self, element: &mut Element) {
        if element.is("w:p") {
            self.paragraph(element);
        }
        let was_in_cell = self.in_cell;
        self.in_cell |= element.is("w:tc");
        let children = std::mem::take(&mut element.children);
        for child in children {
            match child {
                Node::Element(row) if row.is("w:tr") => self.row(row, &mut element.children),
                Node::Element(mut inner) => {
                    self.element(&mut inner);
                    element.children.push(Node::Element(inner));
                }
                text @ Node::Text(_) => element.children.push(text),
            }
        }
        self.in_cell = was_in_cell;
    }

    /// A row, once for every item of its list; once without any if the list is empty.
    fn row(&mut self, row: Element, out: &mut Vec<Node>) {
        let list = lists_of_row(&row).unwrap_or_default().pop_first();
        let Some(list) = list else {
            let mut row = row;
            self.element(&mut row);
            out.push(Node::Element(row));
            return;
        };
        let outer = self.item;
        let known = self.values.lists.get_key_value(&list);
        let items: Vec<Item<'a>> = known.map_or_else(Vec::new, |(list, items)| {
            let items = items.iter().enumerate();
            items.map(|(nth, fields)| Item { list, nth, fields: Some(fields) }).collect()
        });
        let nothing = known.map(|(list, _)| Item { list, nth: 0, fields: None });
        let items = if items.is_empty() { nothing.into_iter().collect() } else { items };
        if items.is_empty() {
            // No such list is known: the places are told by name.
            let mut row = row;
            self.element(&mut row);
            out.push(Node::Element(row));
            return;
        }
        for item in items {
            self.item = Some(item);
            let mut again = row.clone();
            self.element(&mut again);
            out.push(Node::Element(again));
        }
        self.item = outer;
    }

    fn paragraph(&mut self, paragraph: &mut Element) {
        let mut text = String::new();
        own_text(paragraph, &mut text);
        // Reading has seen the same text: there is nothing broken in it.
        let places = places_of(&text).unwrap_or_default();
        if places.is_empty() {
            return;
        }
        let alone = places.len() == 1 && places[0].from == 0 && places[0].to == text.len();
        let values: Vec<String> =
            places.iter().map(|place| self.value(&place.name, alone && self.in_cell)).collect();
        let mut at = 0;
        replace(paragraph, &places, &values, &mut at);
    }

    fn value(&mut self, name: &str, alone_in_cell: bool) -> String {
        let found = match (name.split_once('.'), self.item) {
            (None, _) => self.values.get(name).map(str::to_owned),
            (Some((list, field)), Some(item)) if item.list == list => match item.fields {
                Some(_) if field == NUMBER => Some((item.nth + 1).to_string()),
                Some(fields) => fields.get(field).cloned(),
                None => Some(String::new()),
            },
            (Some(_), _) => None,
        };
        match found {
            // What XML does not know is left out when it is written.
            Some(value) if !xml::permitted(&value).trim().is_empty() => value,
            Some(_) if alone_in_cell => String::new(),
            Some(_) => BLANK.to_owned(),
            None => {
                self.missing.insert(name.to_owned());
                BLANK.to_owned()
            }
        }
    }
}

/// Puts values where places were. The piece of text in which a place begins gets the value, the others lose their share.
fn replace(element: &mut Element, places: &[Place], values: &[String], at: &mut usize) {
    let children = std::mem::take(&mut element.children);
    for child in children {
        match child {
            Node::Element(piece) if piece.is("w:t") => {
                let old = piece.whole_text();
                let (from, to) = (*at, *at + old.len());
                *at = to;
                let touched = places.iter().any(|place| place.from < to && place.to > from);
                if touched {
                    pieces(&renewed(&old, from, places, values), &mut element.children);
                } else {
                    element.children.push(Node::Element(piece));
                }
            }
            Node::Element(mut inner) => {
                if !inner.is("w:p") {
                    replace(&mut inner, places, values, at);
                }
                element.children.push(Node::Element(inner));
            }
            text @ Node::Text(_) => element.children.push(text),
        }
    }
}

/// What a piece of text that began at `from` becomes.
fn renewed(old: &str, from: usize, places: &[Place], values: &[String]) -> String {
    let mut text = String::new();
    for (offset, character) in old.char_indices() {
        let at = from + offset;
        if let Some(nth) = places.iter().position(|place| place.from == at) {
            text.push_str(&values[nth]);
        }
        if !places.iter().any(|place| (place.from..place.to).contains(&at)) {
            text.push(character);
        }
    }
    text
}

/// Text as Word wants it: lines and tabs are elements of their own.
fn pieces(text: &str, out: &mut Vec<Node>) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (nth, line) in text.split('\n').enumerate() {
        if nth > 0 {
            out.push(Node::Element(Element::new("w:br")));
        }
        for (nth, piece) in line.split('\t').enumerate() {
            if nth > 0 {
                out.push(Node::Element(Element::new("w:tab")));
            }
            let piece = xml::permitted(piece);
            if !piece.is_empty() {
                out.push(Node::Element(Element::new("w:t").with("xml:space", "preserve").text(piece)));
            }
        }
    }
}
