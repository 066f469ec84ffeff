//! Spelling: full-width to half-width, superfluous space, names of persons, and bigrams for searching.

use crate::error::refuse_as;
use std::collections::HashSet;

/// Longest name of a person, in characters.
const MAX_NAME: usize = 50;

/// Turns full-width Latin letters, digits, punctuation (`！` to `～`) and the ideographic space into their
/// half-width twins; Chinese characters and Chinese punctuation without a twin (`。` `、` `《`) stay.
#[must_use]
pub fn to_half_width(text: &str) -> String {
    text.chars().map(half_width).collect()
}

/// The half-width twin of one character, or the character itself.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Trims, makes one ordinary space of every run of white space, line breaks and control characters, and drops
/// the invisible characters (zero-width space, byte order mark) that come along when text is pasted.
#[must_use]
pub fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().filter(|&c| !is_invisible(c)) {
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if gap && !squeezed.is_empty() {
            squeezed.push(' ');
        }
        gap = false;
        squeezed.push(c);
    }
    squeezed
}

/// Characters without any ink: zero-width space to right-to-left mark, embeddings, word joiner, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether the character is a Chinese ideograph: the basic block, extensions A to J, the compatibility
/// ideographs, and 〇.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '\u{323b0}'..='\u{3347f}')
}

/// The dots people type between the parts of a name; the official one is `·` (U+00B7).
fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '\u{00b7}'
            | '\u{0387}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22c5}'
            | '\u{25cf}'
            | '\u{26ab}'
            | '\u{30fb}'
            | '\u{ff65}'
    )
}

/// The name of a person as it is kept: half-width, without space between ideographs or around the dot, and
/// with the one official dot `·`.
///
/// Rare ideographs of every Unicode extension are accepted, as are Latin letters for foreigners.
///
/// # Errors
/// [`NameError`] when nothing is left, when more than 50 characters are left, or when a character can stand
/// in no name.
pub fn person_name(text: &str) -> Result<String, NameError> {
    let spaced: Vec<char> =
        squeeze(&to_half_width(text)).chars().filter(|&c| !is_variation_selector(c)).collect();
    let mut name: Vec<char> = Vec::with_capacity(spaced.len());
    for (at, &c) in spaced.iter().enumerate() {
        let before = name.last().copied();
        let after = spaced.get(at + 1).copied();
        let between_han = before.is_some_and(is_han) && after.is_some_and(is_han);
        let c = match c {
            _ if is_middle_dot(c) => '·',
            '.' | '。' if between_han => '·',
            '‘' | '’' | '`' | 'ʼ' => '\'',
            '‐' | '‑' | '–' => '-',
            _ => c,
        };
        let beside_dot = before == Some('·') || after.is_some_and(is_middle_dot);
        if c == ' ' && (beside_dot || between_han) || c == '·' && before == Some('·') {
            continue;
        }
        let accent = matches!(c, '\u{300}'..='\u{36f}') && before.is_some_and(char::is_alphabetic);
        let fits = is_han(c) || c.is_alphabetic() || accent || matches!(c, '·' | ' ' | '\'' | '-' | '.');
        if !fits {
            return Err(NameError::Character(c));
        }
        name.push(c);
    }
    if !name.iter().any(|&c| c.is_alphabetic() || is_han(c)) {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    match (name.first(), name.last()) {
        (Some(&c @ ('·' | '-' | '.')), _) | (_, Some(&c @ ('·' | '-'))) => Err(NameError::Character(c)),
        _ => Ok(name.into_iter().collect()),
    }
}

/// Whether the character only picks a glyph of the ideograph before it; the ideograph itself is the name.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the character belongs to a private use area: old systems put rare ideographs there, and everybody
/// else sees something different.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Why a text is no name of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameError {
    /// Nothing was entered.
    Empty,
    /// More than 50 characters.
    TooLong,
    /// A character that stands in no name.
    Character(char),
}

impl std::fmt::Display for NameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NameError::Empty => f.write_str("请填写姓名"),
            NameError::TooLong => write!(f, "姓名最多{MAX_NAME}个字，请检查是否多填了内容"),
            NameError::Character(c) if is_private(*c) => {
                f.write_str("姓名中有一个生僻字不是标准编码，请用输入法重新输入该字")
            }
            NameError::Character(c) => {
                write!(f, "姓名中不能有“{c}”，请按身份证件上的姓名填写")
            }
        }
    }
}

refuse_as!(Invalid: NameError);

