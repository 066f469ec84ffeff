//! What an applicant says about the case after it began, and by when it must be answered.

use crate::{
    case::{Ending, Facts, Stage},
    rule::{COMPLAIN, OBJECT_REVIEW, RECONSIDER, REPLACE, SUE},
};
use web::{Actor, Role};

/// A letter; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {}

/// What a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetterKind {
    /// 请求上门办理 (法律援助法第四十五条).
    Visit,
    /// 补充材料.
    Supplement,
    /// 撤回申请.
    Withdraw,
    /// 异议 (第四十九条).
    Object,
    /// 行政复议答复通知, from the organ of reconsideration.
    Reconsider,
    /// 应诉通知, from a court.
    Sue,
    /// 请求更换承办人.
    Replace,
    /// 投诉 (第五十六条).
    Complain,
    /// 补充说明、询问.
    Ask,
    /// 评价.
    Rate,
}
store::text_column!(LetterKind {
    Visit = "visit",
    Supplement = "supplement",
    Withdraw = "withdraw",
    Object = "object",
    Reconsider = "reconsider",
    Sue = "sue",
    Replace = "replace",
    Complain = "complain",
    Ask = "ask",
    Rate = "rate",
});

/// The three answers of a rating, the best first.
pub(crate) const RATINGS: &[(&str, &str)] = &[("3", "满意"), ("2", "一般"), ("1", "不满意")];

impl LetterKind {
    /// The words for officers.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Visit => "请求上门",
            Self::Supplement => "补充材料",
            Self::Withdraw => "撤回申请",
            Self::Object => "提出异议",
            Self::Reconsider => "行政复议答复通知",
            Self::Sue => "行政诉讼应诉通知",
            Self::Replace => "请求更换律师",
            Self::Complain => "投诉",
            Self::Ask => "询问、补充说明",
            Self::Rate => "评价",
        }
    }

    /// The words on the citizen's button.
    #[must_use]
    pub fn wish(self) -> &'static str {
        match self {
            Self::Visit => "请你们上门来办",
            Self::Supplement => "我来补材料",
            Self::Withdraw => "我不申请了",
            Self::Object => "我不同意这个决定",
            Self::Reconsider => "行政复议",
            Self::Sue => "行政诉讼",
            Self::Replace => "我想换一位律师",
            Self::Complain => "我要投诉",
            Self::Ask => "我还有话要说",
            Self::Rate => "评一评这次服务",
        }
    }

    /// What to write, beside the field.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Visit => "写明地址、哪天什么时候方便、怎么称呼您",
            Self::Supplement => "写明补了哪些材料、怎么交：送到法援中心或者就近的工作站，或者请人来取",
            Self::Withdraw => "写明为什么不申请了；撤回以后还可以再申请",
            Self::Object => "写明为什么不同意；由司法局审查，五日内答复（法律援助法第四十九条）",
            Self::Reconsider => "写明复议机关、通知文号、收到日期",
            Self::Sue => "写明法院、案号、收到日期",
            Self::Replace => "写明原因，例如没有见面、没有告知进展",
            Self::Complain => "写明对谁、什么事不满意",
            Self::Ask => "想问的、要补充说明的，都可以写",
            Self::Rate => "想多说几句的写在这里",
        }
    }

    /// Whether it can be written now.
    #[must_use]
    pub fn fits(self, facts: &Facts) -> bool {
        let stage = facts.stage();
        match self {
            Self::Visit => !stage.is_over(),
            Self::Supplement => facts.examination().is_some_and(|at| at != Stage::Approving),
            Self::Withdraw => facts.examination().is_some(),
            Self::Object => {
                stage == Stage::Refused || facts.ended.is_some_and(|(_, how)| how == Ending::Terminated)
            }
            // These come to the bureau from others; they are about what was refused or terminated.
            Self::Reconsider | Self::Sue => {
                facts.reopened_at.is_some()
                    || stage == Stage::Refused
                    || facts.ended.is_some_and(|(_, how)| how == Ending::Terminated)
            }
            Self::Replace => matches!(stage, Stage::Offered | Stage::Handling),
            Self::Rate => {
                matches!(
                    stage,
                    Stage::FileReview | Stage::Pricing | Stage::Paying | Stage::Archiving | Stage::Archived
                )
            }
            Self::Complain | Self::Ask => true,
        }
    }

    /// The time limit for answering, if the law or the procedure sets one.
    #[must_use]
    pub fn rule(self) -> Option<&'static str> {
        match self {
            Self::Object => Some(OBJECT_REVIEW),
            Self::Replace => Some(REPLACE),
            Self::Reconsider => Some(RECONSIDER),
            Self::Sue => Some(SUE),
            Self::Complain => Some(COMPLAIN),
            _ => None,
        }
    }

    /// Whether this person may answer it: an objection is examined by the bureau, not by those who refused (第四十九条).
    #[must_use]
    pub fn may_answer(self, actor: &Actor) -> bool {
        !matches!(self, Self::Object | Self::Reconsider | Self::Sue) || actor.roles.contains(&Role::Manager)
    }

    /// Whether it may be about whoever handles the case.
    #[must_use]
    pub fn is_about_the_lawyer(self) -> bool {
        matches!(self, Self::Complain | Self::Replace | Self::Rate)
    }

    /// Whether applicants write it themselves on the phone.
    #[must_use]
    pub fn is_theirs(self) -> bool {
        !matches!(self, Self::Reconsider | Self::Sue)
    }

    /// Whether officers note it when it comes on paper, by telephone or by word of mouth: all but ratings.
    #[must_use]
    pub fn is_noted(self) -> bool {
        self != Self::Rate
    }

    /// Whether somebody has to answer it.
    #[must_use]
    pub fn wants_answer(self) -> bool {
        self != Self::Rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Decision, Origin};
    use kernel::Moment;

    #[test]
    fn something_can_always_be_said_and_only_what_makes_sense() {
        let at = Moment::parse("2022-03-01T09:00").expect("a moment");
        let fresh = Facts::received(Origin::Application, at, false);
        let fits = |facts: &Facts| -> Vec<LetterKind> {
            LetterKind::ALL.iter().copied().filter(|kind| kind.fits(facts)).collect()
        };
        assert!(fits(&fresh).contains(&LetterKind::Withdraw) && !fits(&fresh).contains(&LetterKind::Object));
        let refused = Facts { decided: Some((at, Decision::Refuse)), ..fresh.clone() };
        assert_eq!(
            fits(&refused),
            [
                LetterKind::Object,
                LetterKind::Reconsider,
                LetterKind::Sue,
                LetterKind::Complain,
                LetterKind::Ask
            ]
        );
        assert!(!LetterKind::Sue.is_theirs() && LetterKind::Object.is_theirs());
        let taken = Facts { ended: Some((at, Ending::Withdrawn)), ..fresh };
        assert_eq!(fits(&taken), [LetterKind::Complain, LetterKind::Ask], "what they ended themselves");
    }
}
