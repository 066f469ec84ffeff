//! What modules offer: kinds of documents, and the things that documents are about.

use docx::{Paper, Places, Values};
use kernel::{Fault, Id};
use std::{collections::BTreeSet, future::Future, pin::Pin};
use store::Tx;
use web::{Actor, Ctx, Reach, Role};

/// What stands on every template of ours.
pub const MARK: &str = "本系统拟稿，请本局核对";

/// What an offered function answers.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = kernel::Result<T>> + Send + 'a>>;

/// A kind of documents. Offer it as a [`web::Extension`].
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Stable name in addresses and rows: `aid-09`.
    pub id: &'static str,
    /// What it is about: the [`Subject`] of that name.
    pub object: &'static str,
    /// The number of the official form, or empty.
    pub form: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The word in its numbers: 给.
    pub word: &'static str,
    /// When it is made, for whoever chooses.
    pub when: &'static str,
    /// Stamped by the institution; else it is signed.
    pub stamped: bool,
    /// Given to somebody, with proof.
    pub served: bool,
    /// About those who handle the record, and not for them: what people said about them, what was thought before the decision.
    pub inner: bool,
    /// Who makes it.
    pub by: &'static [Role],
    /// Our own template, as [`docx::Paper`] reads it.
    pub text: &'static str,
}

impl Kind {
    /// Our own template.
    ///
    /// # Errors
    /// A fault if it cannot be written.
    pub fn default_template(&self) -> Result<Vec<u8>, Fault> {
        Paper::parse(self.text, MARK).docx()
    }

    /// Whether it is kept from this account.
    #[must_use]
    pub fn is_kept_from(&self, actor: &Actor) -> bool {
        self.inner && matches!(actor.reach(), Reach::Lawyer(_) | Reach::Firm(_))
    }

    /// What is done to make it valid, in a word.
    #[must_use]
    pub fn stamp_word(&self) -> &'static str {
        if self.stamped { "盖章" } else { "签字" }
    }
}

/// A named field and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it stands in the template: `申请人`, `材料.名称`.
    pub name: &'static str,
    /// What it is, for whoever edits the template.
    pub meaning: &'static str,
}

/// What a document is about, as its pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What the record is called.
    pub title: String,
    /// Its own page.
    pub href: String,
    /// The town whose officers see it.
    pub town: i64,
    /// The documents that there must be by now.
    pub wanted: Vec<Wanted>,
    /// Further pages about its documents: words and address.
    pub links: Vec<(&'static str, String)>,
}

/// A document that there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The kind.
    pub kind: &'static str,
    /// Why, with the article.
    pub why: &'static str,
}

/// Reads what a subject tells of one record.
pub type Read<T> = for<'a> fn(&'a mut Tx, &'a Ctx, i64) -> Answer<'a, T>;
/// The titles of those records that the person reaches.
pub type Titles = for<'a> fn(&'a mut Tx, &'a Ctx, &'a [i64]) -> Answer<'a, Vec<(i64, String)>>;
/// The records that words mean.
pub type Search = for<'a> fn(&'a mut Tx, &'a Ctx, &'a str) -> Answer<'a, Vec<i64>>;

/// A kind of records that documents are about. Offer it as a [`web::Extension`].
#[derive(Clone, Copy)]
pub struct Subject {
    /// The record's name in addresses: `legal_aid_case`.
    pub object: &'static str,
    /// What such a record is called.
    pub title: &'static str,
    /// The fields, as lines `name,meaning`.
    pub fields: &'static str,
    /// The record, if the person reaches it and may see what its documents say.
    pub about: Read<Option<About>>,
    /// The values of all fields; asked only after `about` found it.
    pub values: Read<Values>,
    /// The titles of those records that the person reaches.
    pub titles: Titles,
    /// The records that words mean (a name, a number), within the person's reach.
    pub search: Search,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subject({})", self.object)
    }
}

/// Fields that every document has.
pub(crate) const OWN: &[Field] = &[
    Field {
        name: "文书编号", meaning: "本系统按种类和年份连续编的号（编号规则待本局确认）"
    },
    Field { name: "文书名称", meaning: "文书的标题" },
    Field { name: "制作日期", meaning: "生成草稿的日期" },
];

impl Subject {
    /// The fields with their meanings.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let lines = self.fields.lines().filter_map(|line| line.split_once(','));
        OWN.iter()
            .copied()
            .chain(lines.map(|(name, meaning)| Field { name: name.trim(), meaning: meaning.trim() }))
            .collect()
    }

    /// The places that are none of the fields: misspelled ones, mostly.
    #[must_use]
    pub fn unknown(&self, places: &Places) -> Vec<String> {
        let known: BTreeSet<&str> = self.fields().iter().map(|field| field.name).collect();
        let counted = |name: &str| {
            let list = name.strip_suffix(".序号");
            list.is_some_and(|list| {
                known.iter().any(|known| known.split_once('.').is_some_and(|(of, _)| of == list))
            })
        };
        places.names().into_iter().filter(|name| !known.contains(name.as_str()) && !counted(name)).collect()
    }
}

/// The kind of that name.
pub(crate) fn kind(ctx: &Ctx, id: &str) -> Option<Kind> {
    ctx.app.extensions::<Kind>().find(|kind| kind.id == id).copied()
}

/// All kinds, in the order in which they are offered.
pub(crate) fn kinds(ctx: &Ctx) -> Vec<Kind> {
    ctx.app.extensions::<Kind>().copied().collect()
}

/// The subject of that name.
pub(crate) fn subject(ctx: &Ctx, object: &str) -> Option<Subject> {
    ctx.app.extensions::<Subject>().find(|subject| subject.object == object).copied()
}

/// The page with the documents of a record.
pub(crate) fn page_of(object: &str, id: i64) -> String {
    let id = Id::<()>::from_raw(id).map_or(String::new(), |id| id.to_string());
    format!("/documents/of/{object}/{id}")
}
