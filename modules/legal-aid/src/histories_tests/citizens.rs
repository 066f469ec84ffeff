//! What citizens do in a history on the phone, and who then holds what.

use super::play::{BROWSERS, History, wrong};
use crate::{
    Case, Letter, LetterKind, Step as Page, Ticket,
    actions::citizen::{answer_letter, come_back, save_page, send_application, write_letter},
    store::{
        letters::{self, LetterRow},
        tickets::{self, TicketRow},
    },
};
use ::store::Tx;
use kernel::{Id, LookupCode, Moment, Result};
use std::collections::BTreeMap;
use web::Reach;

/// What somebody began on the phone, as those who typed it remember it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) id: Id<Ticket>,
    code: String,
    /// What was typed, by page.
    pages: BTreeMap<&'static str, Vec<(&'static str, String)>>,
    /// Which telephone holds it.
    holder: Option<u8>,
    touched: Moment,
    /// How often it was touched, for drafts that were touched at the same moment.
    pub(super) case: Option<Id<Case>>,
    /// Forgotten in the night.
    emptied: bool,
    /// The row as the telephone saw it before it was sent.
    row: Option<TicketRow>,
}

impl Draft {
    /// Everything that was typed, and the code, in order of their names.
    fn typed(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = match self.emptied {
            true => Vec::new(),
            false => self
                .pages
                .values()
                .flatten()
                .map(|(field, value)| ((*field).to_owned(), value.clone()))
                .chain([("code".to_owned(), self.code.clone())])
                .collect(),
        };
        all.sort();
        all
    }

    fn tail(&self) -> String {
        let person = self.pages.get("person").into_iter().flatten();
        let phone = person.filter(|(field, _)| *field == "phone").map(|(_, value)| value.as_str()).next();
        phone.map_or(String::new(), |phone| phone[phone.len() - 4..].to_owned())
    }
}

/// A letter as its writer remembers it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: Id<Letter>,
    pub(super) case: Id<Case>,
    pub(super) kind: LetterKind,
    pub(super) words: String,
    pub(super) rating: Option<i64>,
    pub(super) answer: Option<String>,
    /// As it was before anybody answered.
    row: LetterRow,
}

fn browser(nth: u8) -> String {
    format!("telephone-{nth}")
}

