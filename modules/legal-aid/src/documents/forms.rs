//! The kinds of documents of a case, read from `forms.txt`: numbers and titles of the ministry's 法律援助文书格式 of
//! 2023-11-10, texts of our own.

use ::documents::Kind;
use web::Role;

const FORMS: &str = include_str!("forms.txt");
const CENTRE: &[Role] = &[Role::Manager, Role::Clerk];
const STATION: &[Role] = &[Role::Manager, Role::Clerk, Role::TownOfficer];
const LAWYER: &[Role] = &[Role::Adviser, Role::Manager, Role::Clerk];

/// The names of all kinds, by the number of the form.
const IDS: [&str; 32] = [
    "aid-01", "aid-02", "aid-03", "aid-04", "aid-05", "aid-06", "aid-07", "aid-08", "aid-09", "aid-10",
    "aid-11", "aid-12", "aid-13", "aid-14", "aid-15", "aid-16", "aid-17", "aid-18", "aid-19", "aid-20",
    "aid-21", "aid-22", "aid-23", "aid-24", "aid-25", "aid-26", "aid-27", "aid-28", "aid-29", "aid-30",
    "aid-31", "aid-32",
];

/// The name of the kind of that form; empty if there is no such form.
pub(crate) fn id(form: u8) -> &'static str {
    IDS.get(usize::from(form).wrapping_sub(1)).copied().unwrap_or_default()
}

/// All kinds, in the order of the forms.
pub(crate) fn all() -> impl Iterator<Item = Kind> {
    FORMS.split("\n== ").skip(1).filter_map(kind)
}

/// A kind from its section: a line of heads, then the text of the template.
fn kind(section: &'static str) -> Option<Kind> {
    let (heads, text) = section.split_once('\n')?;
    let mut heads = heads.split('|').map(str::trim);
    let form = heads.next()?;
    let (title, word, by, how, when) =
        (heads.next()?, heads.next()?, heads.next()?, heads.next()?, heads.next()?);
    Some(Kind {
        id: id(form.parse().ok()?),
        object: super::OBJECT,
        form,
        title,
        word,
        when,
        stamped: how.contains("盖章"),
        served: how.contains("送达"),
        // The opinions before the decision, and what was seen and said of the lawyer.
        inner: ["8", "30", "31", "32"].contains(&form),
        by: match by {
            "承办人" => LAWYER,
            "工作站" => STATION,
            _ => CENTRE,
        },
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::SUBJECT;
    use docx::Template;
    use std::collections::BTreeSet;

    #[test]
    fn every_form_is_there_once_with_everything_it_needs() {
        let kinds: Vec<Kind> = all().collect();
        assert_eq!(kinds.len(), FORMS.matches("\n== ").count(), "every section is read");
        let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.id).collect();
        assert_eq!(names.len(), kinds.len());
        let words: BTreeSet<&str> = kinds.iter().map(|kind| kind.word).collect();
        assert_eq!(words.len(), kinds.len(), "numbers of two kinds never look the same");
        for kind in &kinds {
            assert!(
                !kind.id.is_empty()
                    && !kind.title.is_empty()
                    && !kind.when.is_empty()
                    && !kind.word.is_empty()
            );
            assert!(kind.text.contains(&format!("# {}", kind.title)), "{}", kind.title);
        }
    }

    #[test]
    fn every_place_of_our_templates_is_a_field_that_is_known() {
        for kind in all() {
            let bytes = kind.default_template().expect("a template");
            let template = Template::read(&bytes).unwrap_or_else(|why| panic!("{}: {why}", kind.title));
            assert_eq!(SUBJECT.unknown(template.places()), [""; 0], "{}", kind.title);
            assert!(template.places().texts.contains("文书编号"), "{} has no number", kind.title);
        }
    }

    #[test]
    fn no_template_writes_down_an_article_that_was_not_read() {
        // Only 法律援助法 was at hand; the procedure of 2023 was not.
        for kind in all() {
            for (at, _) in kind.text.match_indices("程序规定") {
                let rest: String = kind.text[at..].chars().take(12).collect();
                assert!(!rest.contains('第'), "{}: {rest}", kind.title);
            }
        }
    }
}
