//! A legal aid case: the dated facts of its life, and the two things that follow from them: at which stage it is, and on
//! whose desk. Nothing else decides either.

use crate::act::{Act, Input, StageRefusal};
use kernel::{Day, Moment};

/// A case; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {}

/// How the case came to the institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody applied (法律援助法第三十八条).
    Application,
    /// An organ notified it (第二十五条第一款、第二十八条): no decision is needed.
    Notice,
    /// A court asked for it where it may (第二十五条第二款): no decision is needed.
    Request,
}
store::text_column!(Origin { Application = "application", Notice = "notice", Request = "request" });

impl Origin {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Application => "申请",
            Self::Notice => "通知",
            Self::Request => "商请",
        }
    }
}

/// What was proposed and decided on an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 给予法律援助.
    Grant,
    /// 不予法律援助.
    Refuse,
}
store::text_column!(Decision { Grant = "grant", Refuse = "refuse" });

impl Decision {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Grant => "给予法律援助",
            Self::Refuse => "不予法律援助",
        }
    }
}

/// How a case ended before its closing file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The applicant took it back.
    Withdrawn,
    /// What was missing did not come (法律援助法第四十三条第二款).
    DeemedWithdrawn,
    /// Handed to the institution that is responsible (第三十八条).
    Transferred,
    /// Stopped on one of the eight grounds of 第四十八条.
    Terminated,
}
store::text_column!(Ending {
    Withdrawn = "withdrawn",
    DeemedWithdrawn = "deemed",
    Transferred = "transferred",
    Terminated = "terminated",
});

impl Ending {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Withdrawn => "申请人撤回",
            Self::DeemedWithdrawn => "视为撤回",
            Self::Transferred => "移送",
            Self::Terminated => "终止",
        }
    }
}

/// Where a case stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Received by a station that has not handed it on.
    AtStation,
    /// 待审查.
    Reviewing,
    /// 待补充材料.
    Supplementing,
    /// 待审批.
    Approving,
    /// 待指派.
    Assigning,
    /// 待承办人确认.
    Offered,
    /// 承办中.
    Handling,
    /// 待结案审查.
    FileReview,
    /// 待核定补贴.
    Pricing,
    /// 待发放补贴.
    Paying,
    /// 待归档.
    Archiving,
    /// 已归档.
    Archived,
    /// 不予援助.
    Refused,
    /// Ended on the way: withdrawn, transferred, terminated.
    Ended,
}
store::text_column!(Stage {
    AtStation = "station",
    Reviewing = "review",
    Supplementing = "supplement",
    Approving = "approve",
    Assigning = "assign",
    Offered = "offered",
    Handling = "handle",
    FileReview = "file",
    Pricing = "price",
    Paying = "pay",
    Archiving = "archive",
    Archived = "archived",
    Refused = "refused",
    Ended = "ended",
});

impl Stage {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AtStation => "待转交",
            Self::Reviewing => "待审查",
            Self::Supplementing => "待补充材料",
            Self::Approving => "待审批",
            Self::Assigning => "待指派",
            Self::Offered => "待承办人确认",
            Self::Handling => "承办中",
            Self::FileReview => "待结案审查",
            Self::Pricing => "待核定补贴",
            Self::Paying => "待发放补贴",
            Self::Archiving => "待归档",
            Self::Archived => "已归档",
            Self::Refused => "不予援助",
            Self::Ended => "已终结",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Archived => "ok",
            Self::Refused | Self::Ended => "muted",
            Self::Handling | Self::Offered => "info",
            _ => "warn",
        }
    }

    /// Whether nothing is left to be done.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Archived | Self::Refused | Self::Ended)
    }

    /// Whose turn it is.
    #[must_use]
    pub fn desk(self) -> Desk {
        match self {
            Self::AtStation => Desk::Station,
            Self::Supplementing => Desk::Applicant,
            Self::Reviewing | Self::Assigning | Self::FileReview | Self::Paying | Self::Archiving => {
                Desk::Officer
            }
            Self::Approving | Self::Pricing => Desk::Approver,
            Self::Offered | Self::Handling => Desk::Lawyer,
            Self::Archived | Self::Refused | Self::Ended => Desk::Nobody,
        }
    }
}

