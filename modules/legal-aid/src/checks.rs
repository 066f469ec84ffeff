//! Checks over cases: what lists are ordered by must follow from the facts, and what was counted must have a case.

use crate::{
    clock::clocks,
    rule,
    store::{self, rules},
};
use ::store::{Tx, params};
use kernel::{Calendar, Day, Id, Moment};
use web::{Check, Finding, Findings};

pub(crate) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "legal_aid.derived",
            title: "案件的阶段、到期日与办理经过一致",
            why: "阶段和最近的到期日由办理经过和期限规则推出来；不一致的，待办清单会漏掉案件或者排错先后。",
            mend: "数据库可能被直接改动过。请系统管理员保留现场并核对备份。",
            grave: true,
            run: derived,
        },
        Check {
            id: "legal_aid.orphaned",
            title: "法律援助的每一笔计数都有案件",
            why: "计了数却找不到案件，受理数就说不清来历。",
            mend: "数据库可能被直接改动过。请系统管理员保留现场并核对备份。",
            grave: true,
            run: |tx, _| orphaned(tx),
        },
        Check {
            id: "legal_aid.late",
            title: "没有逾期未办的案件",
            why: "审查七日、指派三日是法律援助法第四十三条规定的期限。",
            mend: "打开案件，在“时限”里看是哪一步逾期，尽快办理。",
            grave: false,
            run: late,
        },
        Check {
            id: "legal_aid.rota",
            title: "值班表上没有已不在执业的律师",
            why: "律师离任、停止执业以后不能再值班，那一天会没有人。",
            mend: "打开这次值班，换别人，或者取消后重新排班。",
            grave: false,
            run: off_duty,
        },
    ]
}

const PAGE: i64 = 500;

fn derived(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let now = Moment::end_of(today);
        let (calendar, rules) = (Calendar::published(), rules::load(tx).await?);
        let (mut findings, mut after) = (Vec::new(), 0);
        loop {
            let some = store::some(tx, false, after, PAGE).await?;
            let Some(last) = some.last() else { break };
            after = last.id.raw();
            for entry in &some {
                if entry.facts().stage() != entry.stage {
                    findings.push(found(
                        entry.id.to_string(),
                        format!(
                            "案件 {} 记为“{}”，按办理经过应为“{}”",
                            entry.id,
                            entry.stage.label(),
                            entry.facts().stage().label()
                        ),
                    ));
                }
                let running = clocks(&entry.facts(), &rules, &calendar, now);
                let place = store::urgency(&entry.facts(), entry.green, &running);
                if (entry.urgency, entry.due_rule.as_str()) != place {
                    let (noted, due) = (rule::title(&entry.due_rule), rule::title(place.1));
                    let what = format!(
                        "案件 {} 在待办清单里的先后不对：记为“{noted}”，按期限规则应为“{due}”或者另一天",
                        entry.id
                    );
                    findings.push(found(entry.id.to_string(), what));
                }
            }
        }
        Ok(findings)
    })
}

fn orphaned(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let rows: Vec<(Id<()>, Day)> = tx
            .all(
                "select f.source_id, f.day from tally_fact f
                 where f.region_id = $1 and f.source = 'legal_aid_case'
                   and not exists (select 1 from legal_aid_case_entry c where c.id = f.source_id)
                 order by f.id limit 1000",
                params![tx.region()?],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, day)| Finding { what: format!("{day} 的一笔计数没有案件 {id}"), href: None })
            .collect())
    })
}

fn late(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let now = Moment::end_of(today);
        let (calendar, rules) = (Calendar::published(), rules::load(tx).await?);
        let (mut findings, mut after) = (Vec::new(), 0);
        loop {
            let some = store::some(tx, true, after, PAGE).await?;
            let Some(last) = some.last() else { break };
            after = last.id.raw();
            for entry in &some {
                for clock in clocks(&entry.facts(), &rules, &calendar, now) {
                    if clock.standing(now) == crate::clock::Standing::Late {
                        let end = clock.due.strict.day();
                        findings.push(found(
                            entry.id.to_string(),
                            format!("案件 {}：{}应在 {end} 前完成", entry.id, clock.rule.title),
                        ));
                    }
                }
            }
        }
        Ok(findings)
    })
}

fn off_duty(tx: &mut Tx, today: Day) -> Findings<'_> {
    Box::pin(async move {
        let rows = store::turns::of_gone(tx, today).await?;
        Ok(rows
            .into_iter()
            .map(|row| Finding {
                what: format!("{}{}值班的{}已不在执业", row.said(), row.organ, row.lawyer_name),
                href: Some(format!("/aid/rota/turns/{}", row.id)),
            })
            .collect())
    })
}

fn found(id: String, what: String) -> Finding {
    Finding { what, href: Some(format!("/aid/{id}/clocks")) }
}
