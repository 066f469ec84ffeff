//! What speaks against a lawyer in a case: what the law forbids outright, and conflicts of interest (律师法第三十九条；
//! 律师执业行为规范第五十一条、第五十二条). Parties are known here by their names only, and two may have one name: a
//! conflict that was found can be looked into and set aside with a reason; what is forbidden cannot.

use crate::{application::is_criminal, case::Case};
use counsel::{Firm, Lawyer, LawyerKind, RetainerKind, practice_years};
use kernel::{Day, Id};

/// Which kind of objection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Objection {
    /// Said no to this case, or was replaced in it.
    Gone,
    /// Too few years of practice where a life is at stake (法律援助法第二十六条).
    Years,
    /// A legal worker in a criminal case: whoever is assigned there is a lawyer (法律援助法第二十五条).
    NoAdvocate,
    /// Stands or stood on the other side in another case.
    OwnCase,
    /// Is retained by the other side.
    OwnRetainer,
    /// Advises the village on the other side.
    OwnVillage,
    /// A colleague stands on the other side in another case.
    ColleagueCase,
    /// The firm or a colleague is retained by the other side.
    FirmRetainer,
    /// A colleague advises the village on the other side.
    ColleagueVillage,
}

impl Objection {
    /// Whether nobody may set it aside.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Gone | Self::Years | Self::NoAdvocate)
    }

    /// The name in the audit trail.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Years => "years",
            Self::NoAdvocate => "no-advocate",
            Self::OwnCase => "own-case",
            Self::OwnRetainer => "own-retainer",
            Self::OwnVillage => "own-village",
            Self::ColleagueCase => "colleague-case",
            Self::FirmRetainer => "firm-retainer",
            Self::ColleagueVillage => "colleague-village",
        }
    }
}

/// An objection in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Against {
    pub(crate) kind: Objection,
    pub(crate) words: String,
}

/// The words of several.
pub(crate) fn words(all: &[Against]) -> String {
    all.iter().map(|against| against.words.as_str()).collect::<Vec<_>>().join("；")
}

/// Who could be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) id: Id<Lawyer>,
    pub(crate) firm: Id<Firm>,
    pub(crate) kind: LawyerKind,
    pub(crate) licensed_since: Day,
}

store::record! {
    /// Another case with somebody of this one on the other side, and a lawyer who has or had to do with it.
    #[derive(Debug, Clone)]
    pub(crate) struct OtherCase {
        pub(crate) case_id: Id<Case>,
        /// Whether this case's opponent is the applicant there; else this case's applicant is the opponent there.
        pub(crate) for_opponent: bool,
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) firm_id: Id<Firm>,
        /// Whether the lawyer has it on the desk.
        pub(crate) goes_on: bool,
    }
}

store::record! {
    /// A retainer by somebody on the other side.
    #[derive(Debug, Clone)]
    pub(crate) struct Retained {
        pub(crate) firm_id: Id<Firm>,
        pub(crate) lawyer_id: Option<Id<Lawyer>>,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) name: String,
        pub(crate) kind: RetainerKind,
        pub(crate) until_on: Option<Day>,
    }
}

store::record! {
    /// A village on the other side with who advises it.
    #[derive(Debug, Clone)]
    pub(crate) struct Advised {
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) firm_id: Id<Firm>,
        pub(crate) village: String,
    }
}

/// Everything that was found about a case, for all lawyers at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    pub(crate) gone: Vec<Id<Lawyer>>,
    pub(crate) cases: Vec<OtherCase>,
    pub(crate) retained: Vec<Retained>,
    pub(crate) villages: Vec<Advised>,
}

