//! Two officers with the same case open in their browsers: whoever saves what the other has changed meanwhile is told so,
//! nothing of either is lost, and what was typed comes back.

use super::runner;
use crate::{
    Case,
    journeys::Site,
    store::events,
    testing::{about_wages, migrations},
};
use kernel::{Id, Result};
use proptest::{prelude::*, strategy::ValueTree as _};
use testkit::{Server, on_both};
use web::Role;

/// What an officer does: looks at the case anew or not, then saves the application or an act.
#[derive(Debug, Clone)]
struct Turn {
    officer: usize,
    looks: bool,
    edits: bool,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (0..2_usize, prop::bool::weighted(0.5), any::<bool>())
        .prop_map(|(officer, looks, edits)| Turn { officer, looks, edits });
    prop::collection::vec(turn, 4..14)
}

/// What must have been kept.
struct Kept {
    story: String,
    words: Vec<String>,
}

async fn holds(site: &Site, id: Id<Case>, kept: &Kept) -> Result<Option<String>> {
    let entry = site.case(id).await?;
    let mut tx = site.db.begin_read().await?;
    let mut words = Vec::new();
    for event in events::of(&mut tx, id).await?.iter().filter(|event| event.act == "note") {
        words.push(event.words(&site.db)?);
    }
    let story = entry.story(&site.db)?;
    Ok(if story != kept.story {
        Some(format!("the story is {story} instead of {}", kept.story))
    } else if words != kept.words {
        Some(format!("the words are {words:?} instead of {:?}", kept.words))
    } else {
        None
    })
}

async fn save(officer: &Server, id: Id<Case>, version: &str, edits: bool, text: &str) -> (u16, String) {
    let answer = if edits {
        let fields = [
            ("version", version),
            ("matter", "M31-5"),
            ("story", text),
            ("people", "1"),
            ("hardship", "statement"),
        ];
        officer.post(&format!("/aid/{id}/edit"), &fields).await
    } else {
        officer.post(&format!("/aid/{id}/act/note"), &[("version", version), ("words", text)]).await
    };
    (answer.status.as_u16(), answer.text())
}

#[test]
fn two_officers_never_lose_a_word() {
    on_both(&migrations(), |db| async move {
        let site = Site::open(db).await?;
        let officers = [site.as_role(Role::Clerk, 7), site.as_role(Role::Clerk, 17)];
        let mut runner = runner(1);
        let (mut typed, mut refused) = (0, 0);
        for _ in 0..testkit::histories(4) {
            let id = site.applied().await?;
            let mut kept = Kept { story: about_wages().story, words: Vec::new() };
            let first = site.case(id).await?.version;
            let (mut seen, mut version) = ([first; 2], first);
            for turn in turns().new_tree(&mut runner).expect("turns").current() {
                if turn.looks {
                    seen[turn.officer] = site.case(id).await?.version;
                }
                typed += 1;
                let text = format!("第{typed}次写的话。");
                let at = seen[turn.officer].to_string();
                let (status, page) = save(&officers[turn.officer], id, &at, turn.edits, &text).await;
                if seen[turn.officer] == version {
                    assert_eq!(status, 303, "{turn:?}: {page}");
                    version += 1;
                    if turn.edits {
                        kept.story = text;
                    } else {
                        kept.words.push(text);
                    }
                } else {
                    refused += 1;
                    assert!(
                        status == 409 && page.contains(&text),
                        "{turn:?} {status}: what was typed is gone"
                    );
                    if turn.edits {
                        assert!(page.contains(&kept.story), "what stands now is not shown: {page}");
                    }
                }
                assert_eq!(holds(&site, id, &kept).await?, None, "{turn:?}");
            }
            // What an older version would have written over is noticed.
            kept.story.push('？');
            assert!(holds(&site, id, &kept).await?.is_some());
        }
        assert!(refused > 3, "nobody was too late: {refused} of {typed}");
        Ok(())
    });
}
