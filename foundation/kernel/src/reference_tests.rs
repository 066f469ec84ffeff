//! Tests of lookup codes and official numbers.

use super::*;
use proptest::prelude::*;

#[test]
fn a_code_is_read_in_any_spelling() {
    let code = LookupCode::from_entropy(0x1234_5678_9abc_def0);
    let text = code.to_string();
    assert_eq!(text.len(), 9);
    assert_eq!(text.as_bytes()[4], b'-');
    assert_eq!(code.compact(), text.replace('-', ""));
    for spelling in [
        text.clone(),
        text.to_lowercase(),
        code.compact(),
        format!(" {} {} ", &code.compact()[..3], &code.compact()[3..]),
        text.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect(),
        text.replace('-', "—"),
        text.replace('5', "s").replace('6', "G").replace('8', "b").replace('V', "u"),
    ] {
        assert_eq!(LookupCode::parse(&spelling), Ok(code), "{spelling}");
    }
    assert_eq!(format!("{code:?}"), format!("LookupCode({}-****)", &text[..4]));
    assert_eq!(format!("{code:>10}"), format!(" {text}"));
}

#[test]
fn what_is_wrong_is_told() {
    for (text, error) in [
        (" - ", LookupCodeError::Empty),
        ("K7MP-3R9O", LookupCodeError::Characters),
        ("K7MP3R9", LookupCodeError::Length),
        ("K7MP-3R9XX", LookupCodeError::Length),
        ("K7MP-3R9码", LookupCodeError::Characters),
    ] {
        assert_eq!(LookupCode::parse(text), Err(error), "{text}");
        assert!(!error.to_string().is_ascii());
    }
    assert_eq!(crate::Refusal::from(LookupCodeError::Check).status(), 422);
}

#[test]
fn json_holds_the_grouped_spelling() {
    let code = LookupCode::from_entropy(42);
    let json = serde_json::to_string(&code).expect("serialises");
    assert_eq!(json, format!("\"{code}\""));
    assert_eq!(serde_json::from_str::<LookupCode>(&json).expect("reads"), code);
    assert!(serde_json::from_str::<LookupCode>("\"K7MP\"").is_err());
}

/// Every wrong symbol and every swap, for every pair of values at every place: since the check is a sum, what
/// the other places hold cannot matter, and the property test below varies them.
#[test]
fn the_check_symbol_catches_every_slip_exhaustively() {
    let valid = |mut values: [usize; LENGTH]| {
        values[LENGTH - 1] = check_value(&values);
        values
    };
    let holds = |values: &[usize; LENGTH]| check_value(values) == values[LENGTH - 1];
    for place in 0..LENGTH {
        for symbol in 0..SYMBOLS.len() {
            let mut start = [7; LENGTH];
            start[place] = symbol;
            let code = valid(start);
            for wrong in (0..SYMBOLS.len()).filter(|&wrong| wrong != code[place]) {
                let mut slip = code;
                slip[place] = wrong;
                assert!(!holds(&slip), "{code:?} {place} {wrong}");
            }
            for other in 0..SYMBOLS.len() {
                if place + 1 == LENGTH {
                    continue;
                }
                start[place + 1] = other;
                let code = valid(start);
                let mut slip = code;
                slip.swap(place, place + 1);
                assert!(slip == code || !holds(&slip), "{code:?} {place}");
            }
        }
    }
}

fn pattern(template: &str) -> NumberPattern {
    NumberPattern::new(template).expect("a pattern")
}

#[test]
fn official_numbers_are_written_and_read() {
    let pattern = pattern("（{year}）武援{kind}字第{seq:4}号");
    let number = OfficialNumber { year: 2022, kind: "民".to_owned(), seq: 12 };
    assert_eq!(pattern.format(2022, "民", 12), "（2022）武援民字第0012号");
    for text in [
        "（2022）武援民字第0012号",
        "(2022)武援民字第12号",
        "〔2022〕武援民字第0012号",
        "【２０２２】 武援民字 第１２号",
    ] {
        assert_eq!(pattern.parse(text), Some(number.clone()), "{text}");
    }
    assert_eq!(pattern.format(2022, "刑", 12_345), "（2022）武援刑字第12345号");
    for text in [
        "",
        "（2022）武援字第0012号",
        "（22）武援民字第0012号",
        "（2022）武援民字第号",
        "（2022）武援民字第0012号之一",
        "（2022）武援民2字第0012号",
        "（2022）武援民字第99999999999号",
        "（2022）新援民字第0012号",
    ] {
        assert_eq!(pattern.parse(text), None, "{text}");
    }
}

