//! The tally: append-only countable facts, their live sums, and the figures defined over them.
//!
//! A deed that counts appends facts in its own transaction; a correction appends facts that reverse them.
//! Sums are kept per half-month segment (cut at the 1st and the 21st, so every period scheme is a union of
//! segments): per place for parts, and in total, spread over lanes so that no row is hot on PostgreSQL.

mod fact;
mod figure;
mod sums;

pub use fact::{Fact, FactRow, Measure, record, reverse, reverse_measure};
pub use figure::{FigureDef, FigureKind};
pub use sums::{
    Discrepancy, PlaceSum, between, between_by_place, observed_by_place, places_with, rebuild, reconcile,
};
