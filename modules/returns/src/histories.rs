//! Random cases: whatever happened to them, the sums of the forms equal the events, and every check that follows from the
//! definitions holds. Once over rows that are made up, once over cases that are really handled, on both engines.

use crate::{
    Book, Place, Verdict,
    book::{self, Rows},
    check::{Basis, checks},
    counted::{Case, CaseRow},
};
use ::store::{Db, Tx, params};
use kernel::{Day, Id, Moment, PartKind, Period, Region, Result, Scheme};
use legal_aid::{
    Act, AidForm, Application, Case as Aid, Cause, Decision, Domain, Ending, Handler, Origin, Particulars,
    Party, Phase, Saying, Sender, do_act, specify, take_application,
    testing::{Deed, World, a_subsidy, an_application, deeds, world},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::{actor, histories, on_both};
use web::{Actor, Role};

const MATTERS: [&str; 28] = [
    "M31-1", "M31-2", "M31-3", "M31-4", "M31-5", "M31-6", "M31-7a", "M31-7b", "M31-7c", "M31-7d", "M31-8",
    "M31-9", "M32-1", "M32-2", "M32-3", "M32-4", "M32-5", "M24", "M25-1", "M25-2", "M25-3", "M25-4", "M25-5",
    "M25-6", "M25-7", "M25-II", "M28", "M29",
];
const GROUPS: [&str; 11] = [
    "G-WOM",
    "G-DIS",
    "G-DIS-BDM",
    "G-FARM",
    "G-MIG",
    "G-OLD",
    "G-MIN",
    "G-MIL",
    "G-MILF",
    "G-MINO",
    "G-FOR",
];

/// An id of the district.
fn id<T>(serial: i64) -> Id<T> {
    Id::from_parts(Region::new(320_412).expect("a region"), serial)
}

fn quarter() -> Period {
    Period::parse(Scheme::Ministry, "2022Q1").expect("a quarter")
}

fn cell(book: &Book, form: &'static str, column: u16) -> i64 {
    book.cell(Place { form, column }).whole().expect("a number")
}

/// Some moment from August 2021 to August 2022.
fn moment() -> impl Strategy<Value = Moment> {
    let first = Day::new(2021, 8, 1).expect("a day");
    (0i64..365, 0i8..24).prop_map(move |(days, hour)| Moment::at(first.add_days(days), hour, 0))
}

fn of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn said() -> impl Strategy<Value = Particulars> {
    (
        prop::option::of(of(Domain::ALL)),
        prop::option::of(of(AidForm::ALL)),
        prop::option::of(of(Cause::ALL)),
        of(Phase::ALL),
        of(Party::ALL),
        prop::option::of(of(Sender::ALL)),
        prop::option::of(of(Handler::ALL)),
    )
        .prop_map(|(domain, form, cause, phase, party, sent_by, handler)| Particulars {
            domain,
            form,
            cause,
            phase: Some(phase),
            party: Some(party),
            sent_by,
            handler,
        })
}

/// A case that keeps the order of its facts; what happens to it may lie in the period, before it or after it.
fn row() -> impl Strategy<Value = CaseRow> {
    let happened = prop::collection::vec(moment(), 6);
    let what =
        (0..MATTERS.len(), of(Origin::ALL), said(), prop::sample::subsequence(&GROUPS[..], 0..4), 0..8u8);
    let sums = (1..4i64, 0..90_000i64, 0..100i64, 0..9usize, any::<bool>());
    (happened, what, sums).prop_map(
        |(mut at, (matter, origin, said, groups, course), (people, recovered, wages, code, station))| {
            at.sort_unstable();
            let matter = MATTERS[matter];
            let mut said = said;
            let settled = said.settle(matter, None);
            let criminal = settled.domain == Domain::Criminal;
            if criminal && !matches!(settled.handler, Handler::Institution | Handler::Lawyer) {
                said.handler = Some(Handler::Lawyer);
            }
            let decided = origin == Origin::Application && course > 0;
            let refused = decided && course == 1;
            let goes_on = !refused && (decided || origin != Origin::Application);
            let stopped = goes_on && course == 2;
            let filed = goes_on && course > 3;
            let codes: Vec<&str> = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
                .into_iter()
                .filter(|code| settled.domain.takes(code) && (!criminal || "1234".contains(code)))
                .collect();
            CaseRow {
                id: id(1),
                official_number: None,
                town_name: String::new(),
                matter: matter.to_owned(),
                groups: groups.join(";"),
                classes: String::new(),
                people,
                origin,
                by_station: station,
                received_at: at[0],
                forwarded_at: station.then_some(at[1]),
                decided_at: decided.then_some(at[2]),
                decision: decided.then_some(if refused { Decision::Refuse } else { Decision::Grant }),
                refuse_reason: if refused {
                    ["1", "2", "3", "9"][code % 4].to_owned()
                } else {
                    String::new()
                },
                closed_on: filed.then(|| at[3].day()),
                reviewed_at: (filed && course > 4).then_some(at[4]),
                ended_at: stopped.then_some(at[3]),
                ending: stopped.then_some(Ending::Terminated),
                result: if filed { codes[code % codes.len()].to_owned() } else { String::new() },
                recovered: if filed { recovered } else { 0 },
                wages: if filed && !criminal { recovered * wages / 100 } else { 0 },
                paid_at: (filed && course > 5).then_some(at[5]),
                subsidy: if filed && course > 5 { 1_200 } else { 0 },
                lawyer_kind: None,
                domain: said.domain,
                aid_form: said.form,
                cause: said.cause,
                phase: said.phase,
                party: said.party,
                sent_by: said.sent_by,
                handler: said.handler,
            }
        },
    )
}

/// A book of nothing but cases.
fn book_of(rows: &[CaseRow], period: Period) -> Book {
    let cases = rows.iter().map(|row| Case::of(row.clone(), period)).collect();
    Book::of(period, Rows { cases, ..Rows::default() })
}

/// The day on which a case was accepted, told without the code under test.
fn accepted(row: &CaseRow) -> Option<Day> {
    if row.origin != Origin::Application {
        return Some(if row.by_station { row.forwarded_at? } else { row.received_at }.day());
    }
    row.decided_at.filter(|_| row.refuse_reason.is_empty()).map(Moment::day)
}

fn closed(row: &CaseRow) -> Option<Day> {
    row.ended_at.map(Moment::day).or(row.closed_on.filter(|_| row.reviewed_at.is_some()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sums_equal_events_and_every_check_holds(rows in prop::collection::vec(row(), 0..40)) {
        let period = quarter();
        let book = book_of(&rows, period);
        prop_assert_eq!(book.broken(), vec![]);
        // Every check over forms of cases could be looked at: none was passed over as 未采集.
        for form in ["M1", "F05", "F06", "F07", "F08", "F09", "F10"] {
            for (check, verdict) in book.verdicts(crate::form_of(form).expect("a form")) {
                prop_assert!(matches!(verdict, Verdict::Holds(..)), "{} {check}: {verdict:?}", form);
            }
        }
        prop_assert!(book.gaps().is_empty(), "{:?}", book.gaps());
        let within = |day: Option<Day>| day.is_some_and(|day| period.contains(day));
        let sum = |what: &dyn Fn(&CaseRow) -> i64| rows.iter().map(what).sum::<i64>();
        let count = |what: &dyn Fn(&CaseRow) -> bool| sum(&|row| i64::from(what(row)));
        prop_assert_eq!(cell(&book, "F08", 1), count(&|row| within(accepted(row))));
        prop_assert_eq!(cell(&book, "M1", 2), cell(&book, "F08", 1));
        prop_assert_eq!(cell(&book, "F08", 2), count(&|row| within(closed(row))));
        let open = |row: &CaseRow| {
            accepted(row).is_some_and(|day| day <= period.last()) && closed(row).is_none_or(|day| day > period.last())
        };
        prop_assert_eq!(cell(&book, "F08", 4), count(&open));
        prop_assert_eq!(cell(&book, "F08", 3), sum(&|row| if within(closed(row)) { row.recovered } else { 0 }));
        prop_assert_eq!(cell(&book, "F09", 1), sum(&|row| if within(accepted(row)) { row.people } else { 0 }));
        let paid = sum(&|row| if within(row.paid_at.map(Moment::day)) { row.subsidy } else { 0 });
        prop_assert_eq!(cell(&book, "F04", 5), paid);
        // Groups overlap: an "of which" is never larger than the whole, their sum may be.
        for column in 16..=24 {
            prop_assert!(cell(&book, "M1", column) <= cell(&book, "M1", 2));
        }
        // What a column shows is what its rows come to.
        for column in crate::FORMS.iter().flat_map(crate::Form::columns).filter(|column| column.count().is_some()) {
            let rows: i64 = book.cases_of(column).iter().map(|(_, adds)| adds).sum();
            prop_assert_eq!(Some(rows), book.cell(column.place()).counted);
        }
    }

    #[test]
    fn months_add_up_to_the_year(rows in prop::collection::vec(row(), 0..30)) {
        let year = Period::parse(Scheme::Ministry, "2022").expect("a year");
        let months: Vec<Book> = year.parts().into_iter().map(|month| book_of(&rows, month)).collect();
        let whole = book_of(&rows, year);
        for column in crate::FORMS.iter().flat_map(crate::Form::columns) {
            let flows = column.count().is_some_and(|count| count.set != crate::column::Set::Open);
            if flows && column.form != "F12" {
                let sum: i64 = months.iter().filter_map(|month| month.cell(column.place()).counted).sum();
                prop_assert_eq!(Some(sum), whole.cell(column.place()).counted, "{} {}", column.form, column.number);
            }
        }
    }
}

/// A case that nobody has to be asked about, accepted and closed in the quarter.
fn plain(matter: &str, origin: Origin) -> CaseRow {
    let at = |day: &str| Moment::parse(&format!("{day}T10:00")).expect("a moment");
    let applied = origin == Origin::Application;
    CaseRow {
        id: id(1),
        official_number: None,
        town_name: String::new(),
        matter: matter.to_owned(),
        groups: "G-MIG;G-WOM".to_owned(),
        classes: String::new(),
        people: 1,
        origin,
        by_station: false,
        received_at: at("2022-01-04"),
        forwarded_at: None,
        decided_at: applied.then(|| at("2022-01-06")),
        decision: applied.then_some(Decision::Grant),
        refuse_reason: String::new(),
        closed_on: Some(at("2022-02-10").day()),
        reviewed_at: Some(at("2022-02-12")),
        ended_at: None,
        ending: None,
        result: "1".to_owned(),
        recovered: 5_000,
        wages: 0,
        paid_at: None,
        subsidy: 0,
        lawyer_kind: Some(counsel::LawyerKind::Lawyer),
        domain: None,
        aid_form: None,
        cause: None,
        phase: None,
        party: None,
        sent_by: None,
        handler: None,
    }
}

/// The formulas that do not hold.
fn broken(row: CaseRow) -> Vec<String> {
    let book = book_of(&[row], quarter());
    book.broken().into_iter().map(|(check, _)| format!("{} {check}", check.form)).collect()
}

#[test]
fn a_planted_fault_is_found_by_the_check_that_looks_for_it() {
    assert_eq!(broken(plain("M31-5", Origin::Application)), [""; 0]);
    assert_eq!(broken(plain("M25-II", Origin::Request)), [""; 0]);
    // Nobody said how far the proceedings had come: the phases do not add up.
    let no_phase = plain("M25-1", Origin::Notice);
    assert_eq!(book_of(std::slice::from_ref(&no_phase), quarter()).gaps().len(), 1);
    assert_eq!(broken(no_phase), ["F05 c13=c3+c4+c5+c6+c7"]);
    // Nobody said who applies.
    let nobody = broken(plain("M24", Origin::Application));
    assert_eq!(nobody, ["F05 c24=c20+c21+c22+c23", "F05 c29=c25+c26+c27+c28"].map(str::to_owned).to_vec());
    // More wages than were recovered at all.
    let wages = CaseRow { wages: 6_000, ..plain("M31-5", Origin::Application) };
    assert_eq!(broken(wages), ["F06 c45>=c46"]);
    // A result that the form of administrative cases does not know.
    let mediated = CaseRow { result: "3".to_owned(), ..plain("M31-1", Origin::Application) };
    assert_eq!(broken(mediated), ["F07 c25=c26+c27+c28+c29"]);
    // A criminal case by a legal worker has no column in 表十.
    let worker =
        CaseRow { lawyer_kind: Some(counsel::LawyerKind::LegalWorker), ..plain("M25-II", Origin::Request) };
    let found = broken(worker.clone());
    assert!(found.contains(&"F10 c1+c7=F05.c44".to_owned()), "{found:?}");
    assert_eq!(book_of(&[worker], quarter()).gaps().len(), 1);
}

#[test]
fn what_is_typed_is_checked_like_the_rest() {
    let typed = |form: &str, values: &[(i64, i64)]| {
        let typed = values.iter().map(|(col, value)| crate::Typed {
            id: id(*col),
            form: form.to_owned(),
            col: *col,
            value: Some(*value),
            typed_at: Moment::parse("2022-03-01T09:00").expect("a moment"),
            typed_name: String::new(),
        });
        Book::of(quarter(), Rows { typed: typed.collect(), ..Rows::default() })
    };
    let verdict = |book: &Book, formula: &str| {
        let check = checks().iter().find(|check| check.form == "F02" && check.to_string() == formula);
        book.verdict(check.expect("the check"))
    };
    let book = typed("F02", &[(1, 12), (3, 4)]);
    assert_eq!(verdict(&book, "c1=c3+c9"), Verdict::Open, "what nobody typed is no 0");
    let book = typed("F02", &[(1, 12), (3, 4), (9, 8)]);
    assert_eq!(verdict(&book, "c1=c3+c9"), Verdict::Holds(12, 12));
    let book = typed("F02", &[(1, 12), (3, 4), (9, 7)]);
    assert_eq!(verdict(&book, "c1=c3+c9"), Verdict::Broken(12, 11));
    assert!(checks().iter().any(|check| check.basis == Basis::Derived));
}

/// What is done with a case, one act a day.
#[derive(Debug, Clone)]
struct Plan {
    matter: usize,
    origin: Origin,
    start: i64,
    /// How far it comes.
    course: u8,
    code: usize,
    recovered: i64,
    said: Particulars,
}

fn plan() -> impl Strategy<Value = Plan> {
    (0..=MATTERS.len(), of(Origin::ALL), 0..200i64, 0..9u8, 0..9usize, 0..9_000i64, said()).prop_map(
        |(matter, origin, start, course, code, recovered, said)| Plan {
            matter,
            origin,
            start,
            course,
            code,
            recovered,
            said,
        },
    )
}

/// Who does what.
struct Office {
    world: World,
    clerk: Actor,
    manager: Actor,
    lawyer: Actor,
}

impl Office {
    async fn act(
        &self,
        tx: &mut Tx,
        who: &Actor,
        id: Id<Aid>,
        act: Act,
        saying: Saying,
        at: Moment,
    ) -> Result<()> {
        let entry = legal_aid::case(tx, id).await?.expect("the case");
        let saying = Saying { words: "测试".to_owned(), on: Some(at.day()), no_conflict: true, ..saying };
        do_act(tx, who, &entry, act, &saying, at).await
    }

    async fn play(&self, tx: &mut Tx, plan: &Plan) -> Result<()> {
        // One more than the matters is help by the lawyer on duty, which is no case.
        let matter = MATTERS.get(plan.matter).copied().unwrap_or("M30");
        let new = an_application(&self.world);
        let new =
            Application { said: legal_aid::Said { matter: matter.to_owned(), people: 2, ..new.said }, ..new };
        let first = Day::new(2022, 1, 1).expect("a day");
        let mut days = plan.start..;
        let mut next = || Moment::at(first.add_days(days.next().unwrap_or(0)), 10, 0);
        let at = next();
        let id = take_application(tx, Some(&self.clerk), plan.origin, &new, at, at).await?;
        let entry = legal_aid::case(tx, id).await?.expect("the case");
        let mut said = plan.said;
        if said.settle(matter, None).domain == Domain::Criminal {
            said.handler = Some(Handler::Lawyer);
        }
        specify(tx, &self.clerk, &entry, &said, 0, at).await?;
        let domain = said.settle(matter, None).domain;
        if plan.origin == Origin::Application {
            if plan.course == 0 {
                return self.act(tx, &self.clerk, id, Act::Withdraw, Saying::default(), next()).await;
            }
            let refused = plan.course == 1;
            let decision = Some(if refused { Decision::Refuse } else { Decision::Grant });
            let code = if refused { ["1", "2", "3", "9"][plan.code % 4] } else { "" };
            let saying = Saying { decision, code: code.to_owned(), ..Saying::default() };
            self.act(tx, &self.clerk, id, Act::Propose, saying.clone(), next()).await?;
            self.act(tx, &self.manager, id, Act::Decide, saying, next()).await?;
            if refused {
                return Ok(());
            }
        }
        if plan.course < 3 {
            return Ok(());
        }
        let stop = Saying { code: "6".to_owned(), ..Saying::default() };
        if plan.course == 3 {
            return self.act(tx, &self.clerk, id, Act::Terminate, stop, next()).await;
        }
        let offer = Saying { lawyer: self.world.lawyers.first().copied(), ..Saying::default() };
        self.act(tx, &self.clerk, id, Act::Offer, offer, next()).await?;
        self.act(tx, &self.lawyer, id, Act::Accept, Saying::default(), next()).await?;
        self.act(tx, &self.lawyer, id, Act::Meet, Saying::default(), next()).await?;
        if plan.course == 4 {
            return self.act(tx, &self.clerk, id, Act::Terminate, stop, next()).await;
        }
        let most = if domain == Domain::Criminal { 4 } else { 9 };
        let codes: Vec<String> =
            (1..=most).map(|code| code.to_string()).filter(|code| domain.takes(code)).collect();
        let file = Saying {
            code: codes[plan.code % codes.len()].clone(),
            amount: Some(plan.recovered),
            wages: if domain == Domain::Civil { plan.recovered / 2 } else { 0 },
            ..Saying::default()
        };
        self.act(tx, &self.lawyer, id, Act::File, file, next()).await?;
        if plan.course > 5 {
            self.act(tx, &self.clerk, id, Act::PassFile, Saying::default(), next()).await?;
        }
        if plan.course > 6 {
            let price = Saying { subsidy: Some(a_subsidy(1_200)), ..Saying::default() };
            self.act(tx, &self.manager, id, Act::Price, price, next()).await?;
            self.act(tx, &self.clerk, id, Act::Pay, Saying::default(), next()).await?;
        }
        Ok(())
    }
}

/// What the events and the tally of a period come to.
async fn compare(tx: &mut Tx, period: Period) -> Result<()> {
    let book = book::book(tx, period, Day::new(2022, 12, 31).expect("a day")).await?;
    assert_eq!(book.broken(), [], "{period}");
    assert_eq!(book.gaps(), [], "{period}");
    let deeds: Vec<Deed> = deeds(tx).await?.into_iter().filter(|deed| deed.matter != "M30").collect();
    let count = |what: &dyn Fn(&Deed) -> bool| {
        i64::try_from(deeds.iter().filter(|deed| what(deed)).count()).unwrap_or(-1)
    };
    let within = |day: Day| period.contains(day);
    let granted = count(&|deed| {
        let notified = deed.act == "received" && deed.origin != Origin::Application;
        let grants = deed.act == "decide" && deed.decision == Some(Decision::Grant);
        within(deed.at.day()) && (notified || grants)
    });
    assert_eq!(cell(&book, "F08", 1), granted, "{period}: accepted");
    let ended = count(&|deed| match deed.act.as_str() {
        "terminate" => within(deed.at.day()),
        "pass-file" => deed.closed_on.is_some_and(within),
        _ => false,
    });
    assert_eq!(cell(&book, "F08", 2), ended, "{period}: closed");
    let refused = count(&|deed| {
        deed.act == "decide" && deed.decision == Some(Decision::Refuse) && within(deed.at.day())
    });
    let criminal = cell(&book, "F05", 19) + cell(&book, "F05", 24) - cell(&book, "F05", 29);
    assert_eq!(cell(&book, "F06", 21) + cell(&book, "F07", 13) + criminal, refused, "{period}: refused");
    for (measure, (form, column)) in [
        ("legal_aid.accepted", ("M1", 2)),
        ("legal_aid.people", ("F09", 1)),
        ("legal_aid.recovered", ("F08", 3)),
    ] {
        let counted: i64 = tx
            .scalar(
                "select cast(coalesce(sum(quantity), 0) as bigint) from tally_fact where measure = $1 and day >= $2 and day <= $3",
                params![measure, period.first(), period.last()],
            )
            .await?;
        assert_eq!(cell(&book, form, column), counted, "{period}: {measure}");
    }
    Ok(())
}

async fn live(db: Db, plans: &[Plan]) -> Result<()> {
    let world = world(&db).await?;
    let lawyer = Actor { id: 30, subject: Some(world.lawyers[0].raw()), ..actor(Role::Adviser) };
    let office =
        Office { world, clerk: actor(Role::Clerk), manager: Actor { id: 8, ..actor(Role::Manager) }, lawyer };
    let mut tx = db.begin_write().await?;
    for plan in plans {
        office.play(&mut tx, plan).await?;
    }
    for scheme in Scheme::ALL {
        let year = Period::parse(scheme, "2022").expect("a year");
        let quarters = (1..=3).filter_map(|part| Period::new(scheme, 2022, kernel::Part::Quarter(part)));
        for period in quarters.chain([year]) {
            compare(&mut tx, period).await?;
        }
        let month = Period::containing(scheme, PartKind::Month, Day::new(2022, 2, 25).expect("a day"));
        compare(&mut tx, month).await?;
    }
    Ok(())
}

#[test]
fn cases_that_are_handled_are_counted_as_their_events_say() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..histories(3) {
        let plans = prop::collection::vec(plan(), 12..24).new_tree(&mut runner).expect("a history").current();
        let migrations = legal_aid::testing::migrations();
        on_both(&[migrations, crate::MIGRATIONS.to_vec()].concat(), move |db| {
            let plans = plans.clone();
            async move { live(db, &plans).await }
        });
    }
}
