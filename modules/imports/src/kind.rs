//! What can be imported: a kind with its columns, and the importer that a module offers for it.
//!
//! A module offers a kind as an extension, and writes nothing else:
//!
//! ```text
//! extensions: vec![web::Extension::new(exchange::UNITS)],
//!
//! pub(crate) const UNITS: imports::Kind = imports::Kind {
//!     key: "units",                       // /imports/units/new
//!     title: "村（社区）",
//!     permission: crate::WRITE,           // who may import it
//!     object: "places_unit",              // its name in audit rows and outside numbers
//!     matching: "外部编号相同的是同一个；没有编号的，按镇（街道）和名称找。",
//!     columns: &[Column::new("town", "镇（街道）").required().example("湖塘镇"), …],
//!     importer: &UnitImporter,
//! };
//! ```
//!
//! The importer never reads a file and never decides about transactions. For every row it is asked
//! [`check`](Importer::check), later, unless it was bad or the same, [`apply`](Importer::apply), and if the person
//! changes their mind within 24 hours [`undo`](Importer::undo).

use crate::row::{CellError, Row};
use kernel::{Day, Moment};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    future::Future,
    pin::Pin,
};
use store::Tx;
use web::{Actor, App, Permission};

/// The key of the column that holds a record's number in an outside system; every kind has it.
pub const OUTSIDE_NUMBER: &str = "outside_number";
/// The key of the column that names the outside system; every kind has it.
pub const OUTSIDE_SYSTEM: &str = "outside_system";

/// A column that a kind understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Stable name, best that of the action's field: refusals of the action are then shown in this column.
    pub key: &'static str,
    /// Its head in the template.
    pub title: &'static str,
    /// Other heads that mean the same.
    pub aliases: &'static [&'static str],
    /// Whether a file without this column cannot be imported.
    pub required: bool,
    /// What to write, in Chinese: a line of the template.
    pub hint: &'static str,
    /// The cell of the template's example row; invented.
    pub example: &'static str,
    /// Whether it holds ID numbers or telephones: previews show their ends only.
    pub personal: bool,
}

impl Column {
    /// A column that may be absent.
    #[must_use]
    pub const fn new(key: &'static str, title: &'static str) -> Self {
        Self { key, title, aliases: &[], required: false, hint: "", example: "", personal: false }
    }

    /// The file must have it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Other heads that mean the same.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// It holds ID numbers or telephones.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// What to write.
    #[must_use]
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// An example.
    #[must_use]
    pub const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }
}

/// The two columns that every kind has besides its own.
pub(crate) const OUTSIDE_COLUMNS: &[Column] = &[
    Column::new(OUTSIDE_NUMBER, "外部编号")
        .aliases(&["编号", "外部系统编号", "系统编号", "记录编号"])
        .hint("这条记录在来源系统里的编号。填了编号，同一份导出再导入一次什么也不会变。")
        .example(""),
    Column::new(OUTSIDE_SYSTEM, "来源系统")
        .aliases(&["来源", "数据来源", "外部系统"])
        .hint("编号属于哪个系统，例如：江苏法网。填了编号就要填来源系统。")
        .example(""),
];

/// Something that can be imported. Offer it as a [`web::Extension`].
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name in addresses: `units`.
    pub key: &'static str,
    /// What people call the rows: 村（社区）.
    pub title: &'static str,
    /// Who may import it.
    pub permission: Permission,
    /// The records' kind in audit rows, tallies and outside numbers: `places_unit`.
    pub object: &'static str,
    /// How rows find the record they mean, in Chinese: shown beside the template.
    pub matching: &'static str,
    /// Its columns, in the template's order; 外部编号 and 来源系统 are added to every kind.
    pub columns: &'static [Column],
    /// Who checks, applies and undoes.
    pub importer: &'static dyn Importer,
}

impl Kind {
    /// All columns, with those that every kind has.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(OUTSIDE_COLUMNS)
    }

    /// The column of that key.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<&'static Column> {
        self.all_columns().find(|column| column.key == key)
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kind({})", self.key)
    }
}

/// A field that a row would change: for the preview.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldChange {
    /// The words of the field.
    pub label: String,
    /// What stands now; mask what is masked elsewhere.
    pub before: String,
    /// What the row says; mask it likewise.
    pub after: String,
}

