//! The one binary: reads the command line and hands over.

use std::process::ExitCode;

/// Pages are made of many small pieces of memory, by several threads at once; docs/adr/0013 says what came of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    farun::cli::run()
}
