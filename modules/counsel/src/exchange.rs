//! Import of law firms and lawyers, and their fields in the order of the provincial form.

use crate::{
    Firm, FirmKind, FirmState, Lawyer, LawyerKind, LawyerState, NewFirm, NewLawyer,
    actions::{change_firm, change_lawyer, change_state, open_firm, register_lawyer},
    pages::lawyer_edit::licence,
    store::{self, changes},
};
use ::store::Tx;
use imports::{
    Answer, CellError, Column, Copied, CopyForm, CopyRecord, Desk, Kind, Register, Registered, Row, Sought,
    Texts, Undo,
};
use kernel::{Day, Fault, Id, Phone, Refusal, Uscc};

/// Firms as an importable kind.
pub(crate) const FIRMS: Kind = Kind {
    key: "firms",
    title: "律所",
    permission: crate::WRITE,
    object: "counsel_firm",
    matching: "外部编号相同的是同一家；没有编号的，统一社会信用代码或名称相同的是同一家。",
    columns: FIRM_COLUMNS,
    importer: &Registered(Firms),
};

/// Lawyers as an importable kind.
pub(crate) const LAWYERS: Kind = Kind {
    key: "lawyers",
    title: "律师",
    permission: crate::WRITE,
    object: "counsel_lawyer",
    matching: "外部编号相同的是同一人；没有编号的，执业证号相同的是同一人。执业机构要先在名册里。",
    columns: LAWYER_COLUMNS,
    importer: &Registered(Lawyers),
};

const FIRM_COLUMNS: &[Column] = &[
    Column::new("name", "名称")
        .required()
        .aliases(&["机构名称", "律所名称", "律师事务所", "单位名称"])
        .hint("全称，不超过 80 个字。")
        .example("江苏样例律师事务所"),
    Column::new("kind", "类别")
        .required()
        .aliases(&["机构类别", "类型"])
        .hint("填“律师事务所”或“基层法律服务所”。")
        .example("律师事务所"),
    Column::new("uscc", "统一社会信用代码")
        .aliases(&["信用代码", "社会信用代码"])
        .hint("18 位。")
        .example("91320412MA1MXXXX0A"),
    Column::new("address", "地址")
        .aliases(&["住所", "办公地址"])
        .hint("不超过 120 个字。")
        .example("武进区样例路 1 号"),
    Column::new("phone", "电话")
        .aliases(&["联系电话", "办公电话"])
        .hint("手机或座机，座机可以不写区号。")
        .example("0519-86310000")
        .personal(),
];

const LAWYER_COLUMNS: &[Column] = &[
    Column::new("name", "姓名")
        .required()
        .aliases(&["律师姓名", "人员姓名"])
        .hint("不超过 50 个字，生僻字和“·”都可以。")
        .example("样例人"),
    Column::new("sex", "性别").hint("填“男”或“女”。").example("女"),
    Column::new("kind", "类别")
        .required()
        .aliases(&["人员类别", "执业类别"])
        .hint("填“律师”或“基层法律服务工作者”。")
        .example("律师"),
    Column::new("licence", "执业证号")
        .required()
        .aliases(&["执业证编号", "证号", "律师执业证号"])
        .hint("一般是 17 位数字；请把这一列设成文本格式。")
        .example("13204201810000000"),
    Column::new("licensed_since", "取得执业证日期")
        .required()
        .aliases(&["执业日期", "首次执业日期", "领证日期"])
        .hint("例如 2018-05-06。")
        .example("2018-05-06"),
    Column::new("firm", "执业机构")
        .required()
        .aliases(&["所在律所", "律所", "机构名称"])
        .hint("名册里已有的律所的全称。")
        .example("江苏样例律师事务所"),
    Column::new("phone", "电话")
        .aliases(&["联系电话", "手机", "手机号"])
        .hint("会公示在村（社区）公示牌上。")
        .example("13800000000")
        .personal(),
    Column::new("dialect", "方言").aliases(&["会说的方言"]).hint("不超过 20 个字。").example("常州话"),
];

struct Firms;
struct Lawyers;

/// A row that was fine a moment ago is not any more.
fn gone() -> kernel::Error {
    Refusal::invalid("这一行已不能导入，请重新核对。").into()
}

fn id_of<T>(id: i64) -> kernel::Result<Id<T>> {
    Id::from_raw(id).ok_or_else(|| Fault::new("a stored id is none").into())
}