impl Findings {
    /// What speaks against one lawyer in a case of this matter; nothing if all is well.
    pub(crate) fn against(&self, asked: Asked, matter: &str, today: Day) -> Vec<Against> {
        let mut all = Vec::new();
        let mut add = |kind, words| all.push(Against { kind, words });
        if self.gone.contains(&asked.id) {
            add(Objection::Gone, "在本案中表示不能承办，或者被更换过".to_owned());
        }
        if needs_three_years(matter) && practice_years(asked.licensed_since, today) < 3 {
            add(Objection::Years, "相关执业不满三年（法律援助法第二十六条）".to_owned());
        }
        if is_criminal(matter) && asked.kind != LawyerKind::Lawyer {
            add(Objection::NoAdvocate, "是基层法律服务工作者，不能办理刑事案件，应当指派律师".to_owned());
        }
        for case in self.cases.iter().filter(|case| case.lawyer_id == asked.id) {
            let number = case.case_id;
            add(
                Objection::OwnCase,
                match case.for_opponent {
                    true => format!("在案件 {number} 中代理过本案对方当事人（律师法第三十九条）"),
                    false => format!("在案件 {number} 中代理过别人，对方就是本案申请人（律师法第三十九条）"),
                },
            );
        }
        for case in &self.cases {
            if case.firm_id == asked.firm && case.lawyer_id != asked.id && case.goes_on {
                let (name, number) = (&case.lawyer_name, case.case_id);
                add(
                    Objection::ColleagueCase,
                    match case.for_opponent {
                        true => format!(
                            "同所的{name}正在案件 {number} 中代理本案对方当事人（律师执业行为规范第五十二条）"
                        ),
                        false => format!(
                            "同所的{name}正在案件 {number} 中代理别人，对方就是本案申请人（律师执业行为规范第五十二条）"
                        ),
                    },
                );
            }
        }
        for retained in self.retained.iter().filter(|retained| retained.firm_id == asked.firm) {
            add(
                match retained.lawyer_id {
                    Some(id) if id == asked.id => Objection::OwnRetainer,
                    _ => Objection::FirmRetainer,
                },
                retained.words(asked.id, today),
            );
        }
        for advised in &self.villages {
            let village = &advised.village;
            if advised.lawyer_id == asked.id {
                add(Objection::OwnVillage, format!("是对方{village}的法律顾问（律师法第三十九条）"));
            } else if advised.firm_id == asked.firm {
                let name = &advised.lawyer_name;
                let words = format!("同所的{name}是对方{village}的法律顾问（律师执业行为规范第五十二条）");
                add(Objection::ColleagueVillage, words);
            }
        }
        all.sort_by_key(|against| against.kind);
        all
    }
}

impl Retained {
    fn words(&self, asked: Id<Lawyer>, today: Day) -> String {
        let who = match (self.lawyer_id, &self.lawyer_name) {
            (Some(id), _) if id == asked => "本人".to_owned(),
            (Some(_), Some(name)) => format!("同所的{name}"),
            _ => "所在律所".to_owned(),
        };
        let name = &self.name;
        let over = self.until_on.filter(|until| *until < today);
        let what = match (self.kind, over) {
            (RetainerKind::Counsel, None) => format!("是对方“{name}”的法律顾问"),
            (RetainerKind::Employment, None) => format!("在对方“{name}”任职"),
            (RetainerKind::Agency, None) => format!("正在代理对方“{name}”"),
            (RetainerKind::Counsel, Some(_)) => format!("担任过对方“{name}”的法律顾问"),
            (RetainerKind::Employment, Some(_)) => format!("在对方“{name}”任过职"),
            (RetainerKind::Agency, Some(_)) => format!("代理过对方“{name}”"),
        };
        let over = over.map_or(String::new(), |until| format!("，{until} 终止，不满一年"));
        format!("{who}{what}{over}（律师执业行为规范第五十二条）")
    }
}

/// Life imprisonment, death, review of a death sentence: at least three years of practice (法律援助法第二十六条).
pub(crate) fn needs_three_years(matter: &str) -> bool {
    matches!(matter, "M25-4" | "M25-5")
}