/// On whose desk a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Desk {
    /// 工作站.
    Station,
    /// 申请人.
    Applicant,
    /// 承办人 of the institution.
    Officer,
    /// 负责人.
    Approver,
    /// The lawyer who handles it.
    Lawyer,
    /// Nobody's: it is over.
    Nobody,
}

impl Desk {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Station => "工作站",
            Self::Applicant => "申请人",
            Self::Officer => "法援中心承办人",
            Self::Approver => "法援中心负责人",
            Self::Lawyer => "承办律师",
            Self::Nobody => "已办结",
        }
    }
}

/// What happened when, as far as it happened. A later fact presupposes the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// How it came.
    pub origin: Origin,
    /// Application or notice received.
    pub received_at: Moment,
    /// Whether a station received it.
    pub by_station: bool,
    /// Handed on by the station.
    pub forwarded_at: Option<Moment>,
    /// The one notice that lists everything missing (第四十三条第二款).
    pub notified_at: Option<Moment>,
    /// Everything came.
    pub supplemented_at: Option<Moment>,
    /// The officer's opinion.
    pub proposed: Option<(Moment, Decision)>,
    /// The decision.
    pub decided: Option<(Moment, Decision)>,
    /// The refusal was revoked, and the application is examined anew (第四十九条).
    pub reopened_at: Option<Moment>,
    /// Aid was given before the decision (第四十四条).
    pub advanced_at: Option<Moment>,
    /// Offered to the lawyer who has it now.
    pub offered_at: Option<Moment>,
    /// Accepted by that lawyer.
    pub accepted_at: Option<Moment>,
    /// First meeting.
    pub met_on: Option<Day>,
    /// Agreement signed.
    pub agreed_on: Option<Day>,
    /// Closing day (结案日).
    pub closed_on: Option<Day>,
    /// Closing file handed in.
    pub filed_at: Option<Moment>,
    /// File found in order.
    pub reviewed_at: Option<Moment>,
    /// Subsidy approved.
    pub priced_at: Option<Moment>,
    /// Subsidy paid.
    pub paid_at: Option<Moment>,
    /// Archived.
    pub archived_at: Option<Moment>,
    /// Ended on the way.
    pub ended: Option<(Moment, Ending)>,
}

