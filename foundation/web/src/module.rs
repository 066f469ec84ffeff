//! What a module hands to the binary: routes, menu, permissions, migrations, figures, checks.

use crate::{actor::Permission, routes::Routes};
use kernel::Fault;
use std::{future::Future, pin::Pin};
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
    /// Runs the check.
    pub run: for<'a> fn(&'a mut Tx) -> Findings<'a>,
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
        }
    }
}
