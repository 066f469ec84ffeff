//! An import: a file on its way into a register, its states, and how long it can be taken back.

use kernel::{Id, Moment};
use serde::{Deserialize, Serialize};
use web::{Actor, Role};

/// Where an import stands.
///
/// staging → uploaded → checking → checked → applying → applied → undoing → undone; refused when everything or nothing
/// was asked for and something could not be done; dropped by its person; lost when the server stopped during the upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its rows are being put aside.
    Staging,
    /// Waits to be told which column means what.
    Uploaded,
    /// Its rows are being checked.
    Checking,
    /// Waits for a decision.
    Checked,
    /// Is being done.
    Applying,
    /// Was done.
    Applied,
    /// Is being taken back.
    Undoing,
    /// Was taken back.
    Undone,
    /// Nothing was imported, because something could not be.
    Refused,
    /// Given up before it was done.
    Dropped,
    /// The server stopped before all of it was put aside.
    Lost,
}
::store::text_column!(State {
    Staging = "staging",
    Uploaded = "uploaded",
    Checking = "checking",
    Checked = "checked",
    Applying = "applying",
    Applied = "applied",
    Undoing = "undoing",
    Undone = "undone",
    Refused = "refused",
    Dropped = "dropped",
    Lost = "lost",
});

impl State {
    /// The words and the class of the badge.
    #[must_use]
    pub fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::Staging => ("info", "正在接收"),
            Self::Uploaded => ("warn", "待对应列"),
            Self::Checking => ("info", "正在核对"),
            Self::Checked => ("warn", "待确认"),
            Self::Applying => ("info", "正在导入"),
            Self::Applied => ("ok", "已导入"),
            Self::Undoing => ("info", "正在撤销"),
            Self::Undone => ("muted", "已撤销"),
            Self::Refused => ("bad", "没有导入"),
            Self::Dropped => ("muted", "已放弃"),
            Self::Lost => ("bad", "上传中断"),
        }
    }

    /// Whether the server works on it by itself.
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Staging | Self::Checking | Self::Applying | Self::Undoing)
    }
}

/// What is to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything or nothing.
    All,
    /// Whatever is right; bad rows are left out.
    Good,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Good => "good",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        [Self::All, Self::Good].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// For so long an import can be taken back, in microseconds of real time.
pub(crate) const UNDO_MICROS: i64 = 24 * 3600 * 1_000_000;
/// For so long an import waits for a decision before its rows are deleted.
pub(crate) const WAIT_MICROS: i64 = 7 * 24 * 3600 * 1_000_000;

::store::record! {
    /// An import as pages and workers read it.
    #[derive(Debug, Clone)]
    pub struct Import {
        /// Id.
        pub id: Id<Import>,
        /// Key of its kind.
        pub kind: String,
        /// What its file was called.
        pub file_name: String,
        /// Where it stands.
        pub state: State,
        pub(crate) mode: String,
        pub(crate) aim: String,
        pub(crate) mapping: String,
        pub(crate) header_digest: String,
        pub(crate) head_sealed: Option<String>,
        /// Rows of the file.
        pub total: i64,
        /// Rows put aside so far.
        pub staged: i64,
        /// Rows checked so far.
        pub checked: i64,
        /// Rows that make a record.
        pub creates: i64,
        /// Rows that change one.
        pub changes: i64,
        /// Rows that change nothing.
        pub sames: i64,
        /// Rows that cannot be imported.
        pub bads: i64,
        /// Rows done so far.
        pub done: i64,
        /// Rows taken back so far.
        pub undone: i64,
        /// Rows that could not be taken back.
        pub kept: i64,
        pub(crate) actor_id: i64,
        pub(crate) actor: String,
        pub(crate) actor_name: String,
        pub(crate) entered_at: Moment,
        pub(crate) applied_at: Option<Moment>,
        pub(crate) attempts: i64,
        /// What happened, in Chinese; empty if there is nothing to say.
        pub message: String,
        pub(crate) purged: bool,
        pub(crate) version: i64,
    }
}

impl Import {
    /// Whether it can be taken back at that moment of real time.
    #[must_use]
    pub fn can_be_undone(&self, wall: Moment) -> bool {
        let recent = self.applied_at.is_some_and(|at| wall.micros() - at.micros() < UNDO_MICROS);
        self.state == State::Applied && self.done > 0 && !self.purged && recent
    }

    /// Rows that would do something.
    #[must_use]
    pub fn wanted(&self) -> i64 {
        self.creates + self.changes
    }

    /// How far the server is: done and all, in rows.
    #[must_use]
    pub fn progress(&self) -> (i64, i64) {
        match self.state {
            State::Staging => (self.staged, self.total),
            State::Checking => (self.checked, self.total),
            State::Applying => (self.done, self.wanted()),
            State::Undoing => (self.undone + self.kept, self.done),
            _ => (self.total, self.total),
        }
    }
}

/// The person an import acts for, as it is kept with the import: a worker has no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acting {
    id: i64,
    name: String,
    roles: Vec<String>,
    towns: Vec<i64>,
    subject: Option<i64>,
}

impl Acting {
    pub(crate) fn of(actor: &Actor) -> Self {
        Self {
            id: actor.id,
            name: actor.name.clone(),
            roles: actor.roles.iter().map(|role| role.key().to_owned()).collect(),
            towns: actor.towns.clone(),
            subject: actor.subject,
        }
    }

    pub(crate) fn actor(self) -> Actor {
        Actor {
            id: self.id,
            name: self.name,
            roles: self.roles.iter().filter_map(|key| Role::from_key(key)).collect(),
            towns: self.towns,
            subject: self.subject,
            session: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_survives_being_kept() {
        let actor = Actor {
            id: 7,
            name: "周丽".to_owned(),
            roles: vec![Role::TownOfficer, Role::Clerk],
            towns: vec![3, 4],
            subject: Some(9),
            session: "secret".to_owned(),
        };
        let kept = serde_json::to_string(&Acting::of(&actor)).expect("JSON");
        assert!(!kept.contains("secret"));
        let back: Acting = serde_json::from_str(&kept).expect("JSON");
        assert_eq!(back.actor(), Actor { session: String::new(), ..actor });
    }
}
