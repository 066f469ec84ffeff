//! Followers: what higher modules do when units change, in the same transaction.

use crate::event::Change;
use ::store::Tx;
use kernel::{Moment, Result};
use std::{future::Future, pin::Pin};
use web::App;

/// Something that has to be decided before an event is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Field of the form, and the name for [`Change::chosen`]: `advisers.keep`.
    pub name: &'static str,
    /// The words.
    pub label: String,
    /// What the default is and why.
    pub hint: String,
    /// Whether several may be ticked.
    pub several: bool,
    /// Value and words.
    pub options: Vec<(String, String)>,
    /// The values ticked by default.
    pub default: Vec<String>,
}

/// One consequence of an event, as the preview and the page of the event say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consequence {
    /// How many.
    pub count: i64,
    /// Of what: 条, 个, 人.
    pub unit_word: &'static str,
    /// What becomes of them, in Chinese.
    pub text: String,
    /// Where they can be seen or mended.
    pub href: Option<String>,
    /// What has to be decided first.
    pub question: Option<Question>,
}

/// Consequences, when they come.
pub type Consequences<'a> = Pin<Box<dyn Future<Output = Result<Vec<Consequence>>> + Send + 'a>>;
/// Nothing, when it is done.
pub type Followed<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Offered by a module in [`web::Module::extensions`].
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    /// What it is about, in Chinese: 法律顾问聘任.
    pub title: &'static str,
    /// What would happen; the units after have no ids yet.
    pub preview: for<'a> fn(&'a mut Tx, &'a Change) -> Consequences<'a>,
    /// Does it: for the account, at the moment.
    pub apply: for<'a> fn(&'a mut Tx, &'a Change, Option<i64>, Moment) -> Followed<'a>,
    /// What is left to do afterwards, with links: gaps in cover.
    pub tasks: for<'a> fn(&'a mut Tx, &'a Change) -> Consequences<'a>,
    /// Takes back what [`Follower::apply`] did; refuses when something was built on it.
    pub undo: for<'a> fn(&'a mut Tx, &'a Change, Option<i64>, Moment) -> Followed<'a>,
}

/// The followers of all modules, lowest first.
#[must_use]
pub fn followers(app: &App) -> Vec<Follower> {
    app.extensions::<Follower>().copied().collect()
}

/// For followers that have nothing to do at one of their points.
#[must_use]
pub fn nothing_to_do<'a>() -> Followed<'a> {
    Box::pin(async { Ok(()) })
}

/// For followers that have nothing to say at one of their points.
#[must_use]
pub fn nothing_to_say<'a>() -> Consequences<'a> {
    Box::pin(async { Ok(Vec::new()) })
}
