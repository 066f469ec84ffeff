//! A document: what happened to it, and the state that follows. Only what has come back as a scan with stamp or
//! signature counts as issued (已制发).

use kernel::{Day, Moment};

/// A document; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {}

/// How far a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// 草稿.
    Draft,
    /// 已打印.
    Printed,
    /// 已盖章 or 已签字.
    Stamped,
    /// 已制发: the scan is here.
    Issued,
    /// 已送达.
    Served,
    /// 作废.
    Void,
}
store::text_column!(State {
    Draft = "draft",
    Printed = "printed",
    Stamped = "stamped",
    Issued = "issued",
    Served = "served",
    Void = "void",
});

impl State {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Printed => "已打印",
            Self::Stamped => "已盖章（签字），待传扫描件",
            Self::Issued => "已制发",
            Self::Served => "已送达",
            Self::Void => "作废",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Draft | Self::Printed | Self::Stamped => "warn",
            Self::Issued => "info",
            Self::Served => "ok",
            Self::Void => "muted",
        }
    }

    /// Whether the document counts: it is in the file with its stamp.
    #[must_use]
    pub fn is_issued(self) -> bool {
        matches!(self, Self::Issued | Self::Served)
    }
}

/// How a document was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// 直接送达.
    InPerson,
    /// 邮寄送达.
    Post,
    /// 留置送达.
    Left,
    /// 电子送达.
    Electronic,
    /// 转交送达.
    Through,
}
store::text_column!(Manner {
    InPerson = "person",
    Post = "post",
    Left = "left",
    Electronic = "electronic",
    Through = "through",
});

impl Manner {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::InPerson => "直接送达",
            Self::Post => "邮寄送达",
            Self::Left => "留置送达",
            Self::Electronic => "电子送达",
            Self::Through => "转交送达",
        }
    }
}

/// That a document was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The day.
    pub on: Day,
    /// How.
    pub how: Manner,
    /// Who took it.
    pub to: String,
}

/// What is done with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was printed.
    Print,
    /// It was stamped or signed on that day.
    Stamp(Day),
    /// A scan of it came.
    Scan,
    /// It was served.
    Serve(Service),
    /// It does not count, for that reason.
    Void(String),
}

kernel::refusals! {
    /// Why something cannot be done with a document.
    pub enum StepRefusal {
        /// It is not so far, or further already.
        NotNow => Conflict, "这份文书现在不能这样办理，可能刚有人办过。请看最新的办理情况。";
        /// It is void.
        IsVoid => Conflict, "这份文书已经作废，不能再办理。需要的话请重新制作一份。";
        /// Not stamped yet.
        NotStamped => Conflict, "请先登记盖章（签字）的日期，再上传扫描件。";
        /// The day is before the draft or after today.
        ImpossibleDay => Invalid("on"), "日期不能早于制作草稿的日期，也不能晚于今天。";
        /// Served after today.
        NotYet => Invalid("served_on"), "送达日期不能晚于今天。";
        /// Served before it was stamped.
        BeforeStamp => Invalid("served_on"), "送达日期不能早于盖章（签字）的日期。";
        /// Nobody.
        NobodyTook => Invalid("served_to"), "请填写签收人。";
        /// No reason.
        NoReason => Invalid("reason"), "请写明作废的原因，编号会保留在清单里。";
        /// This kind is given to nobody.
        NotServed => Conflict, "这种文书只存卷，不用送达。";
    }
}

/// What happened to a document, as far as it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Made.
    pub drafted_at: Moment,
    /// Printed.
    pub printed_at: Option<Moment>,
    /// Stamped or signed.
    pub stamped_on: Option<Day>,
    /// The first scan came.
    pub issued_at: Option<Moment>,
    /// Served.
    pub served: Option<Service>,
    /// Void, and why.
    pub voided: Option<(Moment, String)>,
}

impl Facts {
    /// A draft.
    #[must_use]
    pub fn drafted(at: Moment) -> Self {
        Self {
            drafted_at: at,
            printed_at: None,
            stamped_on: None,
            issued_at: None,
            served: None,
            voided: None,
        }
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        if self.voided.is_some() {
            State::Void
        } else if self.served.is_some() {
            State::Served
        } else if self.issued_at.is_some() {
            State::Issued
        } else if self.stamped_on.is_some() {
            State::Stamped
        } else if self.printed_at.is_some() {
            State::Printed
        } else {
            State::Draft
        }
    }

