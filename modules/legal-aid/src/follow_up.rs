//! What people who were aided say afterwards (受援人回访, one of the ways of supervision in 法律援助法第五十九条): five
//! questions with three answers, and whether anybody took money, which is forbidden (第二十条).

use kernel::Day;

/// How they were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// 电话.
    Phone,
    /// 上门.
    Visit,
    /// 信函.
    Letter,
    /// 网络.
    Network,
}
store::text_column!(Way { Phone = "phone", Visit = "visit", Letter = "letter", Network = "network" });

impl Way {
    /// The word on screen.
    #[must_use]
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Phone => "电话",
            Self::Visit => "上门",
            Self::Letter => "信函",
            Self::Network => "网络",
        }
    }
}

/// The five questions: the field of the form, and the question.
pub(crate) const QUESTIONS: [(&str, &str); 5] = [
    ("attitude", "服务态度"),
    ("communication", "沟通：有没有见面、讲清楚、告知进展"),
    ("protection", "维护您的权益尽不尽力"),
    ("outcome", "对办理结果"),
    ("overall", "总的来说"),
];

/// The three answers, the best first.
pub(crate) const ANSWERS: [(&str, &str); 3] = [("1", "满意"), ("2", "基本满意"), ("3", "不满意")];

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FollowUp {
    /// When they were asked.
    pub(crate) done_on: Day,
    /// How.
    pub(crate) way: Way,
    /// The answers to [`QUESTIONS`], each from 1 to 3.
    pub(crate) answers: [i64; 5],
    /// Whether anybody took money or goods.
    pub(crate) money_taken: bool,
    /// Their words.
    pub(crate) words: String,
}

impl FollowUp {
    /// Whether they are satisfied on the whole: 满意 or 基本满意.
    #[must_use]
    pub(crate) fn is_satisfied(&self) -> bool {
        self.answers[4] <= 2
    }

    /// Whether somebody must look at the case: they are not satisfied, or money was taken.
    #[must_use]
    pub(crate) fn is_alarming(&self) -> bool {
        self.money_taken || self.answers.contains(&3)
    }
}
