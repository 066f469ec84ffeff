//! The application that citizens fill in themselves, without an account: eight question pages, saved after each, found
//! again by a code. Nothing here decides whether somebody gets aid: the answers only become an application.

use crate::application::{Hardship, Said, goes_first, suggest};
use kernel::{Phone, ResidentId};
use parties::NewPerson;

/// A draft or a sent application in the hands of a citizen; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {}

/// A question page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// For whom.
    Who,
    /// About what.
    Matter,
    /// What happened.
    Story,
    /// What may make a difference.
    Situation,
    /// How hardship is shown.
    Hardship,
    /// Who they are.
    Person,
    /// How they may be reached.
    Contact,
    /// Which papers they have.
    Papers,
}
store::text_column!(Step {
    Who = "who",
    Matter = "matter",
    Story = "story",
    Situation = "situation",
    Hardship = "hardship",
    Person = "person",
    Contact = "contact",
    Papers = "papers",
});

impl Step {
    /// The question, as heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Who => "这次是给谁申请？",
            Self::Matter => "遇到了什么事？",
            Self::Story => "事情是怎么回事？",
            Self::Situation => "有没有下面的情况？",
            Self::Hardship => "家里经济有困难，怎么说明？",
            Self::Person => "申请人是谁？",
            Self::Contact => "怎么联系您最稳妥？",
            Self::Papers => "手上有哪些材料？",
        }
    }

    /// The fields it asks for.
    #[must_use]
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Who => &["for", "agent_name", "agent_relation"],
            Self::Matter => &["about"],
            Self::Story => &["story", "opponent"],
            Self::Situation => &["groups", "cannot_move", "visit"],
            Self::Hardship => &["money"],
            Self::Person => &["name", "id_number", "phone"],
            Self::Contact => &["town", "address", "reach", "sms", "quiet"],
            Self::Papers => &["papers"],
        }
    }

    /// Its place among the pages, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).map_or(1, |at| at + 1)
    }

    /// The page before.
    #[must_use]
    pub fn before(self, answers: &Answers) -> Option<Step> {
        Self::ALL.iter().copied().take_while(|step| *step != self).filter(|step| answers.asks(*step)).last()
    }

    /// The page after; none after the last.
    #[must_use]
    pub fn after(self, answers: &Answers) -> Option<Step> {
        Self::ALL.iter().copied().skip_while(|step| *step != self).skip(1).find(|step| answers.asks(*step))
    }
}

/// A matter in the words of those who have it, and the code of `aid_matter` that it usually is. Officers correct it.
pub(crate) struct Lay {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) matter: &'static str,
}

/// What people come with.
pub(crate) const LAY: &[Lay] = &[
    Lay { key: "wages", label: "老板欠薪、没签劳动合同", matter: "M31-5" },
    Lay { key: "injury", label: "上班受伤（工伤）", matter: "M31-7a" },
    Lay { key: "traffic", label: "交通事故受伤", matter: "M31-7b" },
    Lay { key: "support", label: "要赡养费、抚养费", matter: "M31-4" },
    Lay { key: "violence", label: "被家里人打、虐待、遗弃", matter: "M32-4" },
    Lay { key: "divorce", label: "离婚、分财产、争孩子", matter: "M31-9" },
    Lay { key: "benefit", label: "低保、社保、救助金", matter: "M31-2" },
    Lay { key: "medical", label: "看病、吃药出了事", matter: "M31-7d" },
    Lay { key: "crime", label: "家里人被抓、要开庭", matter: "M24" },
    Lay { key: "other", label: "别的事，说不清", matter: "M31-9" },
];

/// What may make a difference, in lay words: codes of the dictionary `group`.
pub(crate) const SITUATIONS: &[(&str, &str)] = &[
    ("G-OLD", "60 岁以上"),
    ("G-MIN", "不满 18 岁"),
    ("G-DIS", "残疾"),
    ("G-MIG", "外出打工"),
    ("G-SA-DB", "低保家庭"),
    ("G-SA-TK", "特困人员"),
    ("G-YF", "优抚对象"),
    ("G-MIL", "现役军人"),
    ("G-MILF", "军人家属"),
    ("G-DV", "正被家里人打骂、虐待"),
];

/// How hardship can be shown, in lay words.
pub(crate) const MONEY: &[(Hardship, &str)] = &[
    (Hardship::Statement, "我填一张经济困难说明表"),
    (Hardship::Sharing, "同意你们去有关部门查"),
    (Hardship::Commitment, "我作诚信承诺"),
    (Hardship::Exempt, "免予核查，我有证明（低保、残疾、没有固定生活来源等）"),
];

/// How somebody may be reached.
pub(crate) const REACH: &[(&str, &str)] =
    &[("call", "可以打电话"), ("text", "只发短信，不要打电话"), ("none", "不要联系我，我自己来查")];

