//! The composition root: settings, modules, listeners, command line, and the demonstration world.

pub mod bench;
pub mod bulletin;
pub mod check;
pub mod cli;
mod clock;
pub mod demo;
pub mod jobs;
mod modules;
pub mod serve;
mod settings;
mod user;
pub mod wiring;

pub use clock::SystemClock;
pub use modules::modules;
pub use settings::{Config, Place};
