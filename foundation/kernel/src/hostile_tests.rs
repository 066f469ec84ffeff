//! Numbers and days read from spoilt texts: never a panic, never more than the rules allow. `PROPTEST_CASES` says how
//! many (`cargo xtask torture parsers`).

use crate::{
    Day, Moment, Phone, ResidentId, Uscc, bigrams, person_name, squeeze, testing::spoilt, to_half_width,
};
use proptest::{
    prelude::*,
    test_runner::{TestError, TestRunner},
};

const IDS: &[&str] = &[
    "32041219900101123X",
    "110101199003071233",
    "３２０４１２１９９００１０１１２３Ｘ",
    "320412900101123",
    " 320412 19900101 123x ",
];
const PHONES: &[&str] = &[
    "13812340000",
    "+86 138-1234-0000",
    "0519-86123456",
    "0519-86123456转801",
    "（0519）86123456",
    "12348",
    "8612345",
    "0086 13812340000",
];
const CODES: &[&str] = &[
    "91320412MA1MYXYX0Y",
    "11320412014109701D",
    "９１３２０４１２ＭＡ１ＭＹＸＹＸ０Ｙ",
    "91350100M000100Y43",
];
const DAYS: &[&str] = &[
    "2022-05-06",
    "2022年5月6日",
    "2022/5/6",
    "2022.05.06",
    "20220506",
    "二〇二二年五月六日",
    "2024-02-29",
    "2022-05-06 09:00",
    "2022-05-06T09:00:00",
];
const NAMES: &[&str] = &["王小明", "阿依古丽·买买提", "𠮷野 太郎", "Ludwig van B.", "欧阳·"];

/// As many as `PROPTEST_CASES` asks for, and enough for every day.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(4_000), failure_persistence: None, ..usual }
}

fn choices() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 0..14)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn hostile_id_numbers(choices in choices()) {
        let text = spoilt(IDS, &choices);
        if let Ok(id) = ResidentId::parse(&text) {
            prop_assert_eq!(id.expose().len(), 18);
            prop_assert!(!id.masked().contains(id.expose()) && id.birth().year() >= 1800);
            prop_assert_eq!(ResidentId::parse(id.expose()), Ok(id.clone()));
        }
    }

    #[test]
    fn hostile_phones(choices in choices()) {
        let text = spoilt(PHONES, &choices);
        for read in [Phone::parse(&text), Phone::parse_with_area(&text, "0519")] {
            let Ok(phone) = read else { continue };
            prop_assert!(phone.expose().len() <= 24 && phone.dial().is_ascii(), "{}", phone.expose());
            prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()), "{:?}", text);
        }
    }

    #[test]
    fn hostile_credit_codes(choices in choices()) {
        let text = spoilt(CODES, &choices);
        if let Ok(code) = Uscc::parse(&text) {
            prop_assert!(code.expose().len() == 18 && code.expose().is_ascii());
            prop_assert_eq!(Uscc::parse(code.expose()), Ok(code.clone()));
        }
    }

    #[test]
    fn hostile_days(choices in choices()) {
        let text = spoilt(DAYS, &choices);
        if let Ok(day) = Day::parse(&text) {
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(Day::parse(&day.chinese()), Ok(day));
        }
        if let Ok(moment) = Moment::parse(&text) {
            prop_assert!(!moment.to_string().is_empty());
        }
        text.parse::<Day>().ok();
        text.parse::<Moment>().ok();
    }

    #[test]
    fn hostile_names_and_words(choices in choices()) {
        let text = spoilt(NAMES, &choices);
        if let Ok(name) = person_name(&text) {
            prop_assert!((1..=50).contains(&name.chars().count()), "{}", name);
        }
        prop_assert_eq!(to_half_width(&text).chars().count(), text.chars().count());
        prop_assert!(squeeze(&text).chars().count() <= text.chars().count());
        prop_assert!(bigrams(&text).len() <= text.chars().count().max(1));
    }
}

/// Whether a text was read within the rules.
type Parser = fn(&str) -> bool;

/// The planted fault: parsers with the usual slips must be caught, or the tests above prove nothing.
#[test]
fn hostile_input_finds_parsers_with_slips() {
    let careless: [(&str, &[&str], Parser); 3] = [
        ("cuts in the middle of a character", IDS, |text| text.len() < 18 || !text[..18].is_empty()),
        ("adds without looking", PHONES, |text| {
            text.chars()
                .filter_map(|c| c.to_digit(10))
                .try_fold(0u32, |sum, n| sum.checked_mul(10)?.checked_add(n))
                .is_some()
                || text.chars().count() < 30
        }),
        ("keeps what is too long", NAMES, |text| text.chars().count() <= 50),
    ];
    for (slip, seeds, parse) in careless {
        let mut runner =
            TestRunner::new(ProptestConfig { cases: 20_000, failure_persistence: None, ..config() });
        let found = runner.run(&choices(), |choices| {
            prop_assert!(parse(&spoilt(seeds, &choices)));
            Ok(())
        });
        assert!(matches!(found, Err(TestError::Fail(..))), "{slip}: not found");
    }
}
