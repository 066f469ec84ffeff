//! Input that nobody meant to send: good texts and files spoilt in the ways that have broken parsers before.

/// What parsers have stumbled over: numbers at edges, signs that look alike, marks without ink, quotes, long runs.
const BITS: &[&str] = &[
    "",
    "-",
    "+",
    "0",
    "9",
    "００",
    "９",
    "Ｘ",
    "x",
    "X",
    " ",
    "\u{3000}",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u{200b}",
    "\u{feff}",
    "\u{202e}",
    "\u{301}",
    "𠮷",
    "é",
    "年",
    "月",
    "日",
    "十",
    "〇",
    "周",
    "至",
    "～",
    "、",
    "；",
    ";",
    ":",
    "：",
    ",",
    "\"",
    "'",
    "=",
    "%",
    "_",
    "\\",
    "99999999999999999999",
    "-9223372036854775808",
    "18446744073709551616",
    "1e309",
    "24:00",
    "0000-00-00",
];

/// Longer inputs say nothing new and cost time; real forms refuse more than this long before.
const LONGEST: usize = 4096;

fn index(choice: u32, length: usize) -> usize {
    usize::try_from(choice).unwrap_or(0) % length.max(1)
}

/// One of the seeds, changed once for every further pair of choices. The same choices make the same text.
///
/// # Panics
/// If there are no seeds.
#[must_use]
pub fn spoilt(seeds: &[&str], choices: &[u32]) -> String {
    let mut choices = choices.iter().copied();
    let mut text: Vec<char> = seeds[index(choices.next().unwrap_or(0), seeds.len())].chars().collect();
    while let (Some(place), Some(change)) = (choices.next(), choices.next()) {
        let at = index(place, text.len() + 1);
        let end = (at + 1 + index(change >> 16, 4)).min(text.len());
        let bit = BITS[index(change >> 8, BITS.len())];
        match change % 8 {
            0 => text.splice(at..end.max(at), bit.chars()).for_each(drop),
            1 => text.splice(at..at, bit.chars()).for_each(drop),
            2 => text.drain(at..end.max(at)).for_each(drop),
            3 => text.truncate(at),
            4 => text.extend(seeds[index(change >> 8, seeds.len())].chars()),
            5 => {
                // Doubled again and again, a short text becomes a long one.
                let again = text.clone();
                text.splice(at..at, again).for_each(drop);
            }
            6 => text.iter_mut().skip(at).take(3).for_each(|c| *c = full_width(*c)),
            _ => text.splice(at..end.max(at), char::from_u32(change >> 11)).for_each(drop),
        }
        text.truncate(LONGEST);
    }
    text.into_iter().collect()
}

fn full_width(c: char) -> char {
    if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }
}

/// The bytes, changed once for every pair of choices.
#[must_use]
pub fn spoilt_bytes(seed: &[u8], choices: &[u32]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for pair in choices.chunks_exact(2) {
        let (at, change) = (index(pair[0], bytes.len() + 1), pair[1]);
        let end = (at + 1 + index(change >> 16, 16)).min(bytes.len()).max(at);
        let byte = (change >> 8).to_le_bytes()[0];
        match change % 8 {
            0 | 1 => bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
            2 => bytes.iter_mut().skip(at).take(1).for_each(|old| *old ^= 1 << (byte % 8)),
            3 => bytes.splice(at..end, BITS[index(change >> 8, BITS.len())].bytes()).for_each(drop),
            4 => bytes.drain(at..end).for_each(drop),
            5 => bytes.truncate(at.max(1)),
            6 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again).for_each(drop);
            }
            // Lengths and offsets of archives are four bytes: the edges of what they can say.
            _ => {
                let edge = [0, 1, u32::MAX, 0x7fff_ffff, 0xffff, 0x8000_0000][index(change >> 8, 6)];
                let edge = edge.to_le_bytes();
                bytes.iter_mut().skip(at).zip(edge).for_each(|(old, new)| *old = new);
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_choices_spoil_in_the_same_way_and_none_keep_the_seed() {
        let seeds = ["2022-05-06", "五月"];
        assert_eq!(spoilt(&seeds, &[1]), "五月");
        assert_eq!(spoilt(&seeds, &[0, 4, 3]), "2022", "one way cuts");
        assert_eq!(spoilt(&seeds, &[0, 3, 1 << 8 | 1]), spoilt(&seeds, &[0, 3, 1 << 8 | 1]));
        assert_eq!(spoilt_bytes(b"abc", &[]), b"abc");
        assert_eq!(spoilt_bytes(b"abc", &[1, u32::from(b'X') << 8]), b"aXc");
        let long = [0, 0].iter().copied().chain((0..60).flat_map(|_| [0, 5])).collect::<Vec<u32>>();
        assert!(spoilt(&seeds, &long).chars().count() <= LONGEST);
    }
}