impl FieldChange {
    /// A change, or nothing if both are the same.
    #[must_use]
    pub fn of(label: &str, before: impl ToString, after: impl ToString) -> Option<Self> {
        let (before, after) = (before.to_string(), after.to_string());
        (before != after).then(|| Self { label: label.to_owned(), before, after })
    }
}

/// What a row would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is no such record yet.
    Create {
        /// What tells the new record from others: two rows of a file with the same key are the same record twice,
        /// and the second is refused. Empty: never the same.
        key: String,
    },
    /// There is one, and the row says something else of it.
    Change {
        /// The record.
        object_id: i64,
        /// What would change; at least one.
        fields: Vec<FieldChange>,
    },
    /// There is one, and the row says the same of it.
    Same {
        /// The record.
        object_id: i64,
    },
    /// The row cannot be imported; what is wrong with which cell.
    Bad(Vec<CellError>),
}

/// What was done for a row; kept sealed until the time for undoing has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The record.
    pub object_id: i64,
    /// Whether the row made it; else it was changed.
    pub created: bool,
    /// Whatever [`Importer::undo`] needs to restore: for a change, the fields as they were.
    pub before: serde_json::Value,
    /// The record's version after this row, so that undoing notices later changes; 0 if it has none.
    pub version: i64,
}

/// What came of undoing a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// As if the row had never been imported, as far as the record's own rules permit.
    Undone,
    /// The record stays as it is; why, in Chinese: 导入后又有人修改过.
    Kept(String),
}

/// What an importer answers, when it comes: refusals and faults as any action.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = kernel::Result<T>> + Send + 'a>>;

/// Checks, applies and undoes the rows of a kind. All rules come from the module's own actions.
pub trait Importer: Send + Sync {
    /// Says what the row would do; reads only. An empty cell means: say nothing about it (nothing is cleared).
    /// A refusal (`Err`) counts as a bad row, see [`column_of`](Self::column_of).
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict>;

    /// Does it, through the module's action. A refusal means that the row cannot be imported after all.
    fn apply<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done>;

    /// Takes it back: withdraws or closes what was created, restores what was changed, unless somebody has changed the
    /// record since.
    fn undo<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo>;

    /// The column that shows what an action refused about one of its fields; the same name unless told otherwise.
    fn column_of(&self, field: &str) -> String {
        field.to_owned()
    }

    /// Whether checked rows are also tried out: [`apply`](Self::apply) in a transaction that is thrown away, so that
    /// the preview knows what the action refuses without a second copy of its rules. Importers of very many rows may
    /// say no when their check asks everything the action asks.
    fn rehearses(&self) -> bool {
        true
    }
}

/// What an importer has on its desk while it works through rows: who imports, when, and what it looked up before.
pub struct Desk {
    /// The application: what other modules offer to the action, settings.
    pub app: App,
    /// Who imports. Their reach limits what they may import into.
    pub actor: Actor,
    /// Business time.
    pub now: Moment,
    /// The record that has the row's outside number, if the row has one and the number is known.
    pub outside: Option<i64>,
    memo: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Desk {
    /// An empty desk at the business clock's moment.
    #[must_use]
    pub fn new(app: &App, actor: Actor) -> Self {
        Self { app: app.clone(), now: app.clock.now(), actor, outside: None, memo: HashMap::new() }
    }

    /// The business day.
    #[must_use]
    pub fn today(&self) -> Day {
        self.now.day()
    }

    /// The account, for audit rows.
    #[must_use]
    pub fn actor_id(&self) -> Option<i64> {
        Some(self.actor.id)
    }

    /// What was kept of that type: an index of villages by name, made once for many rows. It may be as old as the
    /// transaction (applying) or the whole check; the action decides by what stands in the database.
    #[must_use]
    pub fn kept<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.memo.get(&TypeId::of::<T>()).and_then(|kept| kept.downcast_ref())
    }

    /// The same, to be changed.
    #[must_use]
    pub fn kept_mut<T: Any + Send + Sync>(&mut self) -> Option<&mut T> {
        self.memo.get_mut(&TypeId::of::<T>()).and_then(|kept| kept.downcast_mut())
    }

    /// Keeps a value for later rows.
    pub fn keep<T: Any + Send + Sync>(&mut self, value: T) {
        self.memo.insert(TypeId::of::<T>(), Box::new(value));
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({})", self.actor.id)
    }
}