/// The overlapping pairs of characters of the text, each once, in order of first appearance: what the search
/// index stores and what a query asks for.
///
/// Letters and digits count, lower-cased and half-width; everything else separates. A run of a single
/// character yields that character.
///
/// ```
/// assert_eq!(kernel::bigrams("劳动仲裁，A1"), ["劳动", "动仲", "仲裁", "a1"]);
/// ```
#[must_use]
pub fn bigrams(text: &str) -> Vec<String> {
    let text = to_half_width(text).to_lowercase();
    let mut seen = HashSet::new();
    let mut pairs = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric() && !is_han(c)).filter(|run| !run.is_empty()) {
        let characters: Vec<char> = run.chars().collect();
        let width = characters.len().min(2);
        for pair in characters.windows(width) {
            let pair: String = pair.iter().collect();
            if seen.insert(pair.clone()) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn full_width_becomes_half_width() {
        assert_eq!(to_half_width("ＡＢｃ１２３（０５１９）－　！～"), "ABc123(0519)- !~");
        assert_eq!(to_half_width("《民法典》。、武进"), "《民法典》。、武进");
    }

    #[test]
    fn space_is_squeezed() {
        assert_eq!(squeeze("  嘉泽镇　 12\u{200b}\u{feff} 号\r\n\t甲 "), "嘉泽镇 12 号 甲");
        assert_eq!(squeeze(" \n "), "");
    }

    #[test]
    fn names_are_kept_in_one_spelling() {
        for (typed, kept) in [
            ("张三", "张三"),
            (" 张　三 ", "张三"),
            ("阿卜杜拉.买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉 ・ 买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉··买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
            ("𠮷野", "𠮷野"),
            ("王〇", "王〇"),
            ("䶮", "䶮"),
            ("Ｊｏｈｎ　 Smith", "John Smith"),
            ("Anne-Marie O’Neil Jr.", "Anne-Marie O'Neil Jr."),
            ("José Á.", "José Á."),
            ("Jose\u{301}", "Jose\u{301}"),
            ("Jo\u{200b}hn", "John"),
            ("葛\u{e0100}城", "葛城"),
        ] {
            assert_eq!(person_name(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_advice() {
        for (typed, error) in [
            ("", NameError::Empty),
            (" · ", NameError::Empty),
            ("张3", NameError::Character('3')),
            ("张三（农民）", NameError::Character('(')),
            ("·张三", NameError::Character('·')),
            ("张三·", NameError::Character('·')),
            ("张\u{e000}", NameError::Character('\u{e000}')),
            ("<b>", NameError::Character('<')),
        ] {
            assert_eq!(person_name(typed), Err(error), "{typed}");
        }
        assert!(person_name(&"张".repeat(50)).is_ok());
        assert_eq!(person_name(&"张".repeat(51)), Err(NameError::TooLong));
        assert_eq!(NameError::Character('3').to_string(), "姓名中不能有“3”，请按身份证件上的姓名填写");
        assert!(NameError::Character('\u{e000}').to_string().contains("生僻字"));
        assert!(NameError::TooLong.to_string().contains("50"));
        assert_eq!(crate::Refusal::from(NameError::Empty).status(), 422);
    }

    #[test]
    fn bigrams_overlap_and_appear_once() {
        assert_eq!(bigrams("法律援助"), ["法律", "律援", "援助"]);
        assert_eq!(bigrams("援助援助"), ["援助", "助援"]);
        assert_eq!(bigrams("法 Ｘ1a"), ["法", "x1", "1a"]);
        assert_eq!(bigrams("，。"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,60}") {
            let half = to_half_width(&text);
            prop_assert_eq!(to_half_width(&half), half.clone());
            let squeezed = squeeze(&text);
            prop_assert_eq!(squeeze(&squeezed), squeezed.clone());
            if let Ok(name) = person_name(&text) {
                prop_assert_eq!(person_name(&name), Ok(name.clone()));
            }
        }

        #[test]
        fn a_name_is_its_own_normal_form(text in "[张三a.·•  　\u{301}'’\u{200b}-]{0,12}") {
            if let Ok(name) = person_name(&text) {
                prop_assert_eq!(person_name(&name), Ok(name.clone()));
                prop_assert!(!name.contains("三 张") && !name.contains(" ·") && !name.contains("· "));
            }
        }

        #[test]
        fn a_part_of_a_word_is_found_by_its_bigrams(before in "[一-龥]{0,5}", word in "[一-龥]{2,6}", after in "[一-龥]{0,5}") {
            let whole = bigrams(&format!("{before}{word}{after}"));
            prop_assert!(bigrams(&word).iter().all(|pair| whole.contains(pair)));
        }
    }
}
