//! advisers.
