//! Random histories of a case: whatever people do in whatever order, no impossible state comes of it.

use super::*;
use crate::{
    clock::{clocks, next_due},
    rule::Rules,
};
use kernel::Calendar;
use proptest::prelude::*;

fn at(text: &str) -> Moment {
    Moment::parse(text).expect("a moment")
}

/// What was tried, with how many hours later.
fn tries() -> impl Strategy<Value = Vec<(usize, i64, bool)>> {
    prop::collection::vec((0..Act::ALL.len(), 0i64..200, any::<bool>()), 0..40)
}

fn input(act: Act, now: Moment, yes: bool) -> Input {
    let decision = if yes { Decision::Grant } else { Decision::Refuse };
    Input {
        at: now,
        on: act.asks_day().then(|| now.day()),
        decision: act.asks_decision().then_some(decision),
    }
}

/// What must hold of every case at every moment.
pub(crate) fn sound(facts: &Facts, now: Moment) {
    let stage = facts.stage();
    let granted = facts.origin != Origin::Application || matches!(facts.decided, Some((_, Decision::Grant)));
    if facts.offered_at.is_some() {
        assert!(granted || facts.advanced_at.is_some(), "offered before it was granted: {facts:?}");
    }
    if facts.filed_at.is_some() && stage != Stage::Ended {
        assert!(granted, "closed before its formalities were done: {facts:?}");
    }
    assert!(facts.formalities().is_none() || !stage.is_over(), "formalities of what is over: {facts:?}");
    assert!(facts.accepted_at.is_none() || facts.offered_at.is_some(), "accepted and not offered: {facts:?}");
    assert!(facts.filed_at.is_none() || facts.met_on.is_some(), "closed without having met: {facts:?}");
    assert!(facts.reviewed_at.is_none() || facts.filed_at.is_some(), "{facts:?}");
    assert!(facts.priced_at.is_none() || facts.reviewed_at.is_some(), "{facts:?}");
    assert!(facts.paid_at.is_none() || facts.priced_at.is_some(), "{facts:?}");
    assert!(facts.archived_at.is_none() || facts.paid_at.is_some(), "{facts:?}");
    assert!(facts.supplemented_at.is_none() || facts.notified_at.is_some(), "{facts:?}");
    let all = clocks(facts, &Rules::published(), &Calendar::published(), now);
    for clock in &all {
        assert!(clock.due.strict >= clock.started, "a clock that ends before it begins: {clock:?}");
        assert!(clock.done.is_none_or(|done| done.day() >= clock.started.day()), "{clock:?}");
    }
    if stage.is_over() {
        assert!(next_due(&all).is_none(), "a clock runs in a case that is over: {all:?}");
    }
    assert_eq!(stage.desk() == Desk::Nobody, stage.is_over());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn no_history_leads_to_an_impossible_state(
        tries in tries(),
        by_station in any::<bool>(),
        origin in 0..Origin::ALL.len(),
    ) {
        let mut now = at("2022-01-04T09:00");
        let mut facts = Facts::received(Origin::ALL[origin], now, by_station);
        sound(&facts, now);
        for (act, hours, yes) in tries {
            now = now.plus_seconds(hours * 3600);
            let act = Act::ALL[act];
            match facts.after(act, &input(act, now, yes)) {
                Ok(next) => {
                    prop_assert!(facts.permits(act));
                    facts = next;
                }
                Err(StageRefusal::NotNow) => prop_assert!(!facts.permits(act)),
                Err(_) => {}
            }
            sound(&facts, now);
        }
    }
}

#[test]
fn the_whole_way_of_an_application() {
    let mut facts = Facts::received(Origin::Application, at("2022-03-01T09:00"), true);
    let mut stages = vec![facts.stage()];
    let day = Some(Day::parse("2022-03-10").expect("a day"));
    let mut now = at("2022-03-10T09:00");
    for act in [
        Act::Forward,
        Act::AskSupplement,
        Act::Supplement,
        Act::Propose,
        Act::SendBack,
        Act::Propose,
        Act::Decide,
        Act::Offer,
        Act::Decline,
        Act::Offer,
        Act::Accept,
        Act::Agree,
        Act::Meet,
        Act::Progress,
        Act::File,
        Act::ReturnFile,
        Act::File,
        Act::PassFile,
        Act::Price,
        Act::Pay,
        Act::Archive,
    ] {
        now = now.plus_seconds(3600);
        let input = Input {
            at: now,
            on: day.filter(|_| act.asks_day()),
            decision: act.asks_decision().then_some(Decision::Grant),
        };
        facts = facts.after(act, &input).expect("permitted");
        stages.push(facts.stage());
    }
    use Stage::*;
    assert_eq!(
        stages,
        [
            AtStation,
            Reviewing,
            Supplementing,
            Reviewing,
            Approving,
            Reviewing,
            Approving,
            Assigning,
            Offered,
            Assigning,
            Offered,
            Handling,
            Handling,
            Handling,
            Handling,
            FileReview,
            Handling,
            FileReview,
            Pricing,
            Paying,
            Archiving,
            Archived
        ]
    );
    assert_eq!(facts.accepted_on(), day);
}