fn phone_text(phone: Option<Phone>) -> String {
    phone.map_or(String::new(), |phone| phone.as_str().to_owned())
}

fn firm_said(row: &Row) -> Result<NewFirm, Vec<CellError>> {
    let mut read = row.read();
    let name = kernel::squeeze(&read.need("name", 80, "请填写机构名称。"));
    let kind = read.choice(
        "kind",
        &[
            (&["律师事务所", "律所"], FirmKind::LawFirm),
            (&["基层法律服务所", "法律服务所"], FirmKind::LegalServiceOffice),
        ],
    );
    if !row.says("kind") {
        read.error("kind", "请填“律师事务所”或“基层法律服务所”。");
    }
    let uscc = read.parse("uscc", Uscc::parse);
    let address = read.text("address", 120);
    let phone = read.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    match (read.is_fine(), kind) {
        (true, Some(kind)) => Ok(NewFirm { name, kind, uscc, address, phone, lat: None, lon: None }),
        _ => Err(read.finish()),
    }
}

impl Register for Firms {
    fn columns(&self) -> &'static [Column] {
        FIRM_COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            let name = kernel::squeeze(row.get("name"));
            let mut id = None;
            if let Ok(uscc) = Uscc::parse(row.get("uscc")) {
                id = store::firm_with_uscc(tx, uscc.expose()).await?;
            }
            if id.is_none() {
                id = store::firm_named(tx, &name).await?;
            }
            Ok(Sought { id: id.map(Id::raw), key: name })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            let Some(firm) = changes::firm_edit(tx, id_of(id)?).await? else { return Ok(None) };
            let phone = phone_text(crate::firm_phone(tx.db(), &firm.phone_sealed)?);
            let texts = vec![
                ("name", firm.name),
                ("kind", firm.kind.label().to_owned()),
                ("uscc", firm.uscc.unwrap_or_default()),
                ("address", firm.address),
                ("phone", phone),
            ];
            Ok(Some((firm.version, texts)))
        })
    }

    fn parse<'a>(
        &'a self,
        _: &'a mut Tx,
        _: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>> {
        Box::pin(async move {
            Ok(firm_said(row).map(|said| {
                vec![
                    ("name", said.name),
                    ("kind", said.kind.label().to_owned()),
                    ("uscc", said.uscc.map(|uscc| uscc.expose().to_owned()).unwrap_or_default()),
                    ("address", said.address),
                    ("phone", phone_text(said.phone)),
                ]
            }))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let said = firm_said(row).map_err(|_| gone())?;
            Ok(open_firm::open_firm(tx, desk.actor_id(), &said).await?.raw())
        })
    }

    fn change<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        (id, version): (i64, i64),
        row: &'a Row,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let id: Id<Firm> = id_of(id)?;
            let now = changes::firm_edit(tx, id).await?.ok_or_else(gone)?;
            let said = firm_said(row).map_err(|_| gone())?;
            let new = NewFirm { lat: now.lat, lon: now.lon, ..said };
            let done = change_firm::change_firm(tx, desk.actor_id(), id, version, &new, now.state).await?;
            Ok(matches!(done, change_firm::FirmChanged::Saved))
        })
    }

    fn withdraw<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        (id, version): (i64, i64),
    ) -> Answer<'a, Undo> {
        Box::pin(async move {
            let id: Id<Firm> = id_of(id)?;
            let now = changes::firm_edit(tx, id).await?.ok_or_else(gone)?;
            let same = NewFirm {
                phone: crate::firm_phone(tx.db(), &now.phone_sealed)?,
                uscc: now.uscc.as_deref().and_then(|uscc| Uscc::parse(uscc).ok()),
                name: now.name,
                kind: now.kind,
                address: now.address,
                lat: now.lat,
                lon: now.lon,
            };
            let closed = FirmState::Closed;
            let done = change_firm::change_firm(tx, desk.actor_id(), id, version, &same, closed).await?;
            Ok(match done {
                change_firm::FirmChanged::Saved => Undo::Undone,
                change_firm::FirmChanged::Stale(_) => Undo::Kept("撤销时有人正在修改。".to_owned()),
            })
        })
    }
}

