//! Letters of the demonstration between legal aid institutions: what others ask, a case that is handed over, what is asked
//! of others. All of it is invented, and nothing is late.

use kernel::{Day, Fault, Id, Moment, Result};
use legal_aid::{
    Answer, Case, Cooperation, CooperationKind, CooperationRow, Direction, NewCooperation, Outcome,
    answer_cooperation, assign_cooperation, close_cooperation, cooperation, note_cooperation,
};
use places::Town;
use store::Tx;
use web::Actor;

fn day(text: &str) -> Result<Day, Fault> {
    Day::parse(text).map_err(|_| Fault::new("an impossible day in the plan"))
}

async fn row(tx: &mut Tx, id: Id<Cooperation>) -> Result<CooperationRow, Fault> {
    cooperation(tx, id).await?.ok_or_else(|| Fault::new("no letter"))
}

/// A letter that came to us.
fn came(town: Id<Town>, kind: CooperationKind, on: Day) -> NewCooperation {
    NewCooperation {
        direction: Direction::In,
        kind,
        institution: String::new(),
        area: String::new(),
        town,
        case: None,
        subject: String::new(),
        asked: String::new(),
        letter_number: String::new(),
        came_on: on,
        wished: None,
    }
}

/// One that was answered and filed, one that is worked on, a case that came today, and one of ours about a young case.
pub(super) async fn letters(
    tx: &mut Tx,
    clerk: &Actor,
    (case, town): (Option<Id<Case>>, Id<Town>),
    now: Moment,
) -> Result<()> {
    let on = day("2022-04-11")?;
    let served = NewCooperation {
        institution: "泰州市法律援助中心（演示）".to_owned(),
        area: "江苏省泰州市".to_owned(),
        subject: "姜演示".to_owned(),
        asked: "请代为送达法律援助决定书，当事人现租住在我区，地址见附件。".to_owned(),
        letter_number: "泰援协〔2022〕18号".to_owned(),
        ..came(town, CooperationKind::Serve, on)
    };
    let id = note_cooperation(tx, clerk, &served, Moment::at(on, 10, 20)).await?;
    let letter = row(tx, id).await?;
    assign_cooperation(tx, clerk, &letter, clerk.id, Moment::at(on, 10, 25)).await?;
    let on = day("2022-04-15")?;
    let words = "已由司法所上门送达，本人签收，送达回证随函寄回。";
    let answer = Answer { outcome: Outcome::Done, words, on };
    let letter = row(tx, id).await?;
    answer_cooperation(tx, clerk, &letter, &answer, Moment::at(on, 15, 0)).await?;
    let letter = row(tx, id).await?;
    close_cooperation(tx, clerk, &letter, Moment::at(day("2022-04-18")?, 9, 0)).await?;

    let on = day("2022-04-27")?;
    let checked = NewCooperation {
        institution: "宿迁市法律援助中心（演示）".to_owned(),
        area: "江苏省宿迁市".to_owned(),
        subject: "祁演示".to_owned(),
        asked: "请核查当事人在我区务工期间的收入和住房情况。".to_owned(),
        letter_number: "宿援协〔2022〕31号".to_owned(),
        ..came(town, CooperationKind::Hardship, on)
    };
    let id = note_cooperation(tx, clerk, &checked, Moment::at(on, 14, 10)).await?;
    let letter = row(tx, id).await?;
    assign_cooperation(tx, clerk, &letter, clerk.id, Moment::at(on, 14, 30)).await?;

    let handed_over = NewCooperation {
        institution: "盐城市法律援助中心（演示）".to_owned(),
        area: "江苏省盐城市".to_owned(),
        subject: "卞演示".to_owned(),
        asked: "申请人在我区工地务工，被拖欠工资，用工单位在我区，移送由我区审查。".to_owned(),
        letter_number: "盐援移〔2022〕6号".to_owned(),
        ..came(town, CooperationKind::Transfer, now.day())
    };
    note_cooperation(tx, clerk, &handed_over, now).await?;

    if let Some(case) = case {
        let entry = legal_aid::case(tx, case).await?.ok_or_else(|| Fault::new("no case"))?;
        let subject =
            parties::person(tx, entry.applicant_id).await?.map_or(String::new(), |person| person.name);
        let on = day("2022-05-05")?;
        let asked = NewCooperation {
            direction: Direction::Out,
            institution: "信阳市法律援助中心（演示）".to_owned(),
            area: "河南省信阳市".to_owned(),
            case: Some(case),
            subject,
            asked: "请核查申请人户籍地的低保和家庭收入情况。".to_owned(),
            letter_number: "援协〔2022〕1号".to_owned(),
            ..came(town, CooperationKind::Hardship, on)
        };
        note_cooperation(tx, clerk, &asked, Moment::at(on, 17, 0)).await?;
    }
    Ok(())
}
