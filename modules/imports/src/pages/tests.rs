//! Tests of the pages: three screens, bad cells, undoing, who sees what.
