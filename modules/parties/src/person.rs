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

/// Why the processing of somebody's data is restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// They say that it is not right (个人信息保护法第四十六条).
    Disputed,
    /// They object, or nobody knows on what grounds it was collected.
    Unlawful,
    /// They want it erased, and it must be kept for the time being (第四十七条第二款).
    Erasure,
    /// Something else.
    Other,
}
::store::text_column!(Ground { Disputed = "disputed", Unlawful = "unlawful", Erasure = "erasure", Other = "other" });

impl Ground {
    /// The words on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Disputed => "本人对信息的准确性有异议，正在核实",
            Self::Unlawful => "本人不同意继续使用，或来源有疑问",
            Self::Erasure => "本人要求删除，依法还需保存",
            Self::Other => "其他",
        }
    }
}

::store::record! {
    /// A restriction of processing.
    #[derive(Debug, Clone)]
    pub(crate) struct RestrictionRow {
        pub(crate) person_id: Id<Person>,
        pub(crate) ground: Ground,
        pub(crate) reason: String,
        pub(crate) since: Day,
        pub(crate) lifted_on: Option<Day>,
        pub(crate) lift_reason: String,
    }
}