    /// What the facts are after a step; `served` tells whether documents of this kind are given to anybody.
    ///
    /// # Errors
    /// A refusal if it is not so far, or further already.
    pub fn after(&self, step: Step, served: bool, now: Moment) -> Result<Self, StepRefusal> {
        let state = self.state();
        if state == State::Void {
            return Err(StepRefusal::IsVoid);
        }
        let mut next = self.clone();
        match step {
            Step::Print if state == State::Draft => next.printed_at = Some(now),
            Step::Stamp(on) if state == State::Printed => {
                if on < self.drafted_at.day() || on > now.day() {
                    return Err(StepRefusal::ImpossibleDay);
                }
                next.stamped_on = Some(on);
            }
            Step::Scan if matches!(state, State::Draft | State::Printed) => {
                return Err(StepRefusal::NotStamped);
            }
            // A paper of several pages comes in several scans; the first one makes it issued.
            Step::Scan => next.issued_at = self.issued_at.or(Some(now)),
            Step::Serve(_) if !served => return Err(StepRefusal::NotServed),
            Step::Serve(service) if state == State::Issued => {
                if service.to.trim().is_empty() {
                    return Err(StepRefusal::NobodyTook);
                }
                if self.stamped_on.is_some_and(|stamped| service.on < stamped) {
                    return Err(StepRefusal::BeforeStamp);
                }
                if service.on > now.day() {
                    return Err(StepRefusal::NotYet);
                }
                next.served = Some(service);
            }
            Step::Void(reason) => {
                if reason.trim().is_empty() {
                    return Err(StepRefusal::NoReason);
                }
                next.voided = Some((now, reason));
            }
            Step::Print | Step::Stamp(_) | Step::Serve(_) => return Err(StepRefusal::NotNow),
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(day: i64) -> Moment {
        Moment::parse("2022-03-01T09:00").expect("a moment").plus_seconds(day * 86_400)
    }

    fn service(day: i64) -> Service {
        Service { on: at(day).day(), how: Manner::InPerson, to: "陈阿大".to_owned() }
    }

    #[test]
    fn the_way_of_a_document() {
        let mut facts = Facts::drafted(at(0));
        for (step, state) in [
            (Step::Print, State::Printed),
            (Step::Stamp(at(1).day()), State::Stamped),
            (Step::Scan, State::Issued),
            (Step::Scan, State::Issued),
            (Step::Serve(service(2)), State::Served),
            (Step::Void("写错了".to_owned()), State::Void),
        ] {
            facts = facts.after(step, true, at(2)).expect("in its turn");
            assert_eq!(facts.state(), state);
        }
        assert_eq!(facts.after(Step::Print, true, at(3)), Err(StepRefusal::IsVoid));
    }

    #[test]
    fn what_comes_too_early_or_is_impossible_is_named() {
        let draft = Facts::drafted(at(5));
        let refused = |facts: &Facts, step: Step| facts.after(step, true, at(8)).expect_err("refused");
        assert_eq!(refused(&draft, Step::Scan), StepRefusal::NotStamped);
        assert_eq!(refused(&draft, Step::Stamp(at(5).day())), StepRefusal::NotNow);
        assert_eq!(refused(&draft, Step::Void(" ".to_owned())), StepRefusal::NoReason);
        let printed = draft.after(Step::Print, true, at(6)).expect("printed");
        assert_eq!(refused(&printed, Step::Print), StepRefusal::NotNow);
        for day in [4, 9] {
            assert_eq!(refused(&printed, Step::Stamp(at(day).day())), StepRefusal::ImpossibleDay);
        }
        let stamped = printed.after(Step::Stamp(at(7).day()), true, at(8)).expect("stamped");
        assert_eq!(refused(&stamped, Step::Serve(service(7))), StepRefusal::NotNow, "no scan, not issued");
        let issued = stamped.after(Step::Scan, true, at(8)).expect("issued");
        assert_eq!(refused(&issued, Step::Serve(service(6))), StepRefusal::BeforeStamp);
        assert_eq!(refused(&issued, Step::Serve(service(9))), StepRefusal::NotYet);
        let nobody = Service { to: "　".to_owned(), ..service(8) };
        assert_eq!(refused(&issued, Step::Serve(nobody)), StepRefusal::NobodyTook);
        assert_eq!(issued.after(Step::Serve(service(8)), false, at(8)), Err(StepRefusal::NotServed));
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Print),
            3 => (0i64..12).prop_map(|day| Step::Stamp(at(day).day())),
            3 => Just(Step::Scan),
            3 => (0i64..12).prop_map(|day| Step::Serve(service(day))),
            1 => Just(Step::Void("作废".to_owned())),
        ]
    }

    proptest! {
        /// However steps are tried, a document never goes back, and what counts has its print, stamp and scan.
        #[test]
        fn no_history_is_impossible(steps in prop::collection::vec(step(), 0..40), served in any::<bool>()) {
            let mut facts = Facts::drafted(at(0));
            for (hour, step) in (0i64..).zip(steps) {
                let now = at(0).plus_seconds(hour * 21_600);
                let before = facts.state();
                if let Ok(next) = facts.after(step, served, now) {
                    facts = next;
                }
                let state = facts.state();
                prop_assert!(state >= before);
                if state.is_issued() {
                    prop_assert!(facts.printed_at.is_some() && facts.stamped_on.is_some() && facts.issued_at.is_some());
                }
                if let Some(service) = &facts.served {
                    prop_assert!(served && Some(service.on) >= facts.stamped_on && service.on <= now.day());
                }
            }
        }
    }
}
