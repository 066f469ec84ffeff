//! XML parts as trees: small enough to be held, read strictly, written as they came.

use crate::Unreadable;
use quick_xml::{
    Reader, Writer,
    escape::{escape, unescape},
    events::{BytesDecl, BytesStart, BytesText, Event},
};

/// Elements within elements: what Word writes is far less deep.
const DEEPEST: usize = 160;

/// A piece of an XML part.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// An element with what it holds.
    Element(Element),
    /// Text, unescaped.
    Text(String),
}

/// An element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    start: BytesStart<'static>,
    pub(crate) children: Vec<Node>,
}

impl Element {
    /// An element without anything in it.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { start: BytesStart::new(name), children: Vec::new() }
    }

    /// The same with an attribute.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.start.push_attribute((name, value));
        self
    }

    /// The same with text in it.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// The same with more in it.
    pub(crate) fn holding(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Whether it is called so, prefix and all.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.start.name().as_ref() == name
    }

    /// The value of an attribute, unescaped.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.start.try_get_attribute(name).ok().flatten()?;
        Some(unescape(&found.value).map_or_else(|_| found.value.to_string(), std::borrow::Cow::into_owned))
    }

    /// The elements directly in it.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// All text in it, however deep.
    pub(crate) fn whole_text(&self) -> String {
        self.children
            .iter()
            .map(|node| match node {
                Node::Element(element) => element.whole_text(),
                Node::Text(text) => text.clone(),
            })
            .collect()
    }
}

/// A part: its declaration is written anew, its root is kept.
#[derive(Debug, Clone)]
pub(crate) struct Part(pub(crate) Element);

fn damaged(part: &str) -> Unreadable {
    Unreadable::Damaged(part.to_owned())
}

/// Reads a part strictly: UTF-8, no declarations of entities, every end with its beginning, one root.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Part, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| damaged(name))?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let event = reader.read_event().map_err(|_| damaged(name))?;
        let done = match event {
            Event::Eof => break,
            Event::Start(start) => {
                if open.len() >= DEEPEST || root.is_some() {
                    return Err(damaged(name));
                }
                open.push(Element { start: checked(name, start)?, children: Vec::new() });
                None
            }
            Event::Empty(start) => Some(Element { start: checked(name, start)?, children: Vec::new() }),
            Event::End(_) => Some(open.pop().ok_or_else(|| damaged(name))?),
            Event::Text(text) => {
                said(name, &mut open, &text.xml10_content())?;
                None
            }
            Event::CData(text) => {
                said(name, &mut open, &text.xml10_content())?;
                None
            }
            Event::GeneralRef(reference) => {
                let character = match (&*reference, reference.resolve_char_ref()) {
                    (_, Ok(Some(character))) => character,
                    ("amp", _) => '&',
                    ("lt", _) => '<',
                    ("gt", _) => '>',
                    ("quot", _) => '"',
                    ("apos", _) => '\'',
                    _ => return Err(damaged(name)),
                };
                said(name, &mut open, character.encode_utf8(&mut [0; 4]))?;
                None
            }
            Event::DocType(_) => return Err(damaged(name)),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => None,
        };
        match (done, open.last_mut()) {
            (Some(element), Some(parent)) => parent.children.push(Node::Element(element)),
            (Some(element), None) if root.is_none() => root = Some(element),
            (Some(_), None) => return Err(damaged(name)),
            (None, _) => {}
        }
    }
    if !open.is_empty() {
        return Err(damaged(name));
    }
    root.map(Part).ok_or_else(|| damaged(name))
}

/// An element's beginning, if its attributes can be read.
fn checked(name: &str, start: BytesStart<'_>) -> Result<BytesStart<'static>, Unreadable> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| damaged(name))?;
        unescape(&attribute.value).map_err(|_| damaged(name))?;
    }
    Ok(start.into_owned())
}

/// Text in the innermost open element; outside of the root there is nothing but blanks.
fn said(name: &str, open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(parent) => match parent.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => parent.children.push(Node::Text(text.to_owned())),
        },
        None if text.trim().is_empty() => {}
        None => return Err(damaged(name)),
    }
    Ok(())
}

/// Writes a part. What is not permitted in XML is left out.
pub(crate) fn write(part: &Part) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), Some("yes"))))?;
    element(&mut writer, &part.0)?;
    Ok(writer.into_inner())
}

fn element(writer: &mut Writer<Vec<u8>>, what: &Element) -> std::io::Result<()> {
    if what.children.is_empty() {
        return writer.write_event(Event::Empty(what.start.borrow()));
    }
    writer.write_event(Event::Start(what.start.borrow()))?;
    for child in &what.children {
        match child {
            Node::Element(inner) => element(writer, inner)?,
            Node::Text(text) => {
                let text = permitted(text);
                writer.write_event(Event::Text(BytesText::from_escaped(escape(&text))))?;
            }
        }
    }
    writer.write_event(Event::End(what.start.to_end()))
}

/// The text without the characters that XML 1.0 does not know.
pub(crate) fn permitted(text: &str) -> String {
    text.chars()
        .filter(
            |c| matches!(*c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..),
        )
        .collect()
}