#[test]
fn patterns_may_lack_a_kind_or_carry_digits() {
    let plain = pattern("武司通〔{year}〕{seq}号");
    assert_eq!(plain.format(2022, "", 7), "武司通〔2022〕7号");
    assert_eq!(
        plain.parse("武司通[2022]7号"),
        Some(OfficialNumber { year: 2022, kind: String::new(), seq: 7 })
    );
    let odd = pattern("{kind}第3类-{year}-{seq:6}");
    let text = odd.format(2022, "咨询第", 99);
    assert_eq!(text, "咨询第第3类-2022-000099");
    assert_eq!(odd.parse(&text).expect("reads").kind, "咨询第");
    let last = pattern("{year}-{seq}{kind}");
    assert_eq!(last.parse("2022-15甲").expect("reads").kind, "甲");
}

#[test]
fn doubtful_templates_are_refused() {
    for (template, error) in [
        ("{year", PatternError::Braces),
        ("year}{seq}{year}", PatternError::Braces),
        ("{year}-{number}", PatternError::Name),
        ("{year}-{seq:0}", PatternError::Name),
        ("{year}-{seq:10}", PatternError::Name),
        ("{year}-{seq:x}", PatternError::Name),
        ("{year}", PatternError::Pieces),
        ("{seq}", PatternError::Pieces),
        ("{year}-{year}-{seq}", PatternError::Pieces),
        ("{year}-{kind}-{kind}-{seq}", PatternError::Pieces),
        ("{year}{seq}", PatternError::Adjacent),
        ("{year}1-{seq}", PatternError::Adjacent),
        ("{year}-０{seq}", PatternError::Adjacent),
    ] {
        assert_eq!(NumberPattern::new(template), Err(error), "{template}");
        assert!(!error.to_string().is_ascii());
    }
}

proptest! {
    #[test]
    fn every_code_survives_text(entropy in any::<u64>()) {
        let code = LookupCode::from_entropy(entropy);
        prop_assert_eq!(LookupCode::parse(&code.to_string()), Ok(code));
        prop_assert_eq!(LookupCode::parse(&code.compact()), Ok(code));
    }

    #[test]
    fn a_wrong_symbol_or_a_swap_is_noticed(entropy in any::<u64>(), at in 0..LENGTH, symbol in 0usize..25) {
        let code = LookupCode::from_entropy(entropy).compact().into_bytes();
        let read = |bytes: Vec<u8>| LookupCode::parse(&String::from_utf8(bytes).expect("ascii"));
        if code[at] != SYMBOLS[symbol] {
            let mut wrong = code.clone();
            wrong[at] = SYMBOLS[symbol];
            prop_assert_eq!(read(wrong), Err(LookupCodeError::Check));
        }
        if at + 1 < LENGTH && code[at] != code[at + 1] {
            let mut wrong = code;
            wrong.swap(at, at + 1);
            prop_assert_eq!(read(wrong), Err(LookupCodeError::Check));
        }
    }

    #[test]
    fn official_numbers_survive_text(year in 1900i16..2200, kind in "[一-龥]{1,3}", seq in any::<u32>(), which in 0usize..4) {
        let template = ["（{year}）武援{kind}字第{seq:4}号", "{kind}〔{year}〕{seq}号", "{seq:6}{kind}字{year}", "{kind}{year}-{seq}"][which];
        let pattern = pattern(template);
        let text = pattern.format(year, &kind, seq);
        prop_assert_eq!(pattern.parse(&text), Some(OfficialNumber { year, kind, seq }));
    }

    #[test]
    fn nothing_makes_the_readers_panic(text in "\\PC{0,24}") {
        let _ = LookupCode::parse(&text);
        let _ = pattern("（{year}）武援{kind}字第{seq:4}号").parse(&text);
        let _ = NumberPattern::new(&text);
    }
}
