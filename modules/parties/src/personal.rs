//! What is held about one person, over all modules: what they offer, and how it is written down.

use crate::PersonRow;
use kernel::{Day, Fault};
use std::{future::Future, pin::Pin};
use store::Tx;
use web::App;

/// One thing known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldValue {
    /// What it is called.
    pub label: String,
    /// The value.
    pub value: String,
    /// How it is shown where nobody asked for the whole value; the value itself where nothing need be masked.
    pub masked: String,
}

impl HeldValue {
    /// A value that may be shown as it is.
    #[must_use]
    pub fn plain(label: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { label: label.to_owned(), masked: value.clone(), value }
    }

    /// A number that is masked on pages.
    #[must_use]
    pub fn number(label: &str, whole: impl Into<String>, masked: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: whole.into(), masked: masked.into() }
    }
}

/// A record that holds something about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it is: 2022年5月6日 登记的回电.
    pub title: String,
    /// Its page.
    pub href: Option<String>,
    /// The last day on which something happened with it: the time to keep begins there.
    pub last: Day,
    /// Whether the matter is still open; then nothing about the person is purged.
    pub open: bool,
    /// The retention policy it is kept under, if there is one.
    pub policy: Option<&'static str>,
    /// What it says about the person.
    pub values: Vec<HeldValue>,
}

/// The records of a module that hold something about a person, when they come.
pub type HeldFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<Held>, Fault>> + Send + 'a>>;

/// Offered by every module that holds personal data outside the register of persons ([`web::Extension`]): how its
/// records about a person are found.
#[derive(Clone, Copy)]
pub struct PersonalData {
    /// Heading: 请回电.
    pub title: &'static str,
    /// Finds them.
    pub collect: for<'a> fn(&'a mut Tx, &'a PersonRow) -> HeldFuture<'a>,
}

/// What is to be done about a wish to be erased (个人信息保护法第四十七条).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erasure {
    /// Nothing stands in its way.
    Now,
    /// A matter is open: restricted until it is done.
    OpenMatter,
    /// Somebody held the record back: restricted until they let it go.
    HeldBack,
    /// The period of keeping runs until that day: restricted until then.
    Kept {
        /// The first day on which it may be purged.
        until: Day,
    },
}

/// Decides about a wish to be erased: the register's own entry may go at once, matters must have had their time.
/// Each matter says whether it is open, and until when it is kept.
pub(crate) fn erasure(matters: &[(bool, Day)], today: Day) -> Erasure {
    if matters.iter().any(|(open, _)| *open) {
        return Erasure::OpenMatter;
    }
    match matters.iter().map(|(_, until)| *until).max() {
        Some(until) if until > today => Erasure::Kept { until },
        _ => Erasure::Now,
    }
}

/// Everything that other modules hold about a person, under their headings.
pub(crate) async fn held_about(
    app: &App,
    tx: &mut Tx,
    person: &PersonRow,
) -> Result<Vec<(&'static str, Vec<Held>)>, Fault> {
    let mut all = Vec::new();
    for data in app.extensions::<PersonalData>() {
        all.push((data.title, (data.collect)(tx, person).await?));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_waits_for_open_matters_and_for_the_time_to_keep() {
        let day = |text| Day::parse(text).expect("a day");
        let today = day("2022-05-06");
        assert_eq!(erasure(&[], today), Erasure::Now, "nothing but the entry in the register");
        assert_eq!(erasure(&[(true, day("2015-01-01"))], today), Erasure::OpenMatter);
        assert_eq!(
            erasure(&[(false, day("2019-01-01")), (false, day("2024-05-06"))], today),
            Erasure::Kept { until: day("2024-05-06") },
            "the youngest matter decides"
        );
        assert_eq!(erasure(&[(false, today)], today), Erasure::Now, "on the very day");
        assert_ne!(erasure(&[(false, today.add_days(1))], today), Erasure::Now);
    }
}
