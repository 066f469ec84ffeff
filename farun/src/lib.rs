//! The composition root: settings, modules, listeners, command line, and the demonstration world.

pub mod backup;
pub mod bench;
pub mod bulletin;
pub mod check;
pub mod cli;
mod clock;
mod connections;
pub mod demo;
pub mod forms;
pub mod jobs;
mod modules;
mod pg;
pub mod restore;
pub mod rotate;
pub mod serve;
mod settings;
mod user;
pub mod verify;
pub mod wiring;

pub use clock::SystemClock;
pub use modules::modules;
pub use settings::{Config, Place};

/// The sealed columns of all modules.
#[must_use]
pub fn sealed_fields() -> Vec<store::SealedField> {
    let modules = modules();
    let extensions = modules.iter().flat_map(|module| &module.extensions);
    extensions.filter_map(|extension| extension.get().copied()).collect()
}
