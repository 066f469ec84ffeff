//! The manager's overview: what is late and where, who has how much, how old the open cases are, why some were refused.

use crate::{
    ASSIGN, LETTERS,
    case::Stage,
    follow_up::QUESTIONS,
    store::{
        cooperations, follow_ups, letters,
        overview::{self, AtStage, Named, OfLawyer},
        tickets,
    },
    ticket::Step,
};
use askama::Template;
use kernel::{Day, Moment};
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/overview.html")]
struct OverviewMain {
    stages: Vec<AtStage>,
    towns: Vec<Named>,
    lawyers: Vec<OfLawyer>,
    may_assign: bool,
    refusals: Vec<(String, i64)>,
    ages: [(&'static str, i64); 4],
    year: i16,
    letters: i64,
    may_letters: bool,
    letters_late: i64,
    /// Letters of cooperation that wait for our answer, for theirs, and those of both that wait too long.
    cooperation: (i64, i64, i64),
    /// Applications on the phone that began this year: sent, and where the others stopped.
    stopped: Vec<(&'static str, i64)>,
    sent: i64,
    /// How many were asked afterwards this year, the five questions with how many were satisfied, and money taken.
    asked: i64,
    satisfied: Vec<(&'static str, i64)>,
    money: i64,
}

/// `GET /aid/overview`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (now, today) = (ctx.now(), ctx.today());
    let new_year = Moment::start_of(Day::new(today.year(), 1, 1).unwrap_or(today));
    let mut refusals = Vec::new();
    for (code, cases) in overview::refusals(&mut tx, new_year).await? {
        let name = parties::term_name(&mut tx, "refuse", &code, today).await?;
        refusals.push((name.unwrap_or(code), cases));
    }
    let mut stages = overview::by_stage(&mut tx, now).await?;
    stages.sort_by_key(|at| at.stage);
    let (letters, letters_late) = letters::waiting(&mut tx, now).await?;
    let tickets = tickets::stopped(&mut tx, new_year).await?;
    let sent = tickets.iter().find(|(at, _)| at == "sent").map_or(0, |(_, count)| *count);
    let stopped =
        tickets.iter().filter_map(|(at, count)| Some((Step::from_text(at)?.title(), *count))).collect();
    let new_day = new_year.day();
    let said = follow_ups::summary(&mut tx, new_day).await?;
    let counts = [said.attitude, said.communication, said.protection, said.outcome, said.overall];
    let satisfied = QUESTIONS.iter().map(|(_, question)| *question).zip(counts).collect();
    let (week, month, quarter, older) = overview::ages(&mut tx, now).await?;
    let main = OverviewMain {
        stages,
        towns: overview::by_town(&mut tx, now).await?,
        lawyers: overview::by_lawyer(&mut tx, now).await?,
        refusals,
        ages: [("7 天以内", week), ("8 到 30 天", month), ("31 到 90 天", quarter), ("90 天以上", older)],
        year: today.year(),
        letters,
        may_assign: ctx.actor()?.may(ASSIGN),
        may_letters: ctx.actor()?.may(LETTERS),
        letters_late,
        cooperation: cooperations::waiting(&mut tx, now).await?,
        stopped,
        sent,
        asked: said.asked,
        satisfied,
        money: said.money,
    };
    Ok(Page::new("法律援助总览", &main)?.crumb("法律援助", "/aid"))
}

impl OverviewMain {
    fn open(&self) -> i64 {
        self.stages.iter().filter(|at| !at.stage.is_over()).map(|at| at.cases).sum()
    }

    fn late(&self) -> i64 {
        self.stages.iter().map(|at| at.late).sum()
    }

    /// The longest bar of a list.
    fn most(list: &[Named]) -> i64 {
        list.iter().map(|named| named.cases).max().unwrap_or(1).max(1)
    }

    fn href(stage: &Stage) -> String {
        format!("/aid?stage={}", stage.as_str())
    }
}
