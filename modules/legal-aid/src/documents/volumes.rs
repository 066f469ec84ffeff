//! The two volumes of a case's file (申请审批卷、承办卷) with their contents in order. The order of the first is that of
//! 江苏省司法厅 司办〔2006〕55号 as it was found quoted; the second's is our own: the bureau confirms both.

use super::forms;
use ::documents::{Made, State};

/// One line of a volume's contents.
pub(crate) struct Item {
    /// What it is.
    pub(crate) title: &'static str,
    /// Forms that it consists of.
    forms: &'static [u8],
    /// Words by which papers handed in are recognised.
    papers: &'static [&'static str],
    /// Whether all papers belong here that are recognised nowhere else.
    rest: bool,
}

const fn of(title: &'static str, forms: &'static [u8], papers: &'static [&'static str]) -> Item {
    Item { title, forms, papers, rest: false }
}

/// 申请审批卷, kept by the institution; a case that was refused has this one only.
pub(crate) const APPROVAL: &[Item] = &[
    of("申请和审批", &[1, 2, 8, 23], &["申请表"]),
    of("身份证明", &[3], &["身份", "户口", "授权"]),
    of("经济困难证明", &[4], &["困难", "低保", "免核查", "残疾"]),
    Item { title: "与案件有关的材料", forms: &[], papers: &[], rest: true },
    of("材料清单和补充通知", &[5, 6, 7], &[]),
    of("决定和指派", &[9, 10, 11, 13, 24, 25, 26, 27], &[]),
    of("送达回证", &[22], &[]),
    of("更换、终止和异议", &[16, 17, 18, 19, 20], &[]),
    of("结案材料", &[21], &[]),
    of("质量监督", &[30, 31, 32], &[]),
];

/// 承办卷, kept by whoever handles the case.
pub(crate) const HANDLING: &[Item] = &[
    of("指派通知", &[11], &[]),
    of("委托协议和授权委托书", &[12, 3], &[]),
    of("公函和介绍信", &[13, 15], &[]),
    of("会见（谈话）笔录", &[], &["笔录"]),
    of("调查取证和法律文书", &[], &["起诉状", "答辩", "仲裁申请", "代理意见", "辩护"]),
    of("承办情况通报（报告）记录", &[14, 28, 29], &[]),
    of("裁判（调解、仲裁）文书", &[], &["判决", "裁定", "调解书", "裁决"]),
    of("结案报告表", &[21], &[]),
];

/// What stands in a line: a document or a paper.
pub(crate) struct Piece {
    pub(crate) title: String,
    /// Its number and page, for documents.
    pub(crate) number: String,
    pub(crate) href: String,
    /// None for papers.
    pub(crate) state: Option<State>,
}

/// A line with what is there and what is missing.
pub(crate) struct Line {
    pub(crate) title: &'static str,
    pub(crate) pieces: Vec<Piece>,
    /// Titles of documents that there must be and are not issued.
    pub(crate) lacking: Vec<&'static str>,
}

/// The contents of a volume.
pub(crate) fn contents(volume: &'static [Item], made: &[Made], papers: &[&str], wanted: &[u8]) -> Vec<Line> {
    let kinds: Vec<::documents::Kind> = forms::all().collect();
    let title = |form: u8| kinds.iter().find(|kind| kind.id == forms::id(form)).map_or("", |kind| kind.title);
    let recognised = |paper: &str| {
        let all = APPROVAL.iter().chain(HANDLING);
        all.flat_map(|item| item.papers).any(|word| paper.contains(word))
    };
    volume
        .iter()
        .map(|item| {
            let mut pieces = Vec::new();
            let mut lacking = Vec::new();
            for form in item.forms {
                let of_form = made.iter().filter(|made| made.kind == forms::id(*form));
                let before = pieces.len();
                pieces.extend(of_form.map(|made| Piece {
                    title: title(*form).to_owned(),
                    number: made.number.clone(),
                    href: made.href.clone(),
                    state: Some(made.state),
                }));
                let issued = pieces[before..].iter().any(|piece| piece.state.is_some_and(State::is_issued));
                if wanted.contains(form) && !issued {
                    lacking.push(title(*form));
                }
            }
            let belongs = |paper: &&&str| {
                item.papers.iter().any(|word| paper.contains(word)) || (item.rest && !recognised(paper))
            };
            pieces.extend(papers.iter().filter(belongs).map(|paper| Piece {
                title: (*paper).to_owned(),
                number: String::new(),
                href: String::new(),
                state: None,
            }));
            Line { title: item.title, pieces, lacking }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(form: u8, state: State) -> Made {
        Made {
            kind: forms::id(form).to_owned(),
            number: format!("{form}号"),
            state,
            href: String::new(),
            served_on: None,
        }
    }

    #[test]
    fn every_form_has_its_place_and_every_paper_stands_once() {
        for form in 1..=32u8 {
            let places = APPROVAL.iter().chain(HANDLING).filter(|item| item.forms.contains(&form)).count();
            assert!(places > 0, "form {form} belongs into no volume");
        }
        let papers = ["身份证明", "工资欠条", "法律援助申请表", "民事判决书"];
        for paper in papers {
            let lines = contents(APPROVAL, &[], &papers, &[]).into_iter().chain(contents(
                HANDLING,
                &[],
                &papers,
                &[],
            ));
            let found = lines.flat_map(|line| line.pieces).filter(|piece| piece.title == paper).count();
            assert_eq!(found, 1, "{paper}");
        }
    }

    #[test]
    fn what_is_not_issued_is_missing() {
        let there = [made(9, State::Printed), made(2, State::Issued)];
        let lines = contents(APPROVAL, &there, &[], &[2, 9]);
        let lacking: Vec<&str> = lines.iter().flat_map(|line| line.lacking.iter().copied()).collect();
        assert_eq!(lacking, ["给予法律援助决定书"], "printed is not issued");
        let there = [made(9, State::Served)];
        assert!(contents(APPROVAL, &there, &[], &[9]).iter().all(|line| line.lacking.is_empty()));
    }
}
