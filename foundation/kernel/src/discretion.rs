//! Hides ID numbers and telephones that stand in running text, for previews of what others typed.

/// The text with every run of digits that may be a mobile number (11 digits, 1…) or an ID number (15 digits, 18 with
/// `X`) cut down to its ends. Blanks and hyphens inside a run do not protect it; other digits stay readable.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_run(&chars, at);
        let digits: Vec<char> = chars[at..end].iter().copied().filter(|c| !is_gap(*c)).collect();
        if digits.is_empty() {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        if is_personal(&digits) {
            out.push_str(&ends(&digits));
        } else {
            out.extend(&chars[at..end]);
        }
        at = end;
    }
    out
}

/// A value that is personal as a whole, with its ends only: `138****0000`, `3204**********1234`; a short one vanishes.
#[must_use]
pub fn ends_only(text: &str) -> String {
    ends(&text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>())
}

fn ends(chars: &[char]) -> String {
    let (head, tail) = if chars.len() >= 11 { (3, 4) } else { (0, 0) };
    let hidden = |at: usize| at >= head && at + tail < chars.len();
    chars.iter().enumerate().map(|(at, c)| if hidden(at) { '*' } else { *c }).collect()
}

fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '\u{3000}' | '\u{ff0d}')
}

/// Digits as people and files write them: half or full width.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('\u{ff10}'..='\u{ff19}').contains(&c)
}

fn end_of_run(chars: &[char], from: usize) -> usize {
    let mut end = from;
    let mut count = 0;
    while let Some(c) = chars.get(end) {
        let next = chars.get(end + 1).copied();
        if is_digit(*c) || count == 17 && matches!(c, 'x' | 'X' | 'ｘ' | 'Ｘ') {
            count += 1;
        } else if count == 0 || !is_gap(*c) || !next.is_some_and(is_digit) {
            break;
        }
        end += 1;
    }
    end
}

fn is_personal(digits: &[char]) -> bool {
    match digits.len() {
        11 => matches!(digits[0], '1' | '１'),
        15 | 18 => true,
        // With the country's code.
        13 => matches!(digits[..3], ['8', '6', '1']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_their_middle_and_other_digits_stay() {
        for (text, shown) in [
            ("电话13800000000，欠薪3000元", "电话138****0000，欠薪3000元"),
            ("138 0000 0000", "138****0000"),
            ("１３８００００００００", "１３８****００００"),
            ("8613800000000", "861******0000"),
            ("11010519491231002X", "110***********002X"),
            ("110105 19491231 002x。", "110***********002x。"),
            ("13204201810000001", "13204201810000001"),
            ("2022-05-06 与 320412-1025", "2022-05-06 与 320412-1025"),
            ("0519-86312348", "0519-86312348"),
            ("", ""),
            ("甲 乙", "甲 乙"),
        ] {
            assert_eq!(without_numbers(text), shown, "{text}");
        }
    }

    #[test]
    fn a_personal_value_shows_its_ends() {
        assert_eq!(ends_only("138 0000 0000"), "138****0000");
        assert_eq!(ends_only("1380000000"), "**********");
        assert_eq!(ends_only("１３８００００００００"), "１３８****００００");
    }
}
