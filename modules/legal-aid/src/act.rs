//! The acts of a case, as a registry: who may do it, at which stages, whether it needs words or a code, whether it stops
//! a clock. Pages, permissions, events and tests read it from here.

use crate::{
    case::{Decision, Stage},
    particulars::Domain,
};
use kernel::{Day, Moment};
use web::Role;

/// Something that is done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// 转交: the station hands the application on (法律援助法第十三条).
    Forward,
    /// 一次性告知补充材料 (第四十三条第二款).
    AskSupplement,
    /// 材料补齐.
    Supplement,
    /// 承办人审查意见.
    Propose,
    /// 退回承办人.
    SendBack,
    /// 负责人审批.
    Decide,
    /// 撤销不予援助决定 after an objection, and examine anew (第四十九条).
    Reopen,
    /// 撤销终止决定 after an objection, and go on (第四十九条).
    Resume,
    /// 先行提供法律援助 (第四十四条); the formalities follow.
    Advance,
    /// 指派.
    Offer,
    /// 接受指派.
    Accept,
    /// 不能承办.
    Decline,
    /// 更换承办人.
    Replace,
    /// 签订委托协议.
    Agree,
    /// 首次会见.
    Meet,
    /// 通报进展 (第四十六条).
    Progress,
    /// 提交结案材料 (第五十条).
    File,
    /// 退回补正结案材料.
    ReturnFile,
    /// 结案审查通过.
    PassFile,
    /// 核定补贴 (第五十二条).
    Price,
    /// 发放补贴.
    Pay,
    /// 归档.
    Archive,
    /// 申请人撤回.
    Withdraw,
    /// 视为撤回 (第四十三条第二款).
    DeemWithdrawn,
    /// 移送有管辖权的机构 (第三十八条).
    Transfer,
    /// 终止 (第四十八条).
    Terminate,
    /// 备注.
    Note,
}
store::text_column!(Act {
    Forward = "forward",
    Propose = "propose",
    AskSupplement = "ask-supplement",
    Supplement = "supplement",
    SendBack = "send-back",
    Decide = "decide",
    Reopen = "reopen",
    Resume = "resume",
    Advance = "advance",
    Offer = "offer",
    Accept = "accept",
    Decline = "decline",
    Replace = "replace",
    Agree = "agree",
    Meet = "meet",
    Progress = "progress",
    File = "file",
    ReturnFile = "return-file",
    PassFile = "pass-file",
    Price = "price",
    Pay = "pay",
    Archive = "archive",
    Withdraw = "withdraw",
    DeemWithdrawn = "deem-withdrawn",
    Transfer = "transfer",
    Terminate = "terminate",
    Note = "note",
});

/// Whether an act needs words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// It may have a remark.
    Optional,
    /// It must say why, or what.
    Needed,
}

/// What comes with an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// When it is done.
    pub at: Moment,
    /// The day it happened, of acts that are written down later.
    pub on: Option<Day>,
    /// Grant or refuse.
    pub decision: Option<Decision>,
}

impl Input {
    /// Nothing but the moment.
    #[must_use]
    pub fn at(at: Moment) -> Self {
        Self { at, on: None, decision: None }
    }
}

kernel::refusals! {
    /// Why something cannot be done with a case now.
    pub enum StageRefusal {
        /// The stage does not permit it.
        NotNow => Conflict, "这个案件现在不能这样办理，可能刚有人办过。请看最新的办理情况。";
        /// It was done before.
        OnceOnly => Conflict, "这一步只能办一次：补充材料的通知应当一次告知全部内容（法律援助法第四十三条第二款）。";
        /// Neither grant nor refuse.
        NoDecision => Invalid("decision"), "请选择给予或者不予法律援助。";
        /// No day.
        NoDay => Invalid("on"), "请填写日期。";
        /// The day is before the application or after today.
        ImpossibleDay => Invalid("on"), "日期不能早于收到申请的日期，也不能晚于今天。";
        /// Aid in advance on which nothing is decided yet.
        FormalitiesOpen => Conflict, "这是先行提供援助的案件，手续还没有补办完（法律援助法第四十四条）。请先由法援中心审查、作出决定，再提交结案材料。";
        /// Closed without having met.
        NotMet => Conflict, "还没有登记首次会见，不能提交结案材料。请先登记会见。";
    }
}