impl Facts {
    /// A case that was received and nothing more.
    #[must_use]
    pub fn received(origin: Origin, at: Moment, by_station: bool) -> Self {
        Self {
            origin,
            received_at: at,
            by_station,
            forwarded_at: None,
            notified_at: None,
            supplemented_at: None,
            proposed: None,
            decided: None,
            reopened_at: None,
            advanced_at: None,
            offered_at: None,
            accepted_at: None,
            met_on: None,
            agreed_on: None,
            closed_on: None,
            filed_at: None,
            reviewed_at: None,
            priced_at: None,
            paid_at: None,
            archived_at: None,
            ended: None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.ended.is_some() {
            return Stage::Ended;
        }
        if self.archived_at.is_some() {
            return Stage::Archived;
        }
        // A refusal ends what was given in advance, however far it went.
        if let Some((_, Decision::Refuse)) = self.decided {
            return Stage::Refused;
        }
        if self.paid_at.is_some() {
            return Stage::Archiving;
        }
        if self.priced_at.is_some() {
            return Stage::Paying;
        }
        if self.reviewed_at.is_some() {
            return Stage::Pricing;
        }
        if self.filed_at.is_some() {
            return Stage::FileReview;
        }
        if self.accepted_at.is_some() {
            return Stage::Handling;
        }
        if self.offered_at.is_some() {
            return Stage::Offered;
        }
        // Aid in advance goes on as if it were granted; the examination runs beside it.
        if self.advanced_at.is_some() {
            return Stage::Assigning;
        }
        self.examination().unwrap_or(Stage::Assigning)
    }

    /// Where the examination of the application stands while nothing is decided: nowhere for what needs no decision.
    #[must_use]
    pub fn examination(&self) -> Option<Stage> {
        if self.ended.is_some() || self.decided.is_some() {
            return None;
        }
        if self.by_station && self.forwarded_at.is_none() {
            return Some(Stage::AtStation);
        }
        if self.origin != Origin::Application {
            return None;
        }
        if self.proposed.is_some() {
            return Some(Stage::Approving);
        }
        if self.notified_at.is_some() && self.supplemented_at.is_none() {
            return Some(Stage::Supplementing);
        }
        Some(Stage::Reviewing)
    }

    /// What is still to be done about an application whose aid was given in advance (第四十四条：事后补办手续): the
    /// examination that goes on beside the handling. None for all other cases.
    #[must_use]
    pub fn formalities(&self) -> Option<Stage> {
        self.advanced_at.and_then(|_| self.examination())
    }

    /// Whether an act can be done now: its stage is the case's, or that of the formalities beside it.
    #[must_use]
    pub fn permits(&self, act: Act) -> bool {
        let stages = act.stages();
        let here = stages.contains(&self.stage())
            || self.formalities().is_some_and(|beside| stages.contains(&beside));
        here && match act {
            Act::Advance => self.advanced_at.is_none(),
            // Only what the institution ended can be taken up again.
            Act::Resume => self.ended.is_some_and(|(_, how)| how == Ending::Terminated),
            _ => true,
        }
    }

    /// Whether the ministry counts it as accepted (受理): granted, notified or requested.
    #[must_use]
    pub fn accepted_on(&self) -> Option<Day> {
        match (self.origin, self.decided) {
            (Origin::Application, Some((at, Decision::Grant))) => Some(at.day()),
            (Origin::Application, _) => None,
            (Origin::Notice | Origin::Request, _) if self.by_station => self.forwarded_at.map(Moment::day),
            (Origin::Notice | Origin::Request, _) => Some(self.received_at.day()),
        }
    }

    /// What the facts are after somebody did something.
    ///
    /// # Errors
    /// A refusal if it cannot be done at this stage or lies in the wrong order.
    pub fn after(&self, act: Act, input: &Input) -> Result<Facts, StageRefusal> {
        if !self.permits(act) {
            return Err(StageRefusal::NotNow);
        }
        let at = input.at;
        let mut next = self.clone();
        match act {
            Act::Forward => next.forwarded_at = Some(at),
            Act::AskSupplement => {
                if self.notified_at.is_some() {
                    return Err(StageRefusal::OnceOnly);
                }
                next.notified_at = Some(at);
            }
            Act::Supplement => next.supplemented_at = Some(at),
            Act::Propose => next.proposed = Some((at, input.decision.ok_or(StageRefusal::NoDecision)?)),
            Act::SendBack => next.proposed = None,
            Act::Decide => {
                let decision = input.decision.ok_or(StageRefusal::NoDecision)?;
                next.decided = Some((at, decision));
            }
            Act::Reopen => {
                next.reopened_at = Some(at);
                next.proposed = None;
                next.decided = None;
            }
            Act::Resume => next.ended = None,
            Act::Advance => next.advanced_at = Some(at),
            Act::Offer => next.offered_at = Some(at),
            Act::Accept => next.accepted_at = Some(at),
            Act::Decline => next.offered_at = None,
            Act::Replace => {
                next.offered_at = None;
                next.accepted_at = None;
                next.met_on = None;
                next.agreed_on = None;
            }
            Act::Agree => next.agreed_on = Some(input.on.ok_or(StageRefusal::NoDay)?),
            Act::Meet => next.met_on = Some(input.on.ok_or(StageRefusal::NoDay)?),
            Act::Progress | Act::Note => {}
            Act::File => {
                if self.met_on.is_none() {
                    return Err(StageRefusal::NotMet);
                }
                if self.formalities().is_some() {
                    return Err(StageRefusal::FormalitiesOpen);
                }
                next.closed_on = Some(input.on.ok_or(StageRefusal::NoDay)?);
                next.filed_at = Some(at);
            }
            Act::ReturnFile => next.filed_at = None,
            Act::PassFile => next.reviewed_at = Some(at),
            Act::Price => next.priced_at = Some(at),
            Act::Pay => next.paid_at = Some(at),
            Act::Archive => next.archived_at = Some(at),
            Act::Withdraw => next.ended = Some((at, Ending::Withdrawn)),
            Act::DeemWithdrawn => next.ended = Some((at, Ending::DeemedWithdrawn)),
            Act::Transfer => next.ended = Some((at, Ending::Transferred)),
            Act::Terminate => next.ended = Some((at, Ending::Terminated)),
        }
        if let Some(day) = input.on
            && (day < self.received_at.day() || day > at.day())
        {
            return Err(StageRefusal::ImpossibleDay);
        }
        Ok(next)
    }
}

#[cfg(test)]
#[path = "case_tests.rs"]
mod tests;
#[cfg(test)]
pub(crate) use tests::sound;