/// The names in a field in which several may stand: 甲公司、王芳.
pub(crate) fn parties_of(text: &str) -> Vec<String> {
    text.split(['、', '；', ';', '，', ',', '\n'])
        .map(kernel::squeeze)
        .filter(|name| !counsel::name_key(name).is_empty())
        .take(10)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T>(nth: i64) -> Id<T> {
        Id::from_raw((320_412 << 43) | nth).expect("an id")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// The lawyer of that number, of firm 10 and licensed in 2010.
    fn asked(nth: i64) -> Asked {
        Asked { id: id(nth), firm: id(10), kind: LawyerKind::Lawyer, licensed_since: day("2010-01-01") }
    }

    fn kinds(found: &Findings, asked: Asked, matter: &str) -> Vec<Objection> {
        found.against(asked, matter, day("2022-05-06")).into_iter().map(|against| against.kind).collect()
    }

    fn retained(lawyer: Option<i64>, firm: i64, until: Option<&str>) -> Retained {
        Retained {
            firm_id: id(firm),
            lawyer_id: lawyer.map(id),
            lawyer_name: lawyer.map(|nth| format!("律师{nth}")),
            name: "江苏示例建设有限公司".to_owned(),
            kind: RetainerKind::Counsel,
            until_on: until.map(day),
        }
    }

    #[test]
    fn a_retainer_binds_the_lawyer_and_everybody_in_the_firm() {
        let found = Findings { retained: vec![retained(Some(1), 10, None)], ..Findings::default() };
        assert_eq!(kinds(&found, asked(1), "M31-5"), [Objection::OwnRetainer]);
        assert_eq!(kinds(&found, asked(2), "M31-5"), [Objection::FirmRetainer]);
        assert_eq!(kinds(&found, Asked { firm: id(11), ..asked(3) }, "M31-5"), []);
        let said = found.against(asked(2), "M31-5", day("2022-05-06"));
        assert!(said[0].words.starts_with("同所的律师1是对方“江苏示例建设有限公司”的法律顾问"), "{said:?}");
        let of_firm = Findings { retained: vec![retained(None, 10, None)], ..Findings::default() };
        let said = of_firm.against(asked(2), "M31-5", day("2022-05-06"));
        assert!(
            said[0].kind == Objection::FirmRetainer && said[0].words.starts_with("所在律所是对方"),
            "{said:?}"
        );
        let over =
            Findings { retained: vec![retained(Some(1), 10, Some("2022-05-05"))], ..Findings::default() };
        let said = over.against(asked(1), "M31-5", day("2022-05-06"));
        assert!(said[0].words.contains("2022-05-05 终止，不满一年"), "{said:?}");
    }

    #[test]
    fn an_old_case_binds_the_lawyer_and_one_that_goes_on_the_firm() {
        let case = |goes_on| OtherCase {
            case_id: id(77),
            for_opponent: true,
            lawyer_id: id(1),
            lawyer_name: "律师1".to_owned(),
            firm_id: id(10),
            goes_on,
        };
        let old = Findings { cases: vec![case(false)], ..Findings::default() };
        assert_eq!(kinds(&old, asked(1), "M31-5"), [Objection::OwnCase]);
        assert_eq!(kinds(&old, asked(2), "M31-5"), []);
        let new = Findings { cases: vec![case(true)], ..Findings::default() };
        assert_eq!(kinds(&new, asked(2), "M31-5"), [Objection::ColleagueCase]);
        assert!(!Objection::ColleagueCase.is_final() && !Objection::OwnCase.is_final());
    }

    #[test]
    fn what_is_forbidden_cannot_be_set_aside() {
        let found = Findings { gone: vec![id(1)], ..Findings::default() };
        assert_eq!(kinds(&found, asked(1), "M31-5"), [Objection::Gone]);
        let young = Asked { licensed_since: day("2020-01-01"), ..asked(2) };
        assert_eq!(kinds(&found, young, "M25-4"), [Objection::Years]);
        assert_eq!(kinds(&found, young, "M25-1"), []);
        let worker = Asked { kind: LawyerKind::LegalWorker, ..asked(3) };
        assert_eq!(kinds(&found, worker, "M25-1"), [Objection::NoAdvocate]);
        assert_eq!(kinds(&found, worker, "M31-5"), [], "in other matters he may");
        for kind in [Objection::Gone, Objection::Years, Objection::NoAdvocate] {
            assert!(kind.is_final(), "{kind:?}");
        }
    }

    #[test]
    fn several_names_may_stand_in_one_field() {
        assert_eq!(parties_of("江苏示例建设有限公司、 王芳；李四"), ["江苏示例建设有限公司", "王芳", "李四"]);
        assert_eq!(parties_of(" 、"), [""; 0]);
    }
}
