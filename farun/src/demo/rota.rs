//! The rota of duty lawyers of the demonstration's month, and whom some lawyers and firms are retained by. All of it is
//! invented.

use super::{accounts::Accounts, registers::World};
use counsel::{Holder, Lawyer, LawyerKind, NewRetainer, RetainerKind, retain};
use kernel::{Day, Fault, Id, Moment, Result};
use legal_aid::{NewPost, Plan, PostPlace, Week, open_post, publish};
use store::{Db, Tx};
use web::{Actor, Role};

/// Where somebody sits, and in which week: letters from Monday on.
const POSTS: [(PostPlace, &str, &str); 5] = [
    (PostPlace::Centre, "武进区法律援助中心", "ddddd--"),
    (PostPlace::Police, "武进公安分局执法办案中心", "--p-p--"),
    (PostPlace::Procuratorate, "武进区人民检察院", "-a-a---"),
    (PostPlace::Court, "武进区人民法院", "aaaaa--"),
    (PostPlace::Detention, "武进区看守所", "a-a-a--"),
];
/// So many lawyers take turns.
const SITTERS: usize = 12;

/// Publishes the month, and writes the retainers down.
pub(crate) async fn make(db: &Db, world: &World, accounts: &Accounts) -> Result<()> {
    let manager = Actor {
        id: accounts.manager,
        name: "演示·业务主管".to_owned(),
        roles: vec![Role::Manager],
        towns: Vec::new(),
        subject: None,
        session: String::new(),
    };
    let day = |text: &str| text.parse::<Day>().map_err(|_| Fault::new("an impossible day in the rota"));
    let mut tx = db.begin_write().await?;
    let mut posts = Vec::new();
    for (place, organ, week) in POSTS {
        let new = NewPost { place, organ: organ.to_owned(), week: Week::from_text(week) };
        posts.push(open_post(&mut tx, &manager, &new).await?);
    }
    let lawyers = sitters(&mut tx, world).await?;
    let plan = Plan { month: day("2022-05-01")?, posts, lawyers: lawyers.clone() };
    publish(&mut tx, &manager, &plan, None, Moment::at(day("2022-04-28")?, 10, 0)).await?;
    for (nth, name, kind, from) in [
        (0, "江苏示例建设有限公司", RetainerKind::Counsel, "2021-07-01"),
        (4, "常州示例物流有限公司", RetainerKind::Agency, "2022-03-15"),
        (7, "武进示例置业有限公司", RetainerKind::Employment, "2020-01-01"),
    ] {
        let Some(lawyer) = lawyers.get(nth) else { continue };
        write(&mut tx, accounts, Holder::Lawyer(*lawyer), name, kind, day(from)?).await?;
    }
    if let Some(lawyer) = lawyers.last() {
        let firm = counsel::lawyer(&mut tx, *lawyer).await?.ok_or_else(|| Fault::new("no lawyer"))?.firm_id;
        let (name, kind) = ("常州示例机械厂", RetainerKind::Counsel);
        write(&mut tx, accounts, Holder::Firm(firm), name, kind, day("2022-01-01")?).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn write(
    tx: &mut Tx,
    accounts: &Accounts,
    holder: Holder,
    name: &str,
    kind: RetainerKind,
    from_on: Day,
) -> Result<()> {
    let new = NewRetainer { holder, name: name.to_owned(), uscc: None, kind, from_on, until_on: None };
    retain(tx, Some(accounts.manager), &new).await?;
    Ok(())
}

/// The lawyer who logs in as adviser, then the first in the order of the villages; legal workers do not defend.
async fn sitters(tx: &mut Tx, world: &World) -> Result<Vec<Id<Lawyer>>> {
    let mut found: Vec<Id<Lawyer>> = Vec::new();
    let first = world.units.iter().filter(|unit| unit.short_name.starts_with("谈家头"));
    for unit in first.chain(&world.units) {
        if found.len() == SITTERS {
            break;
        }
        let kind = counsel::lawyer(tx, unit.lawyer).await?.map(|lawyer| lawyer.kind);
        if kind == Some(LawyerKind::Lawyer) && !found.contains(&unit.lawyer) {
            found.push(unit.lawyer);
        }
    }
    Ok(found)
}
