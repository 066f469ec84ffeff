//! counsel.
