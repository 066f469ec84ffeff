//! What people say and where it leads: `欠薪` → 老板欠工资怎么办.

use crate::topic::Topic;
use kernel::bigrams;

/// What people say about one trouble, with one plain sentence about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayWord {
    /// The words they use.
    pub(crate) words: Vec<String>,
    /// The topic it leads to.
    pub(crate) topic: Topic,
    /// What to do, as a title.
    pub(crate) label: String,
    /// One plain sentence.
    pub(crate) explain: String,
}

/// The copy that is compiled in: `words;…,goes_to,label,explain` under a heading.
const BUILT_IN: &str = include_str!("lay_words.csv");

/// The words that are compiled in.
#[must_use]
pub(crate) fn built_in() -> Vec<LayWord> {
    BUILT_IN.lines().skip(1).filter_map(line).collect()
}

fn line(text: &str) -> Option<LayWord> {
    let mut cells = text.splitn(4, ',');
    let (words, topic) = (cells.next()?, Topic::from_text(cells.next()?)?);
    let (label, explain) = (cells.next()?.to_owned(), cells.next()?.to_owned());
    Some(LayWord { words: words.split(';').map(str::to_owned).collect(), topic, label, explain })
}

/// How many answers a search shows.
const MOST: usize = 5;
/// Below this nothing that people typed was recognised.
const LEAST: usize = 20;

/// The words that fit what somebody typed, a word or a whole sentence, best first.
#[must_use]
pub(crate) fn matching<'a>(words: &'a [LayWord], q: &str) -> Vec<&'a LayWord> {
    let q = kernel::to_half_width(q).trim().to_lowercase();
    let pairs: Vec<String> = bigrams(&q).into_iter().filter(|pair| pair.chars().count() == 2).collect();
    let mut found: Vec<(usize, &LayWord)> =
        words.iter().map(|word| (score(word, &q, &pairs), word)).collect();
    found.retain(|(score, _)| *score >= LEAST);
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let best = found.first().map_or(0, |(score, _)| *score);
    // Far behind the best answer stands what merely shares a pair of characters.
    found.into_iter().take_while(|(score, _)| *score * 3 >= best).take(MOST).map(|(_, word)| word).collect()
}

fn score(word: &LayWord, q: &str, pairs: &[String]) -> usize {
    if q.chars().count() < 2 {
        return 0;
    }
    let said = word.words.iter().map(|said| {
        if said == q {
            200
        } else if q.contains(said.as_str()) {
            100 + said.chars().count()
        } else if said.contains(q) {
            80
        } else {
            0
        }
    });
    let shared =
        pairs.iter().filter(|pair| word.words.iter().any(|said| said.contains(pair.as_str()))).count();
    let told = if word.label.contains(q) {
        60
    } else if word.explain.contains(q) {
        40
    } else {
        0
    };
    said.max().unwrap_or(0).max(told) + 20 * shared.min(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::testing::spoilt;
    use proptest::{
        prelude::*,
        test_runner::{TestError, TestRunner},
    };
    use std::sync::LazyLock;

    #[test]
    fn every_line_of_the_copy_is_understood() {
        let words = built_in();
        assert_eq!(words.len(), BUILT_IN.lines().count() - 1);
        for word in &words {
            assert!(
                word.words.iter().all(|said| !said.is_empty()) && word.explain.ends_with('。'),
                "{word:?}"
            );
        }
        for topic in Topic::ALL {
            assert!(words.iter().any(|word| word.topic == *topic), "{topic:?} has words");
        }
    }

    #[test]
    fn lay_words_and_whole_sentences_lead_somewhere() {
        let words = built_in();
        for (q, label) in [
            ("欠薪", "老板欠工资怎么办"),
            ("离婚", "离婚怎么办"),
            ("打官司没钱", "申请法律援助"),
            ("老板拖欠工资不给怎么办", "老板欠工资怎么办"),
            ("我被狗咬了", "被狗咬伤"),
            ("家里老人的房子怎么分遗产", "继承遗产"),
            ("隔壁邻居天天吵架", "邻里纠纷"),
            ("儿女不养我", "要赡养费"),
            ("１２３４８", "打12348热线"),
        ] {
            let found = matching(&words, q);
            assert_eq!(found.first().map(|word| word.label.as_str()), Some(label), "{q}: {found:?}");
            assert!(found.len() <= MOST);
        }
    }

    #[test]
    fn nonsense_leads_nowhere() {
        let words = built_in();
        for q in ["", "的", "zzz", "？？", "今天天气"] {
            assert!(matching(&words, q).is_empty(), "{q}: {:?}", matching(&words, q));
        }
    }

    const TYPED: &[&str] =
        &["欠薪", "老板拖欠工资不给怎么办", "１２３４８", "被狗咬了 LAWYER", "mh", "离婚%_\\"];

    /// As many as `PROPTEST_CASES` asks for (`cargo xtask torture parsers`).
    fn config() -> ProptestConfig {
        let usual = ProptestConfig::default();
        ProptestConfig { cases: usual.cases.max(500), failure_persistence: None, ..usual }
    }

    /// What a page takes of what was typed (pages/search.rs), spoilt.
    fn typed() -> impl Strategy<Value = String> {
        prop::collection::vec(any::<u32>(), 0..14)
            .prop_map(|choices| spoilt(TYPED, &choices).chars().take(60).collect())
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn hostile_search_words(q in typed()) {
            let words = built_in_once();
            let found = matching(words, &q);
            prop_assert!(found.len() <= MOST, "{} answers to {:?}", found.len(), q);
            prop_assert!(found.is_empty() || q.chars().count() >= 2, "{:?}", q);
        }
    }

    fn built_in_once() -> &'static [LayWord] {
        static WORDS: LazyLock<Vec<LayWord>> = LazyLock::new(built_in);
        &WORDS
    }

    /// The planted fault: a search without an end to its list must be noticed.
    #[test]
    fn hostile_search_words_find_a_search_with_a_slip() {
        let mut runner = TestRunner::new(ProptestConfig { cases: 5_000, ..config() });
        let found = runner.run(&typed(), |q| {
            let all =
                built_in_once().iter().filter(|word| word.words.iter().any(|said| said.contains(&q))).count();
            prop_assert!(all <= MOST);
            Ok(())
        });
        assert!(matches!(found, Err(TestError::Fail(..))), "not found");
    }
}
