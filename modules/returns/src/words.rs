//! Definitions and checks in the words of people: what a column counts, and what a formula says.

use crate::{
    check::{Basis, Check, Comparison, Place, Relation, Verdict},
    column::{Column, Count, Counts, Of, Set, Test},
    form::form_of,
};
use legal_aid::{Cause, Handler, Origin, Party, Phase, Sender};

impl Column {
    /// Its definition (口径).
    #[must_use]
    pub fn definition(&self) -> String {
        match &self.counts {
            Counts::Counted { count, typed } => {
                let more = if *typed { "；加上人工填报的数" } else { "" };
                format!("{}{more}。", count.words())
            }
            Counts::Sum(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| format!("第{part}栏")).collect();
                format!("{}之和。", parts.join("、"))
            }
            Counts::Typed => "系统里没有登记来源，由知道的人填报；没有填报的显示“未采集”。".to_owned(),
        }
    }
}

impl Count {
    fn words(&self) -> String {
        let mut parts = vec![self.set.words().to_owned()];
        parts.extend(self.tests.iter().map(|(holds, test)| match holds {
            true => test.words(),
            false => format!("不含“{}”", test.words()),
        }));
        let of = match self.of {
            Of::Rows => "",
            Of::People => "的受援人数之和",
            Of::Recovered => "的挽回损失或者取得利益之和（元，报表以万元列出）",
            Of::Wages => "的为农民工讨薪金额之和（元，报表以万元列出）",
            Of::Subsidy => "的补贴之和（元，报表以万元列出）",
        };
        format!("{}{of}", parts.join("，"))
    }
}

impl Set {
    fn words(self) -> &'static str {
        match self {
            Self::Accepted => {
                "期内批准的案件：申请案件按决定给予援助之日，通知、商请案件按收到之日；值班律师法律帮助不计"
            }
            Self::Refused => "期内决定不予援助的申请",
            Self::Decided => "期内作出决定（给予或者不予援助）的申请，和通知、商请的案件",
            Self::Closed => "期内结案的案件：结案审查通过的按结案日，终止援助的按终止之日",
            Self::Open => "到期末已经批准、还没有结案的案件",
            Self::Paid => "期内登记发放补贴的案件",
            Self::Consulted => "期内的咨询：法律顾问的电话、微信群咨询和已接通的回电",
            Self::Stations => "期末已经设立、没有撤销的工作站",
            Self::Complained => "期内受援人在网上提交的投诉",
        }
    }
}

impl Test {
    fn words(&self) -> String {
        match self {
            Self::Domain(domain) => domain.label().to_owned(),
            Self::Origin(Origin::Application) => "申请的".to_owned(),
            Self::Origin(Origin::Notice) => "办案机关通知的".to_owned(),
            Self::Origin(Origin::Request) => "人民法院商请的".to_owned(),
            Self::Treatment => "强制医疗".to_owned(),
            Self::Retrial => "再审、抗诉（申诉）案件".to_owned(),
            Self::Suit => "诉讼（已结案的按结案结果，未结案的按援助形式）".to_owned(),
            Self::NonSuit => "非诉讼（公证、司法鉴定援助除外）".to_owned(),
            Self::Notary => "公证援助".to_owned(),
            Self::Forensic => "司法鉴定援助".to_owned(),
            Self::Group(group) => format!("申请人属于{}", group.label()),
            Self::Phase(phase) => format!("{}阶段", Phase::label(*phase)),
            Self::Party(party) => Party::label(*party).to_owned(),
            Self::From(sender) => Sender::label(*sender).to_owned(),
            Self::Handler(handler) => format!("由{}办理", Handler::label(*handler)),
            Self::Outcome(outcome) => format!("结果为{}", outcome.label()),
            Self::Matter(codes) => {
                let words: Vec<&str> = codes.iter().map(|code| matter(code)).collect();
                words.join("、")
            }
            Self::Reason(codes) => {
                let words: Vec<&str> = codes.iter().map(|code| reason(code)).collect();
                words.join("、")
            }
            Self::Cause(causes) => {
                let words: Vec<&str> = causes.iter().map(|cause| Cause::label(*cause)).collect();
                words.join("、")
            }
            Self::Phone => "来电".to_owned(),
            Self::Network => "微信群".to_owned(),
            Self::Topic(root) => match *root {
                "Q18" => "事项属于刑事",
                "Q38" => "事项属于行政",
                "Q43" => "事项属于经济",
                _ => "事项属于民事，或者没有归入刑事、行政、经济的",
            }
            .to_owned(),
            Self::Exactly(codes) => format!("咨询事项为字典 {}", codes.join("、")),
            Self::Host(_) => "依托单位为本栏所列".to_owned(),
            Self::Staffed => "登记的工作人员数大于零".to_owned(),
        }
    }
}

fn matter(code: &str) -> &'static str {
    match code {
        "M25-1" => "未成年人（第二十五条第一款第一项）",
        "M25-2" => "视力、听力、言语残疾人（第二十五条第一款第二项）",
        "M25-3" => "不能完全辨认自己行为的成年人（第二十五条第一款第三项）",
        "M25-4" => "可能被判处无期徒刑、死刑的人（第二十五条第一款第四项）",
        _ => "其他事项",
    }
}

fn reason(code: &str) -> &'static str {
    match code {
        "2" => "不属于法律援助事项范围",
        "3" => "不符合经济困难标准",
        _ => "其他理由",
    }
}

impl Check {
    /// The formula in words: `第7栏（刑事案件—合计）＝第3栏（…）＋…`.
    #[must_use]
    pub fn words(&self) -> String {
        let holds = self.comparison(&self.holds);
        match &self.condition {
            Some(condition) => format!("如果{}，那么{holds}", self.comparison(condition)),
            None => holds,
        }
    }

    fn comparison(&self, comparison: &Comparison) -> String {
        let side = |places: &[Place]| {
            let words: Vec<String> = places.iter().map(|place| self.place(*place)).collect();
            if words.is_empty() { "0".to_owned() } else { words.join("＋") }
        };
        let relation = comparison.relation.sign();
        format!("{}{relation}{}", side(&comparison.left), side(&comparison.right))
    }

    fn place(&self, place: Place) -> String {
        let Some(form) = form_of(place.form) else { return String::new() };
        let head =
            form.column(place.column).and_then(|column| column.head.last().copied()).unwrap_or_default();
        let of = match form.title.split_once('　') {
            _ if place.form == self.form => String::new(),
            Some((table, _)) => table.replace("法律援助统计报", ""),
            None => form.title.to_owned(),
        };
        format!("{of}第{}栏“{head}”", place.column)
    }
}

impl Relation {
    /// The sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "＝",
            Self::AtLeast => "≥",
            Self::More => "＞",
        }
    }
}

impl Basis {
    /// Where a formula comes from, in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Form => "报表说明",
            Self::Renumbered => "报表说明（栏号按新表调整）",
            Self::Derived => "由表头推出，待本局确认",
        }
    }
}

impl Verdict {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Holds(..) => "通过",
            Self::Broken(..) => "不通过",
            Self::Open => "未采集，不能核对",
            Self::NotNeeded => "不适用",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Holds(..) => "ok",
            Self::Broken(..) => "bad",
            Self::Open | Self::NotNeeded => "muted",
        }
    }
}
