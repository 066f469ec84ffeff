//! What stands in the diary of the demonstration's cases: home visits for the green channel, hearings to come; and the
//! standards by which subsidies are approved. All of it is invented.

use super::random::Random;
use kernel::{Day, Fault, Id, Moment, Result};
use legal_aid::{
    Case, EngagementKind, EngagementState, NewEngagement, NewStandard, Span, Subsidy, SubsidyKind, plan,
    set_standard, starts,
};
use store::Tx;
use web::Actor;

/// What a kind of case is paid, in yuan.
fn amount(kind: SubsidyKind) -> i64 {
    match kind {
        SubsidyKind::Criminal => 1500,
        SubsidyKind::Suit => 2000,
        SubsidyKind::Arbitration => 1200,
        SubsidyKind::Other => 800,
    }
}

/// The standards since the beginning of the year.
pub(super) async fn standards(tx: &mut Tx, manager: &Actor, now: Moment) -> Result<()> {
    for kind in SubsidyKind::ALL {
        let new = NewStandard {
            kind: *kind,
            amount: amount(*kind),
            valid_from: Day::new(2022, 1, 1).ok_or_else(|| Fault::new("no such day"))?,
            basis: "演示标准，请按本地文件填写".to_owned(),
        };
        set_standard(tx, manager, &new, now).await?;
    }
    Ok(())
}

/// The sums of a case; some lawyers handed their papers in late.
pub(super) fn subsidy(kind: SubsidyKind, random: &mut Random) -> Subsidy {
    let late = random.percent(6);
    Subsidy {
        kind,
        standard: amount(kind),
        other_place: if random.percent(10) { 300 } else { 0 },
        translation: 0,
        other: 0,
        other_reason: String::new(),
        deduction: if late { 100 } else { 0 },
        deduction_reason: if late { "逾期提交结案材料".to_owned() } else { String::new() },
    }
}

/// A home visit soon after the application; what is past took place.
pub(super) async fn visit(
    tx: &mut Tx,
    clerk: &Actor,
    id: Id<Case>,
    received: Moment,
    now: Moment,
    random: &mut Random,
) -> Result<()> {
    let days = 1 + i64::try_from(random.below(6)).unwrap_or(0);
    let span = if random.percent(50) { Span::Morning } else { Span::Afternoon };
    let new = NewEngagement {
        kind: EngagementKind::Visit,
        starts_at: starts(received.day().add_days(days), span, None),
        span,
        place: String::new(),
        who: "演示·窗口人员、演示·志愿者".to_owned(),
    };
    let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
    let engagement = plan(tx, clerk, &entry, &new, None, received).await?;
    let end = new.starts_at.plus_seconds(2 * 3600);
    if end < now && new.starts_at.day() < now.day() {
        let row = legal_aid::engagement(tx, engagement).await?.ok_or_else(|| Fault::new("no engagement"))?;
        let (state, words) = match random.percent(85) {
            true => (EngagementState::Done, "收了材料，讲清了下一步。"),
            false => (EngagementState::Missed, "家里没有人，已留联系单，另约时间。"),
        };
        legal_aid::conclude(tx, clerk, &row, state, words, end).await?;
    }
    Ok(())
}

/// A hearing within three weeks.
pub(super) async fn hearing(
    tx: &mut Tx,
    lawyer: &Actor,
    id: Id<Case>,
    now: Moment,
    random: &mut Random,
) -> Result<()> {
    let entry = legal_aid::case(tx, id).await?.ok_or_else(|| Fault::new("no case"))?;
    let days = 1 + i64::try_from(random.below(20)).unwrap_or(0);
    let clock = Some((if random.percent(50) { 9 } else { 14 }, 30));
    let new = NewEngagement {
        kind: EngagementKind::Hearing,
        starts_at: starts(now.day().add_days(days), Span::At, clock),
        span: Span::At,
        place: "区人民法院第三法庭（演示）".to_owned(),
        who: entry.lawyer_name().unwrap_or_default().to_owned(),
    };
    plan(tx, lawyer, &entry, &new, None, now).await?;
    Ok(())
}