/// Papers in lay words.
pub(crate) const PAPERS: &[&str] = &[
    "身份证",
    "户口簿",
    "低保、残疾等证明",
    "合同、工资条",
    "病历、鉴定",
    "法院、公安的文书",
    "照片、聊天记录",
];

/// Relations of those who apply for somebody else (法律援助法第四十条), and the helper from the village.
pub(crate) const RELATIONS: &[&str] = &["监护人", "近亲属", "村（社区）干部", "其他人"];

/// What a citizen answered so far: pairs of field and value, in the order of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(Vec<(String, String)>);

impl Answers {
    /// Answers from pairs.
    #[must_use]
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All pairs.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The first value of a field, or empty.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// Replaces what a page asks for.
    pub fn replace<'a>(&mut self, step: Step, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        self.0.retain(|(name, _)| !step.fields().contains(&name.as_str()));
        let own = pairs.filter(|(name, value)| step.fields().contains(name) && !value.trim().is_empty());
        self.0.extend(own.map(|(name, value)| (name.to_owned(), value.trim().to_owned())));
    }

    /// Keeps one value beside those of the pages.
    pub(crate) fn keep(&mut self, field: &str, value: String) {
        self.0.retain(|(name, _)| name != field);
        self.0.push((field.to_owned(), value));
    }

    /// The matter that it probably is; empty while unknown.
    #[must_use]
    pub fn matter(&self) -> &'static str {
        LAY.iter().find(|lay| lay.key == self.get("about")).map_or("", |lay| lay.matter)
    }

    /// The groups: what was ticked and what the matter says.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> =
            self.all("groups").filter(|code| SITUATIONS.iter().any(|(known, _)| known == code)).collect();
        if self.get("about") == "violence" && !groups.contains(&"G-DV") {
            groups.push("G-DV");
        }
        groups
    }

    /// Whether the page is asked at all: where no hardship is needed, nobody is asked about money (第三十二条).
    #[must_use]
    pub fn asks(&self, step: Step) -> bool {
        step != Step::Hardship || suggest(self.matter(), &self.groups()).0 != Hardship::NoCondition
    }

    /// Whether a page has what it needs.
    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        let filled = |field| !self.get(field).is_empty();
        match step {
            Step::Who => {
                self.get("for") == "self" || filled("for") && filled("agent_name") && filled("agent_relation")
            }
            Step::Matter => !self.matter().is_empty(),
            Step::Story => filled("story"),
            Step::Situation | Step::Papers => true,
            Step::Hardship => filled("money") || !self.asks(step),
            Step::Person => filled("name") && (filled("id_number") || filled("phone")),
            Step::Contact => filled("town") && filled("reach"),
        }
    }

    /// The first page that lacks something.
    #[must_use]
    pub fn missing(&self) -> Option<Step> {
        Step::ALL.iter().copied().find(|step| !self.has(*step))
    }

    /// Whether these are the last four characters of the ID number or, where there is none, of the telephone.
    #[must_use]
    pub fn is_tail(&self, typed: &str) -> bool {
        let number = if self.get("id_number").is_empty() { self.get("phone") } else { self.get("id_number") };
        let tail = |text: &str| {
            let all: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
            all[all.len().saturating_sub(4)..].iter().map(char::to_ascii_uppercase).collect::<String>()
        };
        // A draft without any number has nothing more to be asked for.
        number.is_empty() || typed.chars().count() == 4 && tail(number) == typed.to_ascii_uppercase()
    }

    /// Whether news may be sent to the telephone: only where it was said so.
    #[must_use]
    pub fn may_text(&self) -> bool {
        match self.get("reach") {
            "text" => true,
            "call" => !self.get("sms").is_empty(),
            _ => false,
        }
    }

    /// Whether a code may be sent to the telephone when somebody asks for one there: not where it was said that messages
    /// are not safe, and not where others may read them unless that was allowed.
    #[must_use]
    pub fn may_send_code(&self) -> bool {
        match self.get("reach") {
            "none" => false,
            _ => self.may_text() || !self.is_quiet(),
        }
    }

    /// Whether whoever reads along must not learn what it is about.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        !self.get("quiet").is_empty() || self.groups().contains(&"G-DV")
    }

    /// The telephone, if it can be read.
    #[must_use]
    pub fn phone(&self, area: &str) -> Option<Phone> {
        Phone::parse_with_area(self.get("phone"), area).ok()
    }

    /// The applicant, as far as the answers say.
    #[must_use]
    pub fn person(&self, area: &str) -> NewPerson {
        NewPerson {
            name: kernel::person_name(self.get("name")).unwrap_or_default(),
            id_number: ResidentId::parse(self.get("id_number")).ok(),
            phone: Phone::parse_with_area(self.get("phone"), area).ok(),
            address: self.get("address").to_owned(),
            groups: self.groups().into_iter().map(str::to_owned).collect(),
            ..NewPerson::default()
        }
    }

    /// What the application says. Papers are those that the citizen says to have: none was handed in yet.
    #[must_use]
    pub fn said(&self) -> Said {
        let groups = self.groups();
        let (suggested, _) = suggest(self.matter(), &groups);
        let chosen = Hardship::from_text(self.get("money")).unwrap_or(Hardship::Statement);
        let for_self = self.get("for") == "self";
        let agent = |field| if for_self { String::new() } else { self.get(field).to_owned() };
        Said {
            agent_name: agent("agent_name"),
            agent_relation: agent("agent_relation"),
            opponent: self.get("opponent").to_owned(),
            matter: self.matter().to_owned(),
            story: self.get("story").to_owned(),
            green: goes_first(&groups, !self.get("cannot_move").is_empty()),
            groups: groups.into_iter().map(str::to_owned).collect(),
            hardship: if suggested == Hardship::NoCondition { suggested } else { chosen },
            people: 1,
            papers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        Answers::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn there_are_at_most_eight_pages_and_twenty_fields_with_the_notice() {
        let fields: usize = Step::ALL.iter().map(|step| step.fields().len()).sum();
        assert!(Step::ALL.len() <= 8 && fields < 20, "{fields}");
    }

    #[test]
    fn nobody_who_was_beaten_is_asked_about_money() {
        let beaten = answers(&[("about", "violence")]);
        assert!(!beaten.asks(Step::Hardship));
        assert_eq!(Step::Situation.after(&beaten), Some(Step::Person));
        assert_eq!(Step::Person.before(&beaten), Some(Step::Situation));
        assert_eq!(beaten.said().hardship, Hardship::NoCondition);
        assert!(beaten.said().green, "goes first");
        assert_eq!(Step::Situation.after(&answers(&[("about", "wages")])), Some(Step::Hardship));
    }

    #[test]
    fn every_lay_word_is_a_matter_and_every_situation_a_group() {
        let terms = parties::standard_terms();
        let known = |list: &str, code: &str| terms.iter().any(|term| term.list == list && term.code == code);
        assert!(LAY.iter().all(|lay| known("aid_matter", lay.matter)));
        assert!(SITUATIONS.iter().all(|(code, _)| known("group", code)));
        assert!(MONEY.iter().all(|(way, _)| Hardship::choices().contains(way)));
    }

    #[test]
    fn the_last_four_open_it_and_nothing_else_does() {
        let known = answers(&[("id_number", "320412196503071234"), ("phone", "13800005678")]);
        assert!(
            known.is_tail("1234") && !known.is_tail("5678") && !known.is_tail("") && !known.is_tail("234")
        );
        let x = answers(&[("id_number", "32041219650307123X")]);
        assert!(x.is_tail("123x"));
        assert!(answers(&[("phone", "138 0000 5678")]).is_tail("5678"));
        assert!(answers(&[("about", "wages")]).is_tail(""), "nothing personal is in it yet");
    }

    #[test]
    fn messages_are_sent_only_where_they_are_safe() {
        // reach, sms, quiet, beaten at home: may news be sent, may a code, must it say nothing
        for (reach, sms, quiet, beaten, news, code, silent) in [
            ("call", "", "", false, false, true, false),
            ("call", "1", "", false, true, true, false),
            ("call", "", "1", false, false, false, true),
            ("call", "1", "1", false, true, true, true),
            ("call", "", "", true, false, false, true),
            ("text", "", "", false, true, true, false),
            ("text", "", "1", false, true, true, true),
            ("text", "", "", true, true, true, true),
            ("none", "", "", false, false, false, false),
            ("none", "1", "", false, false, false, false),
            ("none", "1", "1", true, false, false, true),
            ("", "", "", false, false, true, false),
            ("", "", "", true, false, false, true),
        ] {
            let about = if beaten { "violence" } else { "wages" };
            let all = answers(&[("reach", reach), ("sms", sms), ("quiet", quiet), ("about", about)]);
            assert_eq!(
                (all.may_text(), all.may_send_code(), all.is_quiet()),
                (news, code, silent),
                "{reach} {sms} {quiet} {beaten}"
            );
        }
    }

    #[test]
    fn a_page_replaces_its_own_answers_only() {
        let mut all = answers(&[("about", "wages"), ("groups", "G-OLD"), ("code", "X")]);
        all.replace(
            Step::Situation,
            [("groups", "G-DIS"), ("groups", "G-MIG"), ("about", "evil")].into_iter(),
        );
        assert_eq!(all.get("about"), "wages");
        assert_eq!(all.groups(), ["G-DIS", "G-MIG"]);
        assert_eq!(all.missing(), Some(Step::Who));
    }
}
