//! How many random histories a run wants, from which seed, and what they cost.

/// How many histories a test plays: `FARUN_HISTORIES` or `PROPTEST_CASES` of the environment, else the usual number.
#[must_use]
pub fn histories(usual: u32) -> u32 {
    number("FARUN_HISTORIES").or_else(|| number("PROPTEST_CASES")).unwrap_or(usual)
}

/// The seed that `FARUN_SEED` asks for; none: the same histories every time.
#[must_use]
pub fn seed() -> Option<u32> {
    number("FARUN_SEED")
}

#[expect(clippy::disallowed_methods, reason = "the test runner says in the environment what it wants")]
fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.trim().parse().ok()
}

/// Seconds of processor time that this process has used; none where the system does not tell.
#[must_use]
pub fn cpu_seconds() -> Option<f64> {
    // Behind the name in brackets: state is the first field, user and system time the 12th and 13th, in hundredths.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some((f64::from(user) + f64::from(system)) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_told_and_never_falls() {
        if let (Some(before), Some(after)) = (cpu_seconds(), cpu_seconds()) {
            assert!(before >= 0.0 && after >= before, "{before} {after}");
        }
    }

    #[test]
    fn without_a_word_the_usual_number_is_played() {
        // Whoever runs this test with a number set wants that number.
        assert!(histories(3) >= 1);
    }
}
