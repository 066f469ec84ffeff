//! stations.