async fn firm_of(tx: &mut Tx, row: &Row) -> Result<Option<Id<Firm>>, Fault> {
    let name = kernel::squeeze(row.get("firm"));
    if name.is_empty() { Ok(None) } else { store::firm_named(tx, &name).await }
}

/// What a row says, without the firm, which must be looked up.
fn lawyer_said(row: &Row, firm: Option<Id<Firm>>, today: Day) -> Result<NewLawyer, Vec<CellError>> {
    let mut read = row.read();
    let name = read.parse("name", kernel::person_name);
    let sex = read.choice("sex", &[(&["男"], "男"), (&["女"], "女")]);
    let kind = read.choice(
        "kind",
        &[
            (&["律师", "执业律师", "专职律师"], LawyerKind::Lawyer),
            (&["基层法律服务工作者", "法律工作者"], LawyerKind::LegalWorker),
        ],
    );
    let number = read.parse("licence", licence);
    let since = read.day("licensed_since");
    if since.is_some_and(|day| day > today) {
        read.error("licensed_since", "取得执业证的日期不能晚于今天。");
    }
    let phone = read.parse("phone", |text| Phone::parse_with_area(text, "0519"));
    let dialect = read.text("dialect", 20);
    for (column, message) in [
        ("name", "请填写姓名。"),
        ("kind", "请填“律师”或“基层法律服务工作者”。"),
        ("licence", "请填写执业证号。"),
        ("licensed_since", "请填写取得执业证的日期。"),
        ("firm", "请填写执业机构。"),
    ] {
        if !row.says(column) {
            read.error(column, message);
        }
    }
    if firm.is_none() {
        read.error("firm", "名册里没有这家机构，请核对全称，或先导入律所。");
    }
    match (read.is_fine(), name, firm, kind, number, since) {
        (true, Some(name), Some(firm), Some(kind), Some(licence), Some(licensed_since)) => Ok(NewLawyer {
            firm,
            name,
            sex: sex.unwrap_or_default().to_owned(),
            kind,
            licence,
            licensed_since,
            phone,
            specialities: Vec::new(),
            dialect,
            assessment: None,
            discipline: String::new(),
        }),
        _ => Err(read.finish()),
    }
}

impl Register for Lawyers {
    fn columns(&self) -> &'static [Column] {
        LAWYER_COLUMNS
    }

    fn find<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought> {
        Box::pin(async move {
            let Ok(licence) = licence(row.get("licence")) else { return Ok(Sought::default()) };
            let id = store::lawyer_with_licence(tx, &licence).await?;
            Ok(Sought { id: id.map(Id::raw), key: licence })
        })
    }

    fn read<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>> {
        Box::pin(async move {
            let Some(lawyer) = changes::lawyer_edit(tx, id_of(id)?).await? else { return Ok(None) };
            let firm = store::firm(tx, lawyer.firm_id).await?.map(|firm| firm.name).unwrap_or_default();
            let phone = phone_text(crate::phone(tx.db(), &lawyer.phone_sealed)?);
            let texts = vec![
                ("name", lawyer.name),
                ("sex", lawyer.sex),
                ("kind", lawyer.kind.label().to_owned()),
                ("licence", lawyer.licence),
                ("licensed_since", lawyer.licensed_since.to_string()),
                ("firm", firm),
                ("phone", phone),
                ("dialect", lawyer.dialect),
            ];
            Ok(Some((lawyer.version, texts)))
        })
    }

    fn parse<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>> {
        Box::pin(async move {
            let firm = firm_of(tx, row).await?;
            Ok(lawyer_said(row, firm, desk.today()).map(|said| {
                vec![
                    ("name", said.name),
                    ("sex", said.sex),
                    ("kind", said.kind.label().to_owned()),
                    ("licence", said.licence),
                    ("licensed_since", said.licensed_since.to_string()),
                    ("firm", kernel::squeeze(row.get("firm"))),
                    ("phone", phone_text(said.phone)),
                    ("dialect", said.dialect),
                ]
            }))
        })
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64> {
        Box::pin(async move {
            let firm = firm_of(tx, row).await?;
            let said = lawyer_said(row, firm, desk.today()).map_err(|_| gone())?;
            Ok(register_lawyer::register_lawyer(tx, desk.actor_id(), &said).await?.raw())
        })
    }

    fn change<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        (id, version): (i64, i64),
        row: &'a Row,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let id: Id<Lawyer> = id_of(id)?;
            let now = changes::lawyer_edit(tx, id).await?.ok_or_else(gone)?;
            let firm = firm_of(tx, row).await?;
            let said = lawyer_said(row, firm, desk.today()).map_err(|_| gone())?;
            let forget = said.phone.is_none();
            let specialities =
                now.specialities.split(';').filter(|code| !code.is_empty()).map(str::to_owned).collect();
            let new = NewLawyer { specialities, ..said };
            let done = change_lawyer::change_lawyer(tx, desk.actor_id(), id, version, new, forget).await?;
            Ok(matches!(done, change_lawyer::LawyerChanged::Saved))
        })
    }

    fn withdraw<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, (id, _): (i64, i64)) -> Answer<'a, Undo> {
        Box::pin(async move {
            let today = desk.today();
            change_state::leave(tx, desk.actor_id(), id_of(id)?, today, today).await?;
            Ok(Undo::Undone)
        })
    }
}

