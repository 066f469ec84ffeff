//! A natural person, once for all modules.

use kernel::{Day, Id, Phone, ResidentId};
use places::Unit;

/// A natural person; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {}

/// A person to be entered, or found if already known.
#[derive(Debug, Clone, Default)]
pub struct NewPerson {
    /// Name.
    pub name: String,
    /// `男`, `女` or empty; an ID number says it anyway.
    pub sex: String,
    /// Day of birth; an ID number says it anyway.
    pub birth: Option<Day>,
    /// ID number.
    pub id_number: Option<ResidentId>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Village or community.
    pub unit: Option<Id<Unit>>,
    /// Address.
    pub address: String,
    /// Codes of the dictionary `group`.
    pub groups: Vec<String>,
    /// A remark.
    pub note: String,
}

impl NewPerson {
    /// The sex: that of the ID number, else what was given.
    #[must_use]
    pub fn sex_text(&self) -> &str {
        self.id_number.as_ref().map_or(self.sex.as_str(), |number| number.sex().label())
    }

    /// The day of birth: that of the ID number, else what was given.
    #[must_use]
    pub fn birth_day(&self) -> Option<Day> {
        self.id_number.as_ref().map(ResidentId::birth).or(self.birth)
    }
}