#[test]
fn what_counts_as_accepted() {
    let application = Facts::received(Origin::Application, at("2022-03-01T09:00"), false);
    assert_eq!(application.accepted_on(), None, "an application is not a case yet");
    let proposed = application
        .after(Act::Propose, &Input { decision: Some(Decision::Refuse), ..Input::at(at("2022-03-02T09:00")) })
        .expect("proposed");
    let refused = proposed
        .after(Act::Decide, &Input { decision: Some(Decision::Refuse), ..Input::at(at("2022-03-03T09:00")) })
        .expect("refused");
    assert_eq!((refused.accepted_on(), refused.stage()), (None, Stage::Refused));
    let notice = Facts::received(Origin::Notice, at("2022-03-01T09:00"), false);
    assert_eq!(notice.accepted_on(), Some(Day::parse("2022-03-01").expect("a day")));
}

#[test]
fn a_refusal_that_was_revoked_is_examined_anew_on_a_new_clock() {
    let input = |text: &str| Input { decision: Some(Decision::Refuse), ..Input::at(at(text)) };
    let refused = Facts::received(Origin::Application, at("2022-03-01T09:00"), false)
        .after(Act::Propose, &input("2022-03-02T09:00"))
        .and_then(|facts| facts.after(Act::Decide, &input("2022-03-03T09:00")))
        .expect("refused");
    let anew = refused.after(Act::Reopen, &Input::at(at("2022-03-10T09:00"))).expect("revoked");
    assert_eq!((anew.stage(), anew.accepted_on()), (Stage::Reviewing, None));
    let all = clocks(&anew, &Rules::published(), &Calendar::published(), at("2022-03-10T09:00"));
    let due = next_due(&all).expect("a clock");
    assert_eq!(
        (due.started, due.due.strict.day().to_string()),
        (at("2022-03-10T09:00"), "2022-03-17".to_owned())
    );
    let granted = Input { decision: Some(Decision::Grant), ..Input::at(at("2022-03-11T09:00")) };
    let granted = anew.after(Act::Propose, &granted).and_then(|facts| facts.after(Act::Decide, &granted));
    assert_eq!(granted.expect("granted").stage(), Stage::Assigning);
}

#[test]
fn a_notice_of_missing_papers_is_given_once() {
    let facts = Facts::received(Origin::Application, at("2022-03-01T09:00"), false);
    let asked = facts.after(Act::AskSupplement, &Input::at(at("2022-03-02T09:00"))).expect("asked");
    let came = asked.after(Act::Supplement, &Input::at(at("2022-03-03T09:00"))).expect("came");
    let again = came.after(Act::AskSupplement, &Input::at(at("2022-03-04T09:00")));
    assert_eq!(again, Err(StageRefusal::OnceOnly));
}

#[test]
fn aid_in_advance_goes_on_while_its_formalities_follow() {
    let does = |facts: Facts, act: Act, when: &str, decision: Option<Decision>| {
        let now = at(when);
        facts.after(act, &Input { at: now, on: act.asks_day().then(|| now.day()), decision })
    };
    let facts = Facts::received(Origin::Application, at("2022-03-01T09:00"), false);
    let facts = does(facts, Act::Advance, "2022-03-01T10:00", None).expect("urgent");
    assert_eq!((facts.stage(), facts.formalities()), (Stage::Assigning, Some(Stage::Reviewing)));
    assert!(!facts.permits(Act::Advance), "once");
    let facts = does(facts, Act::Offer, "2022-03-01T11:00", None).expect("a lawyer at once");
    let facts = does(facts, Act::Accept, "2022-03-01T12:00", None).expect("accepted");
    let facts = does(facts, Act::Meet, "2022-03-02T09:00", None).expect("met");
    let early = does(facts.clone(), Act::File, "2022-03-02T10:00", None);
    assert_eq!(early, Err(StageRefusal::FormalitiesOpen));
    let proposed = does(facts, Act::Propose, "2022-03-03T09:00", Some(Decision::Grant)).expect("beside it");
    assert_eq!((proposed.stage(), proposed.formalities()), (Stage::Handling, Some(Stage::Approving)));
    let refused =
        does(proposed.clone(), Act::Decide, "2022-03-04T09:00", Some(Decision::Refuse)).expect("refused");
    assert_eq!((refused.stage(), refused.formalities()), (Stage::Refused, None));
    let granted = does(proposed, Act::Decide, "2022-03-04T09:00", Some(Decision::Grant)).expect("granted");
    assert_eq!(granted.accepted_on(), Some(at("2022-03-04T09:00").day()), "counted when it was decided");
    does(granted, Act::File, "2022-03-20T09:00", None).expect("now it can be closed");
}

#[test]
fn only_a_termination_is_taken_back() {
    let facts = Facts::received(Origin::Notice, at("2022-03-01T09:00"), false);
    let ended = facts.after(Act::Terminate, &Input::at(at("2022-03-02T09:00"))).expect("terminated");
    let again = ended.after(Act::Resume, &Input::at(at("2022-03-08T09:00"))).expect("taken back");
    assert_eq!(again, facts, "it stands where it stood");
    let facts = Facts::received(Origin::Application, at("2022-03-01T09:00"), false);
    let gone = facts.after(Act::Withdraw, &Input::at(at("2022-03-02T09:00"))).expect("withdrawn");
    assert_eq!(gone.after(Act::Resume, &Input::at(at("2022-03-08T09:00"))), Err(StageRefusal::NotNow));
}
