//! Where the throwaway PostgreSQL of this test run listens.
//!
//! One server serves the whole run: `scripts/test-postgres.sh`, a setup script of cargo-nextest, starts it before the
//! first test and names it in `FARUN_TEST_POSTGRES`. A test makes its own database there and never shares one.

/// The variable that carries the server's address.
pub const VARIABLE: &str = "FARUN_TEST_POSTGRES";

/// The address of the server (`postgres://…`), if this run has one.
#[expect(clippy::disallowed_methods, reason = "the test runner hands the address over in the environment")]
#[must_use]
pub fn server_url() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

/// The address of the server, for a test that is worth nothing without it.
///
/// # Panics
///
/// When the run has no PostgreSQL: a test that was skipped in silence would look like one that passed.
#[must_use]
pub fn require_server_url() -> String {
    server_url().unwrap_or_else(|| {
        panic!(
            "this test needs PostgreSQL and {VARIABLE} is not set: run it with cargo nextest, which starts one \
             (after scripts/setup-test.sh has installed it), or set {VARIABLE}=postgres://user@host:port/database \
             to a server where this test may create databases"
        )
    })
}
