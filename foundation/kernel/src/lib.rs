//! The kernel: pure types and rules that every other crate stands on. No input or output, no business noun.
//!
//! | wanted | look at |
//! |---|---|
//! | keys of rows and their county | [`Id`], [`Region`] |
//! | saying no, and owning up to accidents | [`Refusal`], [`Fault`], [`Error`], [`refusals!`] |
//! | days and moments, and who tells the time | [`Day`], [`Moment`], [`Clock`] |
//! | working days and deadlines | [`Calendar`], [`Term`], [`Due`] |
//! | reporting periods | [`Scheme`], [`Period`], [`Segment`] |
//! | counted things | [`CountUnit`], [`Quantity`] |
//! | numbers that belong to persons and organisations | [`ResidentId`], [`Phone`], [`Uscc`] |
//! | numbers by which people refer to matters | [`LookupCode`], [`NumberPattern`] |
//! | spelling | [`to_half_width`], [`squeeze`], [`person_name`], [`bigrams`] |
//!
//! Errors come in two sorts. What explains a person's slip in Chinese ([`DayError`], [`PhoneError`], …) is no
//! `std::error::Error` and becomes a [`Refusal`] by `?`. What only a program can cause ([`IdError`],
//! [`DayFormatError`], …) is one, and becomes a [`Fault`].

mod calendar;
mod calendar_table;
mod clock;
mod day;
mod discretion;
mod error;
#[cfg(test)]
mod hostile_tests;
mod id;
mod moment;
mod period;
mod phone;
mod quantity;
mod reference;
mod resident_id;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod uscc;

pub use calendar::{Calendar, DayKind, Due, NotPublished, Term};
pub use clock::{Clock, FixedClock, TestClock};
pub use day::{Day, DayError, DayFormatError};
pub use discretion::{ends_only, without_numbers};
pub use error::{Context, Error, Fault, FaultKind, FieldError, Kind, Refusal, Result};
pub use id::{Id, IdError, Region};
pub use moment::Moment;
pub use period::{Part, PartKind, Period, PeriodError, Scheme, Segment};
pub use phone::{Phone, PhoneError, PhoneKind};
pub use quantity::{CountUnit, CountUnitError, Quantity};
pub use reference::{LookupCode, LookupCodeError, NumberPattern, OfficialNumber, PatternError};
pub use resident_id::{ResidentId, ResidentIdError, Sex};
pub use text::{NameError, bigrams, is_han, person_name, squeeze, to_half_width};
pub use uscc::{Uscc, UsccError};