/// A lawyer's fields in the provincial form's order.
pub(crate) const COPY_LAWYER: CopyForm = CopyForm {
    object: "counsel_lawyer",
    title: "律师",
    system: "江苏省公共法律服务管理平台",
    permission: crate::READ,
    fields: include_str!("copy_lawyer.csv"),
    read: |tx, actor, id| {
        Box::pin(async move {
            let Some(id) = Id::<Lawyer>::from_raw(id) else { return Ok(None) };
            if store::lawyer_in_reach(tx, &actor.reach(), id).await?.is_none() {
                return Ok(None);
            }
            let Some(lawyer) = crate::lawyer(tx, id).await? else { return Ok(None) };
            let phone = crate::phone(tx.db(), &lawyer.phone_sealed)?;
            let state = if lawyer.state == LawyerState::Active { "在职" } else { "离职" };
            let href = format!("/lawyers/{id}");
            let phone = match phone {
                Some(phone) => Copied::Sealed { masked: phone.masked(), href: href.clone() },
                None => Copied::Plain(String::new()),
            };
            let values = vec![
                ("name", Copied::Plain(lawyer.name.clone())),
                ("sex", Copied::Plain(lawyer.sex)),
                ("kind", Copied::Plain(lawyer.kind.label().to_owned())),
                ("licence", Copied::Plain(lawyer.licence)),
                ("licensed_since", Copied::Plain(lawyer.licensed_since.to_string())),
                ("firm", Copied::Plain(lawyer.firm_name)),
                ("phone", phone),
                ("dialect", Copied::Plain(lawyer.dialect)),
                ("assessment", Copied::Plain(lawyer.assessment)),
                ("state", Copied::Plain(state.to_owned())),
            ];
            Ok(Some(CopyRecord { title: lawyer.name, href, values }))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{migrations, two_firms};
    use imports::{
        Mode, State, import_file, take_back,
        testing::{Cells, csv, plant},
    };
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both};
    use web::Role;

    fn all() -> Vec<::store::Migration> {
        [imports::MIGRATIONS.to_vec(), migrations()].concat()
    }

    fn server(db: ::store::Db) -> kernel::Result<Server> {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
        Ok(Server::new(
            db,
            clock,
            vec![imports::module(), places::module(), parties::module(), crate::module()],
        ))
    }

    fn a_lawyer(nth: usize) -> Cells {
        [
            ("name", "艾力·𠮷野".to_owned()),
            ("sex", "男".to_owned()),
            ("kind", "律师".to_owned()),
            ("licence", format!("1320420181{nth:07}")),
            ("licensed_since", "2018年3月9日".to_owned()),
            ("firm", "江苏澄岚律师事务所".to_owned()),
            ("phone", "１３８００００１２３４".to_owned()),
            ("dialect", "武进话".to_owned()),
        ]
        .into()
    }

    fn a_firm(nth: usize) -> Cells {
        [
            ("name", format!("江苏第{nth}律师事务所")),
            ("kind", "律师事务所".to_owned()),
            ("uscc", String::new()),
            ("address", "湖塘镇示例路1号".to_owned()),
            ("phone", "86310000".to_owned()),
        ]
        .into()
    }

    #[test]
    fn every_bad_cell_of_lawyers_and_firms_is_named() {
        on_both(&all(), |db| async move {
            two_firms(&db).await?;
            let server = server(db)?;
            let faults: &[&[(&'static str, &str)]] = &[
                &[("name", "")],
                &[("name", "张三8")],
                &[("sex", "其他")],
                &[("kind", "教授")],
                &[("kind", "")],
                &[("licence", "12")],
                &[("licence", "1.32042E+16")],
                &[("licence", "")],
                &[("licensed_since", "2022-05-07")],
                &[("licensed_since", "去年")],
                &[("licensed_since", "")],
                &[("firm", "没有的律所")],
                &[("phone", "123")],
                &[("name", ""), ("firm", ""), ("phone", "abc")],
            ];
            let found = plant(&server.app, &actor(Role::Manager), &LAWYERS, a_lawyer, faults, 5).await?;
            assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
            assert_eq!(found.planted, 80);
            let faults: &[&[(&'static str, &str)]] = &[
                &[("name", "")],
                &[("kind", "公司")],
                &[("kind", "")],
                &[("uscc", "123")],
                &[("phone", "12")],
                &[("kind", "公司"), ("uscc", "91320412")],
            ];
            let found = plant(&server.app, &actor(Role::Manager), &FIRMS, a_firm, faults, 10).await?;
            assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
            assert_eq!(found.planted, 70);
            Ok(())
        });
    }

    #[test]
    fn lawyers_and_firms_come_once_and_can_be_taken_back() {
        on_both(&all(), |db| async move {
            two_firms(&db).await?;
            let server = server(db.clone())?;
            let (app, who) = (&server.app, actor(Role::Manager));
            let firms = csv(&FIRMS, &[a_firm(1), a_firm(2)]);
            let made = import_file(app, &who, &FIRMS, ("f.csv", firms.clone()), Some(Mode::All)).await?;
            assert_eq!((made.import.state, made.import.done), (State::Applied, 2), "{:?}", made.bad);
            let again = import_file(app, &who, &FIRMS, ("f.csv", firms), Some(Mode::All)).await?;
            assert_eq!((again.import.sames, again.import.wanted()), (2, 0));
            let lawyers = csv(&LAWYERS, &[a_lawyer(1), a_lawyer(2), a_lawyer(3)]);
            let first = import_file(app, &who, &LAWYERS, ("l.csv", lawyers.clone()), Some(Mode::All)).await?;
            assert_eq!((first.import.state, first.import.done), (State::Applied, 3), "{:?}", first.bad);
            let again = import_file(app, &who, &LAWYERS, ("l.csv", lawyers), Some(Mode::All)).await?;
            assert_eq!((again.import.sames, again.import.wanted()), (3, 0));
            let mut changed = a_lawyer(1);
            changed[6].1 = "13900005678".to_owned();
            changed[7].1 = String::new();
            let second =
                import_file(app, &who, &LAWYERS, ("m.csv", csv(&LAWYERS, &[changed])), Some(Mode::All))
                    .await?;
            assert_eq!((second.import.changes, second.import.done), (1, 1));
            let find = async |db: &::store::Db| -> kernel::Result<(String, String)> {
                let mut tx = db.begin_read().await?;
                let id = store::lawyer_with_licence(&mut tx, "13204201810000001").await?;
                let Some(id) = id else { return Err(gone()) };
                let lawyer = crate::lawyer(&mut tx, id).await?.ok_or_else(gone)?;
                Ok((phone_text(crate::phone(&db.clone(), &lawyer.phone_sealed)?), lawyer.dialect))
            };
            assert_eq!(
                find(&db).await?,
                ("13900005678".to_owned(), "武进话".to_owned()),
                "an empty cell clears nothing"
            );
            let back = take_back(app, &who, second.import.id).await?;
            assert_eq!(back.import.undone, 1, "{:?}", back.kept);
            assert_eq!(find(&db).await?.0, "13800001234");
            let back = take_back(app, &who, first.import.id).await?;
            assert_eq!((back.import.undone, back.import.kept), (2, 1), "one was changed and changed back");
            let back = take_back(app, &who, made.import.id).await?;
            assert_eq!(back.import.undone, 2);
            let mut tx = db.begin_read().await?;
            let closed = crate::firms(&mut tx)
                .await?
                .into_iter()
                .filter(|firm| firm.state == FirmState::Closed)
                .count();
            assert_eq!(closed, 2);
            Ok(())
        });
    }
}
