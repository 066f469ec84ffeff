//! Opens a planned station, pauses, reopens or closes one.

use crate::{
    actions::open_station::{OBJECT, count},
    station::{OPENED, STOCK, State, StateKind, Station},
    store::{self, StepRow},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Moment, Result};

/// What is done to a station's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// 启用.
    Open,
    /// 暂停.
    Pause,
    /// 恢复.
    Reopen,
    /// 撤销.
    Close,
}
::store::text_column!(Move { Open = "open", Pause = "pause", Reopen = "reopen", Close = "close" });

impl Move {
    /// The verb on its button.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Open => "启用",
            Self::Pause => "暂停开放",
            Self::Reopen => "恢复开放",
            Self::Close => "撤销",
        }
    }

    /// What can be done in that state.
    pub(crate) fn possible(state: StateKind) -> &'static [Move] {
        match state {
            StateKind::Planned => &[Self::Open],
            StateKind::Open => &[Self::Pause, Self::Close],
            StateKind::Paused => &[Self::Reopen, Self::Close],
            StateKind::Closed => &[],
        }
    }
}

kernel::refusals! {
    /// Why the state cannot be changed.
    pub(crate) enum ChangeStateRefusal {
        /// It is gone.
        Unknown => NotFound, "没有这个工作站。";
        /// The day is still to come.
        Future => Invalid("on"), "日期不能晚于今天。";
        /// Nobody could come.
        NoHours => Conflict, "请先在“修改”里填写开放时间，再启用。";
        /// Somebody else was quicker.
        Stale => Conflict, "别人刚刚修改了这个工作站，请刷新页面核对后重试。";
    }
}

/// Makes the move, counts what it changes and keeps the step with its reason.
pub(crate) async fn change_state(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Station>,
    go: Move,
    on: Day,
    reason: &str,
    now: Moment,
) -> Result<()> {
    let entry = store::entry(tx, id).await?.ok_or(ChangeStateRefusal::Unknown)?;
    if on > now.day() {
        return Err(ChangeStateRefusal::Future.into());
    }
    if go == Move::Open && entry.details.hours.is_empty() {
        return Err(ChangeStateRefusal::NoHours.into());
    }
    let state: State = match go {
        Move::Open => entry.state.open(on)?,
        Move::Pause => entry.state.pause(on, reason)?,
        Move::Reopen => entry.state.reopen(on)?,
        Move::Close => entry.state.close(on, reason)?,
    };
    if !store::update_state(tx, id, entry.version, &state, on).await? {
        return Err(ChangeStateRefusal::Stale.into());
    }
    let step = StepRow { state: state.kind(), happened_on: on, reason: reason.to_owned() };
    store::insert_step(tx, id, &step, actor, now).await?;
    let town = entry.details.town;
    match go {
        Move::Open => {
            count(tx, OPENED, 1, on, id, town, actor, now).await?;
            count(tx, STOCK, 1, on, id, town, actor, now).await?;
        }
        Move::Close => count(tx, STOCK, -1, on, id, town, actor, now).await?,
        Move::Pause | Move::Reopen => {}
    }
    let action = match go {
        Move::Open => "stations.station.open",
        Move::Pause => "stations.station.pause",
        Move::Reopen => "stations.station.reopen",
        Move::Close => "stations.station.close",
    };
    tx.audit(Audit::new(actor, action, OBJECT, id).with(&serde_json::json!({ "on": on.to_string() })));
    Ok(())
}