/// Who works at a station, in the centre, decides, and handles.
const STATION: &[Role] = &[Role::Manager, Role::Clerk, Role::TownOfficer];
const CENTRE: &[Role] = &[Role::Manager, Role::Clerk];
const DECIDER: &[Role] = &[Role::Manager];
const LAWYER: &[Role] = &[Role::Adviser];
const LAWYER_OR_CENTRE: &[Role] = &[Role::Adviser, Role::Manager, Role::Clerk];

impl Act {
    /// The word on the button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Forward => "转交法援中心",
            Self::AskSupplement => "通知补充材料",
            Self::Supplement => "材料已补齐",
            Self::Propose => "提出审查意见",
            Self::SendBack => "退回承办人",
            Self::Decide => "审批",
            Self::Reopen => "撤销不予援助决定",
            Self::Resume => "撤销终止决定",
            Self::Advance => "先行提供援助",
            Self::Offer => "指派",
            Self::Accept => "接受指派",
            Self::Decline => "不能承办",
            Self::Replace => "更换承办人",
            Self::Agree => "登记委托协议",
            Self::Meet => "登记首次会见",
            Self::Progress => "通报进展",
            Self::File => "提交结案材料",
            Self::ReturnFile => "退回补正",
            Self::PassFile => "结案审查通过",
            Self::Price => "核定补贴",
            Self::Pay => "登记已发放补贴",
            Self::Archive => "归档",
            Self::Withdraw => "申请人撤回",
            Self::DeemWithdrawn => "视为撤回",
            Self::Transfer => "移送",
            Self::Terminate => "终止援助",
            Self::Note => "备注",
        }
    }

    /// Who may do it. A lawyer only with a case that is his.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Forward | Self::Supplement => STATION,
            Self::Decide | Self::SendBack | Self::Reopen | Self::Resume | Self::Price => DECIDER,
            Self::Accept | Self::Decline | Self::File => LAWYER,
            Self::Agree | Self::Meet | Self::Progress | Self::Note => LAWYER_OR_CENTRE,
            _ => CENTRE,
        }
    }

    /// At which stages it can be done.
    #[must_use]
    pub fn stages(self) -> &'static [Stage] {
        use Stage::{
            Approving, Archiving, Assigning, AtStation, Ended, FileReview, Handling, Offered, Paying,
            Pricing, Refused, Reviewing, Supplementing,
        };
        match self {
            Self::Forward => &[AtStation],
            Self::AskSupplement | Self::Propose | Self::Transfer => &[Reviewing],
            Self::Supplement | Self::DeemWithdrawn => &[Supplementing],
            Self::SendBack | Self::Decide => &[Approving],
            Self::Reopen => &[Refused],
            Self::Resume => &[Ended],
            Self::Advance => &[Reviewing, Supplementing, Approving],
            Self::Offer => &[Assigning],
            Self::Accept | Self::Decline => &[Offered],
            Self::Replace => &[Offered, Handling],
            Self::Agree | Self::Meet | Self::Progress | Self::File => &[Handling],
            Self::ReturnFile | Self::PassFile => &[FileReview],
            Self::Price => &[Pricing],
            Self::Pay => &[Paying],
            Self::Archive => &[Archiving],
            Self::Withdraw => &[AtStation, Reviewing, Supplementing, Approving],
            Self::Terminate => &[Assigning, Offered, Handling],
            Self::Note => &[
                AtStation,
                Reviewing,
                Supplementing,
                Approving,
                Assigning,
                Offered,
                Handling,
                FileReview,
                Pricing,
                Paying,
                Archiving,
            ],
        }
    }

    /// Whether it needs words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Forward | Self::Supplement | Self::Accept | Self::Agree | Self::Meet | Self::PassFile => {
                Words::Optional
            }
            Self::Offer | Self::Price | Self::Pay | Self::Archive => Words::Optional,
            _ => Words::Needed,
        }
    }

    /// The dictionary whose code it needs; results of criminal cases are a list of their own.
    #[must_use]
    pub fn code_list(self, criminal: bool) -> Option<&'static str> {
        match self {
            Self::Terminate => Some("terminate"),
            Self::File if criminal => Some("close_crim"),
            Self::File => Some("close_civil"),
            _ => None,
        }
    }

    /// Whether a code of that dictionary can be said of a case of that domain.
    #[must_use]
    pub(crate) fn takes_code(self, domain: Domain, code: &str) -> bool {
        self != Self::File || domain.takes(code)
    }

    /// Whether it asks for the day on which it happened.
    #[must_use]
    pub fn asks_day(self) -> bool {
        matches!(self, Self::Agree | Self::Meet | Self::File | Self::Pay)
    }

    /// Whether it asks for grant or refuse.
    #[must_use]
    pub fn asks_decision(self) -> bool {
        matches!(self, Self::Propose | Self::Decide)
    }

    /// Whether it ends or undoes something, so that the page asks twice.
    #[must_use]
    pub fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Reopen
                | Self::Resume
                | Self::Withdraw
                | Self::DeemWithdrawn
                | Self::Transfer
                | Self::Terminate
                | Self::Replace
        )
    }

    /// Whether the statutory time for deciding stands still from then on (第四十三条; the bureau must confirm that
    /// waiting for missing papers is not counted).
    #[must_use]
    pub fn stops_clock(self) -> bool {
        self == Self::AskSupplement
    }

    /// What is to be told in the words, as the hint beside them.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::AskSupplement => "一次写清需要补充的全部材料和期限；通知只能发一次",
            Self::Propose => "写明事项是否属于范围、经济困难情况、管辖，以及建议",
            Self::SendBack => "写明需要补查什么",
            Self::Decide => "审批意见；不予援助的，写明理由和异议途径",
            Self::Reopen => {
                "写明异议的审查结论和撤销的理由；撤销后重新审查，七日内重新决定（法律援助法第四十九条）"
            }
            Self::Resume => {
                "写明异议的审查结论和撤销的理由；撤销后案件回到终止以前的阶段（法律援助法第四十九条）"
            }
            Self::Advance => "写明属于哪种紧急情形（时效将满、需要保全或者先予执行等），受援人随后补办手续",
            Self::Offer => "指派说明",
            Self::Decline => "写明原因，如利害关系、时间冲突",
            Self::Replace => "写明原因和交接要求",
            Self::Progress => "向受援人通报了什么，下一步是什么",
            Self::File => "办案结果、采纳情况",
            Self::ReturnFile => "写明缺什么、怎么改",
            Self::Withdraw => "申请人的意思和时间",
            Self::DeemWithdrawn => "写明何时通知、何时期满",
            Self::Transfer => "移送到哪个机构、为什么",
            Self::Terminate => "写明事实和依据",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_its_stage_its_people_and_its_word() {
        let mut words: Vec<&str> = Act::ALL.iter().map(|act| act.label()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Act::ALL.len(), "no two buttons say the same");
        for act in Act::ALL {
            assert!(!act.stages().is_empty() && !act.roles().is_empty(), "{act:?}");
            // An objection is what can still change a refusal.
            let after = matches!(act, Act::Reopen | Act::Resume);
            assert!(act.stages().iter().all(|stage| stage.is_over() == after), "{act:?} after the end");
        }
    }

    #[test]
    fn every_stage_that_is_not_over_has_a_way_on_for_its_desk() {
        for stage in Stage::ALL {
            let ways = Act::ALL.iter().filter(|act| {
                ![Act::Note, Act::Reopen, Act::Resume].contains(act) && act.stages().contains(stage)
            });
            assert_eq!(ways.count() == 0, stage.is_over(), "{stage:?}");
        }
    }
}
