//! "Can I get help?": three questions that explain and never refuse. Nothing is kept, nothing personal is asked.

use crate::{
    application::{goes_first, suggest},
    ticket::{Answers, LAY, SITUATIONS},
};
use askama::Template;
use web::{Ctx, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/ask.html")]
struct AskMain {
    about: String,
    cannot_move: bool,
    groups: Vec<String>,
    answer: Option<Said>,
    hotline: String,
}

/// What can be said from the answers.
struct Said {
    hardship: &'static str,
    first: bool,
}

/// `GET /apply/ask`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let known = |name: &str| listing.get(name).unwrap_or_default().to_owned();
    let mut pairs = vec![("about".to_owned(), known("about"))];
    for (code, _) in SITUATIONS {
        if listing.get(code).is_some() {
            pairs.push(("groups".to_owned(), (*code).to_owned()));
        }
    }
    let cannot_move = listing.get("cannot_move").is_some();
    let answers = Answers::of(pairs);
    let groups = answers.groups();
    let answer = (!answers.matter().is_empty()).then(|| Said {
        hardship: suggest(answers.matter(), &groups).1,
        first: goes_first(&groups, cannot_move),
    });
    let main = AskMain {
        about: known("about"),
        cannot_move,
        groups: groups.into_iter().map(str::to_owned).collect(),
        answer,
        hotline: ctx.app.settings.hotline.clone(),
    };
    Ok(Page::new("我能不能申请", &main)?.crumb("申请法律援助", "/apply").narrow())
}

impl AskMain {
    fn ticked(&self, code: &str) -> bool {
        self.groups.iter().any(|known| known == code)
    }
}
