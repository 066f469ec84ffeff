//! parties.