impl History<'_> {
    /// The draft, or the sent application, that a telephone holds at this moment.
    fn held(&self, nth: u8, sent: bool) -> Option<usize> {
        let since = self.now.plus_seconds(if sent { -2 * 3600 } else { -24 * 3600 });
        let holds = |draft: &&(usize, &Draft)| {
            draft.1.holder == Some(nth) && draft.1.case.is_some() == sent && draft.1.touched >= since
        };
        let all: Vec<(usize, &Draft)> = self.drafts.iter().enumerate().collect();
        all.iter().filter(holds).max_by_key(|(_, draft)| (draft.touched, draft.id.raw())).map(|(at, _)| *at)
    }

    /// A telephone shows its own draft and nothing of anybody else's.
    pub(super) async fn holds_its_own(&self, tx: &mut Tx) -> Result<()> {
        for nth in 0..BROWSERS {
            for sent in [false, true] {
                let row = tickets::of_browser(tx, &browser(nth), sent, self.now).await?;
                let own = self.held(nth, sent).map(|at| &self.drafts[at]);
                let shown = row.as_ref().map(|row| row.id);
                if shown != own.map(|draft| draft.id) {
                    return Err(wrong(format!("telephone {nth} shows {shown:?} instead of {own:?}")));
                }
                let (Some(row), Some(own)) = (row, own) else { continue };
                let mut answers = row.answers(tx.db())?.pairs().to_vec();
                answers.sort();
                if answers != own.typed() {
                    return Err(wrong(format!("telephone {nth} shows {answers:?}, typed was {own:?}")));
                }
            }
        }
        Ok(())
    }

    /// What is typed on a page.
    fn typing(&mut self, page: Page) -> Vec<(&'static str, String)> {
        let text = self.text();
        let number = self.number();
        let town = self.office.world.towns[0].to_string();
        let one = |field, value: &str| (field, value.to_owned());
        match page {
            Page::Who if number.is_multiple_of(3) => {
                vec![one("for", "other"), ("agent_name", text), one("agent_relation", "近亲属")]
            }
            Page::Who => vec![one("for", "self")],
            Page::Matter if number.is_multiple_of(4) => vec![one("about", "violence")],
            Page::Matter => vec![one("about", "wages")],
            Page::Story => vec![("story", text), one("opponent", "李四")],
            Page::Situation if number.is_multiple_of(2) => vec![one("groups", "G-MIG"), one("visit", "1")],
            Page::Situation => vec![one("groups", "G-OLD"), one("groups", "G-DIS")],
            Page::Hardship => vec![one("money", "statement")],
            Page::Person => {
                let name = ["王小工", "赵六", "钱七"][number as usize % 3];
                vec![one("name", name), ("phone", format!("1380000{:04}", number % 50))]
            }
            Page::Contact => vec![("town", town), ("address", text), one("reach", "call")],
            Page::Papers => vec![one("papers", "身份证")],
        }
    }

    pub(super) async fn page(&mut self, tx: &mut Tx, nth: u8, page: u8, all: bool) -> Result<()> {
        let pages: Vec<Page> = if all {
            let own = self.held(nth, false).map(|at| &self.drafts[at].pages);
            let lacks = |page: &&Page| own.is_none_or(|pages| !pages.contains_key(page.as_str()));
            Page::ALL.iter().filter(lacks).copied().collect()
        } else {
            vec![Page::ALL[usize::from(page) % Page::ALL.len()]]
        };
        for page in pages {
            let typed = self.typing(page);
            let pairs = typed.iter().map(|(field, value)| (*field, value.as_str()));
            let answers = save_page(tx, &browser(nth), page, pairs, self.now).await?;
            let at = match self.held(nth, false) {
                Some(at) => at,
                None => {
                    let row = tickets::of_browser(tx, &browser(nth), false, self.now).await?;
                    let row = row.ok_or_else(|| wrong("a page that was saved is not there"))?;
                    self.drafts.push(Draft {
                        id: row.id,
                        code: answers.get("code").to_owned(),
                        pages: BTreeMap::new(),
                        holder: Some(nth),
                        touched: self.now,
                        case: None,
                        emptied: false,
                        row: None,
                    });
                    self.drafts.len() - 1
                }
            };
            let draft = &mut self.drafts[at];
            draft.pages.insert(page.as_str(), typed);
            draft.touched = self.now;
            self.count("page");
            self.holds_its_own(tx).await?;
        }
        Ok(())
    }

    pub(super) async fn send(&mut self, tx: &mut Tx, nth: u8, again: bool) -> Result<()> {
        if again {
            // The page that was left open in another window: what was sent is not sent twice.
            let sent = self.drafts.iter().rfind(|draft| draft.case.is_some() && draft.row.is_some());
            let Some(row) = sent.and_then(|draft| draft.row.clone()) else { return Ok(()) };
            send_application(tx, &row, "0519", self.now).await?;
            return Err(wrong("an application was sent twice"));
        }
        let Some(at) = self.held(nth, false) else { return Ok(()) };
        let row = tickets::of_browser(tx, &browser(nth), false, self.now).await?;
        let row = row.ok_or_else(|| wrong("a draft is gone"))?;
        let id = send_application(tx, &row, "0519", self.now).await?;
        let draft = &mut self.drafts[at];
        let typed = |page: &str, field: &str| {
            let all = draft.pages.get(page).into_iter().flatten();
            all.filter(|(name, _)| *name == field).map(|(_, value)| value.clone()).next().unwrap_or_default()
        };
        let (story, address) = (typed("story", "story"), typed("contact", "address"));
        let visit = !typed("situation", "visit").is_empty();
        draft.case = Some(id);
        draft.touched = self.now;
        draft.row = Some(row);
        self.knows(id, story, String::new());
        if visit {
            let row =
                letters::of_case(tx, id).await?.pop().ok_or_else(|| wrong("the wish for a visit is lost"))?;
            let words = format!("申请时要求上门办理。地址：{address}");
            self.letters.push(Written {
                id: row.id,
                case: id,
                kind: LetterKind::Visit,
                words,
                rating: None,
                answer: None,
                row,
            });
        }
        self.count("sent");
        self.holds_its_own(tx).await
    }

    pub(super) async fn come_back(&mut self, tx: &mut Tx, nth: u8, which: u8, right: bool) -> Result<()> {
        let count = self.drafts.len();
        if count == 0 {
            return Ok(());
        }
        let at = usize::from(which) % count;
        let draft = &self.drafts[at];
        let (tail, code) = (draft.tail(), draft.code.clone());
        let (number_known, emptied) = (!tail.is_empty(), draft.emptied);
        let typed = if right { tail } else { "xxxx".to_owned() };
        let code = LookupCode::parse(&code).map_err(|_| wrong(format!("{code} is no code")))?;
        come_back(tx, &browser(nth), code, &typed, self.now).await?;
        if emptied || !right && number_known {
            return Err(wrong("a draft was opened without what opens it"));
        }
        let draft = &mut self.drafts[at];
        draft.holder = Some(nth);
        draft.touched = self.now;
        self.count("returned");
        self.holds_its_own(tx).await
    }

    pub(super) async fn night(&mut self, tx: &mut Tx) -> Result<()> {
        let before = self.now.plus_seconds(-30 * 86_400);
        tickets::forget_drafts(tx, before).await?;
        for draft in self.drafts.iter_mut().filter(|draft| draft.case.is_none() && draft.touched < before) {
            draft.emptied = true;
            draft.holder = None;
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, tx: &mut Tx, case: u8, kind: u8) -> Result<()> {
        let Some(at) = self.pick(case) else { return Ok(()) };
        let facts = self.entry(tx, at).await?.facts();
        let fitting: Vec<LetterKind> = LetterKind::ALL
            .iter()
            .copied()
            .filter(|one| kind.is_multiple_of(8) || one.fits(&facts))
            .collect();
        let kind = fitting[usize::from(kind / 8) % fitting.len()];
        let (words, case) = (self.text(), self.cases[at].id);
        let rating = (kind == LetterKind::Rate).then_some(i64::from(self.number() % 3) + 1);
        let id = write_letter(tx, case, kind, &words, rating, self.now).await?;
        let row = letters::letter(tx, &Reach::Region, id).await?.ok_or_else(|| wrong("a letter is lost"))?;
        self.letters.push(Written { id, case, kind, words, rating, answer: None, row });
        self.count("letter");
        Ok(())
    }

    /// Somebody answers with the letter as it was written, whether or not somebody answered meanwhile.
    pub(super) async fn answer(&mut self, tx: &mut Tx, letter: u8, who: u8) -> Result<()> {
        let count = self.letters.len();
        if count == 0 {
            return Ok(());
        }
        let at = usize::from(letter) % count;
        let staff = self.office.staff();
        let officer = &staff[usize::from(who) % 4];
        let words = self.text();
        let written = &self.letters[at];
        answer_letter(tx, officer, &written.row, &words, self.now).await?;
        if let Some(before) = &written.answer {
            return Err(wrong(format!("{before} was answered before, and now {words}")));
        }
        if written.kind == LetterKind::Object && !officer.roles.contains(&web::Role::Manager) {
            return Err(wrong("an objection was answered by those who refused"));
        }
        self.letters[at].answer = Some(words);
        self.count("answered");
        Ok(())
    }
}
