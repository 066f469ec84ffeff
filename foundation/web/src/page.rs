//! A page: the `<main>` of a module's template with what the shell needs to wrap it.

use crate::{form::Form, html::Html, reply::Failure};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::FieldError;

/// The content of a page. The shell adds header, menu, footer and the rest.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub(crate) title: String,
    pub(crate) main: String,
    pub(crate) status: u16,
    pub(crate) crumbs: Vec<(String, String)>,
    pub(crate) map: bool,
    pub(crate) narrow: bool,
    pub(crate) bare: bool,
    pub(crate) landscape: bool,
    pub(crate) refused: bool,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) draft_done: Option<String>,
}

impl Page {
    /// A page from a rendered template; the template brings its own `<h1>`.
    ///
    /// # Errors
    /// A fault if the template cannot be rendered.
    pub fn new(title: impl Into<String>, main: &impl Template) -> Result<Self, Failure> {
        Ok(Self { title: title.into(), main: main.render()?, status: 200, ..Self::default() })
    }

    /// Adds a step of the breadcrumb (staff pages).
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// The page shows a map.
    #[must_use]
    pub fn with_map(mut self) -> Self {
        self.map = true;
        self
    }

    /// The page is for reading or filling in: short lines.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// The page brings its own header and footer (the wall).
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// The page prints in landscape.
    #[must_use]
    pub fn landscape(mut self) -> Self {
        self.landscape = true;
        self
    }

    /// Tells the browser that the draft of that form has arrived and may be forgotten.
    #[must_use]
    pub fn draft_done(mut self, key: impl Into<String>) -> Self {
        self.draft_done = Some(key.into());
        self
    }

    /// The page with the status of the form it shows: 422 when there is something to correct.
    #[must_use]
    pub fn answering(mut self, form: &Form) -> Self {
        if let Some(status) = form.status() {
            self.status = status;
            self.refused = true;
            self.errors = form.errors();
        }
        self
    }

    /// The page with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK).into_response();
        // The guard finds it here and wraps it in the shell.
        response.extensions_mut().insert(self);
        response
    }
}

/// One field of a stale edit: what was typed and what stands now.
#[derive(Debug, Clone)]
pub struct MergeField {
    /// The words.
    pub label: &'static str,
    /// What this person typed.
    pub yours: String,
    /// What somebody else saved meanwhile.
    pub theirs: String,
}

/// The page for a stale edit: both versions side by side, nothing overwritten, nothing lost.
#[derive(Template)]
#[template(path = "shell/merge.html")]
pub struct Merge<'a> {
    /// What is being edited.
    pub title: &'a str,
    /// The fields of both versions.
    pub fields: Vec<MergeField>,
    /// Where to send the own version again.
    pub action: &'a str,
    /// Where to see the record as it stands.
    pub href: &'a str,
    /// Hidden inputs: everything typed, with the current version.
    pub hidden: Html,
}

impl Merge<'_> {
    /// The page, with status 409.
    ///
    /// # Errors
    /// A fault if the template cannot be rendered.
    pub fn page(&self) -> Result<Page, Failure> {
        Ok(Page::new(format!("{}已被他人修改", self.title), self)?.status(409))
    }
}
