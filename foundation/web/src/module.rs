//! What a module hands to the binary: routes, menu, permissions, migrations, figures, checks.

use crate::{actor::Permission, app::App, routes::Routes};
use kernel::{Day, Fault};
use std::{any::Any, future::Future, pin::Pin, sync::Arc};
use store::{Migration, Tx, tally::FigureDef};

/// An entry of the staff menu, shown to those who hold the permission.
#[derive(Debug, Clone, Copy)]
pub struct MenuItem {
    /// Heading it stands under: 服务, 统计, 管理.
    pub group: &'static str,
    /// The words.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// Who sees it.
    pub permission: Permission,
    /// Place in the menu, ascending.
    pub order: u32,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, in Chinese, with the record named.
    pub what: String,
    /// The page where it can be mended, if there is one.
    pub href: Option<String>,
}

/// The findings of a check, when they come.
pub type Findings<'a> = Pin<Box<dyn Future<Output = Result<Vec<Finding>, Fault>> + Send + 'a>>;

/// An integrity check: data about the data, run by `farun check` and shown on the pages.
#[derive(Clone, Copy)]
pub struct Check {
    /// Stable name: `advisers.uncovered`.
    pub id: &'static str,
    /// What is compared, in Chinese.
    pub title: &'static str,
    /// Why it matters, in Chinese.
    pub why: &'static str,
    /// How to mend it, in Chinese.
    pub mend: &'static str,
    /// Whether a finding means that something is broken (else it is a task).
    pub grave: bool,
    /// Runs the check on a business day.
    pub run: for<'a> fn(&'a mut Tx, Day) -> Findings<'a>,
}

/// How many, when it is known.
pub type CountFuture<'a> = Pin<Box<dyn Future<Output = Result<i64, Fault>> + Send + 'a>>;

/// What waits for the person who looks, counted in the header of every staff page: a module offers it as an extension.
#[derive(Clone, Copy)]
pub struct Bell {
    /// The word before the number.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Who is shown it.
    pub permission: Permission,
    /// Counts for an account, cheaply: it runs with every page. Beyond 99 nobody counts.
    pub count: for<'a> fn(&'a App, i64) -> CountFuture<'a>,
}

/// How often a job runs, by the real clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every minute.
    Minute,
    /// Every five minutes.
    FiveMinutes,
    /// Every hour.
    Hour,
    /// Once in a night, from two o'clock.
    Night,
}

/// What a job says it did, in Chinese, when it is done.
pub type JobFuture<'a> = Pin<Box<dyn Future<Output = kernel::Result<String>> + Send + 'a>>;

/// Work that runs by the clock: on one node at a time, however many there are, and again after a crash.
#[derive(Clone, Copy)]
pub struct Job {
    /// Stable name: `statistics.checks`.
    pub id: &'static str,
    /// What it does, in Chinese.
    pub title: &'static str,
    /// How often.
    pub every: Every,
    /// Does it. Running twice must do no harm.
    pub run: for<'a> fn(&'a App) -> JobFuture<'a>,
}

/// Something a module offers to a lower one that has declared the type (an importer, a follower of changed places):
/// [`App::extensions`] gathers them by type.
#[derive(Clone)]
pub struct Extension(Arc<dyn Any + Send + Sync>);

impl Extension {
    /// Offers a value.
    #[must_use]
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value, if it is of that type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// A module of the product.
pub struct Module {
    /// The crate's name.
    pub name: &'static str,
    /// Pages and actions.
    pub routes: Routes,
    /// Menu entries.
    pub menu: Vec<MenuItem>,
    /// Links of the public header: words and address.
    pub public_nav: Vec<(&'static str, &'static str)>,
    /// Permissions it declares.
    pub permissions: &'static [Permission],
    /// Its tables.
    pub migrations: &'static [Migration],
    /// Figures over the facts it records.
    pub figures: &'static [FigureDef],
    /// Checks over its data.
    pub checks: Vec<Check>,
    /// What it does by the clock.
    pub jobs: Vec<Job>,
    /// What it offers to lower modules.
    pub extensions: Vec<Extension>,
    /// Its acts and kinds of records in words, for the audit page: pairs of the stable name (`advisers.service.log`,
    /// `advisers_service`) and what people read.
    pub audit_labels: &'static [(&'static str, &'static str)],
}

impl Module {
    /// A module without anything yet.
    #[must_use]
    pub fn new(name: &'static str, migrations: &'static [Migration]) -> Self {
        Self {
            name,
            routes: Routes::new(),
            menu: Vec::new(),
            public_nav: Vec::new(),
            permissions: &[],
            migrations,
            figures: &[],
            checks: Vec::new(),
            jobs: Vec::new(),
            extensions: Vec::new(),
            audit_labels: &[],
        }
    }
}
