//! What must hold of every roster that is drawn up.

use super::*;

fn id<T>(nth: i64) -> Id<T> {
    Id::from_raw((320_412 << 43) | nth).expect("an id")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn sitter(nth: i64, before: i64) -> Sitter {
    Sitter { id: id(nth), kind: LawyerKind::Lawyer, before, last: None, taken: Vec::new() }
}

/// The slots of a month: a post for each week, numbered from one.
fn month(first: &str, weeks: &[(PostPlace, &str)]) -> Vec<Slot> {
    let (first, calendar) = (day(first), Calendar::published());
    let mut slots = Vec::new();
    for (nth, (place, week)) in weeks.iter().enumerate() {
        let post = id(1 + i64::try_from(nth).expect("a number"));
        for ahead in 0..=first.days_until(first.last_of_month()) {
            let on = first.add_days(ahead);
            if let Some(half) = Week::from_text(week).on(on, &calendar).expect("a published year") {
                slots.push(Slot { post, place: *place, on, half });
            }
        }
    }
    slots
}

/// Nobody sits in two places at once.
fn assert_no_overlap(roster: &Roster) {
    for (nth, (one, who)) in roster.lines.iter().enumerate() {
        for (other, also) in &roster.lines[nth + 1..] {
            let same = who.is_some() && who == also && one.on == other.on && one.half.meets(other.half);
            assert!(!same, "{who:?} sits twice on {}", one.on);
        }
    }
}

#[test]
fn days_off_are_free_and_working_weekends_are_manned() {
    let calendar = Calendar::published();
    let week = Week::from_text("ddddd--");
    let on = |text: &str| week.on(day(text), &calendar).expect("a published year");
    assert_eq!(on("2022-05-03"), None, "a Tuesday off");
    assert_eq!(on("2022-05-05"), Some(Half::Day));
    assert_eq!(on("2022-05-07"), Some(Half::Day), "a Saturday that is worked is a Monday");
    assert_eq!(on("2022-05-08"), None);
    let some = Week::from_text("a-p---a");
    assert_eq!(some.on(day("2022-05-07"), &calendar), Ok(None), "not a post of some days only");
    assert_eq!(some.on(day("2022-04-24"), &calendar), Ok(Some(Half::Morning)), "unless it is its own Sunday");
    assert_eq!(some.on(day("2022-05-15"), &calendar), Ok(Some(Half::Morning)));
    assert_eq!(week.on(day("2199-01-01"), &calendar), Err(NotPublished { year: 2199 }));
}

#[test]
fn a_week_is_read_and_told() {
    assert_eq!(Week::from_text("a-a-d--").words(), "周五全天；周一、三上午");
    assert_eq!(Week::from_text("-------").words(), "没有排班");
    assert_eq!(Week::from_text("apd-xyz").text(), "apd----");
}

#[test]
fn loads_differ_by_one_at_most() {
    let slots = month("2022-06-01", &[(PostPlace::Centre, "ddddd--"), (PostPlace::Court, "aaaaa--")]);
    let count = slots.len();
    let sitters: Vec<Sitter> = (1..=7).map(|nth| sitter(nth, 0)).collect();
    let roster = draw_up(slots, &sitters);
    assert_no_overlap(&roster);
    let counts: Vec<i64> = roster.counts().into_values().collect();
    assert_eq!(roster.gaps(), 0);
    assert_eq!(counts.iter().sum::<i64>(), i64::try_from(count).expect("a number"));
    assert!(counts.iter().max().expect("some") - counts.iter().min().expect("some") <= 1, "{counts:?}");
}

#[test]
fn what_was_done_before_counts() {
    let slots = month("2022-06-01", &[(PostPlace::Court, "a------")]);
    let roster = draw_up(slots, &[sitter(1, 9), sitter(2, 7), sitter(3, 9)]);
    let counts: Vec<i64> = roster.counts().into_values().collect();
    assert_eq!(counts, [1, 2, 1], "the second takes the first two and is level then");
}

#[test]
fn a_whole_day_does_not_cost_the_others_two() {
    // One after the other the second would have two halves each day, the first one whole day.
    let weeks =
        [(PostPlace::Court, "ddddd--"), (PostPlace::Police, "aaaaa--"), (PostPlace::Detention, "ppppp--")];
    let roster = draw_up(month("2022-06-01", &weeks), &[sitter(1, 0), sitter(2, 0)]);
    assert_eq!(roster.gaps(), 0);
    assert_no_overlap(&roster);
    let counts: Vec<i64> = roster.counts().into_values().collect();
    assert!((counts[0] - counts[1]).abs() <= 1, "{counts:?}");
}

#[test]
fn legal_workers_sit_at_the_centre_only() {
    let worker = Sitter { kind: LawyerKind::LegalWorker, ..sitter(1, 0) };
    let weeks = [(PostPlace::Centre, "aaaaa--"), (PostPlace::Court, "aaaaa--")];
    let roster = draw_up(month("2022-06-01", &weeks), &[worker.clone(), sitter(2, 0)]);
    assert_eq!(roster.gaps(), 0, "the lawyer is kept for where only lawyers may sit");
    for (slot, who) in &roster.lines {
        assert_eq!(*who == Some(worker.id), slot.place == PostPlace::Centre);
    }
    assert!(draw_up(month("2022-06-01", &weeks[1..]), &[worker]).lines.iter().all(|(_, who)| who.is_none()));
}

#[test]
fn nobody_is_drawn_from_where_he_sits_already() {
    let slots = month("2022-06-01", &[(PostPlace::Court, "a------")]);
    let busy: Vec<(Day, Half)> = slots.iter().map(|slot| (slot.on, Half::Day)).collect();
    let roster = draw_up(slots, &[Sitter { taken: busy, ..sitter(1, 0) }, sitter(2, 40)]);
    assert!(roster.lines.iter().all(|(_, who)| *who == Some(id(2))));
}

#[test]
fn the_same_question_has_the_same_answer_in_any_order() {
    let weeks = [(PostPlace::Centre, "ddddd--"), (PostPlace::Court, "aapp---")];
    let slots = month("2022-06-01", &weeks);
    let sitters: Vec<Sitter> = (1..=5).map(|nth| sitter(nth, nth % 2)).collect();
    let one = draw_up(slots.clone(), &sitters);
    let (mut back, mut turned) = (sitters, slots);
    back.reverse();
    turned.reverse();
    let other = draw_up(turned, &back);
    assert_eq!(one, other);
    assert_eq!(one.fingerprint(), other.fingerprint());
    let third = draw_up(month("2022-06-01", &weeks), &back[1..]);
    assert_ne!(one.fingerprint(), third.fingerprint());
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn five_hundred_random_months_are_fair() {
    let places = [PostPlace::Centre, PostPlace::Police, PostPlace::Court, PostPlace::Detention];
    let mut dice = Dice(42);
    for round in 0..500 {
        let weeks: Vec<(PostPlace, String)> = (0..=dice.below(4))
            .map(|_| {
                let week = (0..7).map(|_| ['a', 'p', 'd', '-'][dice.below(4) as usize]).collect();
                (places[dice.below(4) as usize], week)
            })
            .collect();
        let weeks: Vec<(PostPlace, &str)> =
            weeks.iter().map(|(place, week)| (*place, week.as_str())).collect();
        let even = dice.below(2) == 0;
        let sitters: Vec<Sitter> = (1..=1 + dice.below(8))
            .map(|nth| {
                sitter(i64::try_from(nth).expect("a number"), if even { 3 } else { dice.below(6) as i64 })
            })
            .collect();
        let roster = draw_up(month("2022-06-01", &weeks), &sitters);
        assert_no_overlap(&roster);
        let counts = roster.counts();
        for one in &sitters {
            for other in &sitters {
                let (a, b) = (
                    counts.get(&one.id.raw()).copied().unwrap_or(0),
                    counts.get(&other.id.raw()).copied().unwrap_or(0),
                );
                let apart = one.before + a - other.before - b;
                // Whoever has two more had them before, and has no more than the other in this month.
                assert!(apart < 2 || !even && a <= b, "round {round}: {counts:?}");
            }
        }
        // Nobody is free where nobody sits.
        for (gap, _) in roster.lines.iter().filter(|(_, who)| who.is_none()) {
            for one in &sitters {
                let busy = roster.lines.iter().any(|(slot, who)| {
                    *who == Some(one.id) && slot.on == gap.on && slot.half.meets(gap.half)
                });
                assert!(busy, "round {round}: somebody could sit on {}", gap.on);
            }
        }
    }
}
