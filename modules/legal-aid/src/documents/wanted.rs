//! Which documents a case must have by now, from its dated facts alone. What rests on an article of the law names it; what
//! rests on the procedure, whose text was not at hand, says that the bureau confirms it.

use crate::case::{Decision, Ending, Facts, Origin};

const CONFIRM: &str = "办理法律援助案件程序规定，条文待本局核对";

/// The numbers of the forms, each with the reason. `replaced`: the lawyer was replaced.
pub(crate) fn wanted(facts: &Facts, replaced: bool) -> Vec<(u8, &'static str)> {
    let mut all = Vec::new();
    if facts.origin == Origin::Application {
        all.push((2, "申请人提出申请（法律援助法第三十八条）"));
        all.push((5, CONFIRM));
    }
    if facts.notified_at.is_some() {
        all.push((6, "材料不齐，一次性告知（法律援助法第四十三条第二款）"));
    }
    match facts.decided {
        Some((_, Decision::Grant)) => {
            all.push((8, CONFIRM));
            all.push((9, "已决定给予法律援助（法律援助法第四十三条第一款）"));
        }
        Some((_, Decision::Refuse)) => {
            all.push((8, CONFIRM));
            all.push((10, "不予援助应当书面告知并说明理由（法律援助法第四十三条第一款）"));
        }
        None => {}
    }
    if facts.offered_at.is_some() {
        all.push((11, "已指派（法律援助法第四十三条第一款、第三十六条）"));
    }
    if replaced {
        all.push((17, CONFIRM));
    }
    if facts.agreed_on.is_some() {
        all.push((12, CONFIRM));
    }
    if facts.ended.is_some_and(|(_, ending)| ending == Ending::Terminated) {
        all.push((18, "终止法律援助应当作出决定（法律援助法第四十八条）"));
    }
    if facts.filed_at.is_some() {
        all.push((21, "结案应当提交报告（法律援助法第五十条）"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        act::{Act, Input},
        case::Stage,
        documents::forms,
    };
    use kernel::Moment;
    use proptest::prelude::*;

    fn start() -> Moment {
        Moment::parse("2022-03-01T09:00").expect("a moment")
    }

    fn done(facts: Facts, acts: &[(Act, Option<Decision>)]) -> Facts {
        acts.iter().fold(facts, |facts, (act, decision)| {
            let on = act.asks_day().then(|| start().day());
            facts.after(*act, &Input { at: start(), on, decision: *decision }).expect("in its turn")
        })
    }

    fn forms_of(facts: &Facts) -> Vec<u8> {
        wanted(facts, false).into_iter().map(|(form, _)| form).collect()
    }

    #[test]
    fn each_end_has_its_documents() {
        let applied = Facts::received(Origin::Application, start(), false);
        assert_eq!(forms_of(&applied), [2, 5]);
        let grant = Some(Decision::Grant);
        let refuse = Some(Decision::Refuse);
        let refused = done(applied.clone(), &[(Act::Propose, refuse), (Act::Decide, refuse)]);
        assert_eq!(forms_of(&refused), [2, 5, 8, 10]);
        let granted = [(Act::Propose, grant), (Act::Decide, grant), (Act::Offer, None)];
        let assigned = done(applied.clone(), &granted);
        assert_eq!(forms_of(&assigned), [2, 5, 8, 9, 11]);
        let terminated = done(assigned.clone(), &[(Act::Terminate, None)]);
        assert_eq!(forms_of(&terminated), [2, 5, 8, 9, 11, 18]);
        let closed = [Act::Accept, Act::Agree, Act::Meet, Act::File].map(|act| (act, None));
        assert_eq!(forms_of(&done(assigned, &closed)), [2, 5, 8, 9, 11, 12, 21]);
        let noticed = Facts::received(Origin::Notice, start(), false);
        assert_eq!(forms_of(&done(noticed, &[(Act::Offer, None)])), [11], "a notified case has no decision");
        let asked = done(applied, &[(Act::AskSupplement, None)]);
        assert!(forms_of(&asked).contains(&6));
        assert!(wanted(&asked, true).iter().any(|(form, _)| *form == 17));
    }

    #[test]
    fn every_wanted_document_can_be_made() {
        let all = 0u8..=40;
        let offered: Vec<u8> =
            all.filter(|form| forms::all().any(|kind| kind.id == forms::id(*form))).collect();
        for form in [2, 5, 6, 8, 9, 10, 11, 12, 17, 18, 21] {
            assert!(offered.contains(&form), "{form}");
        }
    }

    proptest! {
        /// Whatever happens to a case, one that is over must have the document of its end.
        #[test]
        fn a_case_that_is_over_has_its_document(
            tries in prop::collection::vec((0..Act::ALL.len(), any::<bool>()), 0..60),
            origin in 0..Origin::ALL.len(),
        ) {
            let mut facts = Facts::received(Origin::ALL[origin], start(), false);
            for (act, yes) in tries {
                let act = Act::ALL[act];
                let decision = if yes { Decision::Grant } else { Decision::Refuse };
                let on = act.asks_day().then(|| start().day());
                let input = Input { at: start(), on, decision: act.asks_decision().then_some(decision) };
                facts = facts.after(act, &input).unwrap_or(facts);
            }
            let forms = forms_of(&facts);
            match facts.stage() {
                Stage::Refused => prop_assert!(forms.contains(&10)),
                Stage::Archived => {
                    prop_assert!(forms.contains(&11) && forms.contains(&21));
                    prop_assert_eq!(forms.contains(&9), facts.origin == Origin::Application);
                }
                _ => {}
            }
            let terminated = facts.ended.is_some_and(|(_, ending)| ending == Ending::Terminated);
            prop_assert_eq!(forms.contains(&18), terminated);
            prop_assert!(!(forms.contains(&9) && forms.contains(&10)), "granted and refused at once");
        }
    }
}
