//! Tests of refusals and faults.

use super::*;
use std::io;

crate::refusals! {
    /// Why the door stays shut.
    enum DoorRefusal {
        /// No key.
        NoKey => Forbidden, "请先领取钥匙。";
        /// The number of the door is missing.
        NoDoor => Invalid("door"), "请填写门牌号。";
    }
}

#[derive(Debug, thiserror::Error)]
#[error("cannot save the page")]
struct Outer(#[source] Middle);

#[derive(Debug, thiserror::Error)]
#[error("cannot write the file")]
struct Middle(#[from] io::Error);

fn open(door: Option<u8>) -> Result<u8> {
    let door = door.ok_or(DoorRefusal::NoDoor)?;
    if door == 0 { Err(DoorRefusal::NoKey.into()) } else { Ok(door) }
}

#[test]
fn each_kind_has_its_status() {
    let statuses = [
        Kind::Invalid,
        Kind::Forbidden,
        Kind::NotFound,
        Kind::Conflict,
        Kind::TooMany,
        Kind::Expired,
        Kind::TooLarge,
    ]
    .map(Kind::status);
    assert_eq!(statuses, [422, 403, 404, 409, 429, 401, 413]);
    let kinds = [FaultKind::Other, FaultKind::Busy, FaultKind::StorageFull, FaultKind::StorageFailed];
    assert_eq!(kinds.map(FaultKind::status), [500, 503, 507, 503]);
}

#[test]
fn declared_refusals_become_answers() {
    assert_eq!(open(Some(1)).expect("opens"), 1);
    let refused = open(None).expect_err("no door");
    let refusal = refused.refusal().expect("a refusal");
    assert_eq!(refused.status(), 422);
    assert_eq!(refusal, &Refusal::invalid("请填写门牌号。").field("door", "请填写门牌号。"));
    let refused = open(Some(0)).expect_err("no key");
    assert_eq!(refused.refusal(), Some(&Refusal::forbidden("请先领取钥匙。")));
    assert_eq!(DoorRefusal::NoKey.kind(), Kind::Forbidden);
}

#[test]
fn several_fields_share_one_heading() {
    let refusal = Refusal::fields(vec![FieldError::new("name", "请填写姓名")]).field("day", "请填写日期");
    assert_eq!((refusal.kind, refusal.fields.len()), (Kind::Invalid, 2));
    assert_eq!(refusal.to_string(), "请更正下列内容; name: 请填写姓名; day: 请填写日期");
}

#[test]
fn a_fault_keeps_every_cause_once() {
    let fault = Fault::from(Outer(io::Error::other("disk on fire").into())).context("saving case 12");
    assert_eq!(
        fault.to_string(),
        "saving case 12: cannot save the page: cannot write the file: disk on fire"
    );
    assert_eq!(format!("{fault:?}"), fault.to_string());
    assert_eq!(fault.chain().len(), 4);
    assert_eq!((fault.kind(), fault.status()), (FaultKind::Other, 500));
}

#[test]
fn a_full_disk_is_recognised_at_any_depth() {
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    assert_eq!(Fault::from(full()).kind(), FaultKind::StorageFull);
    assert_eq!(Error::from(Outer(full().into())).status(), 507);
    assert_eq!(Fault::new("queue too long").with_kind(FaultKind::Busy).status(), 503);
}

#[test]
fn incidents_of_alike_faults_differ() {
    let (one, two) = (Fault::new("same"), Fault::new("same"));
    assert_ne!(one.incident_number(), two.incident_number());
    assert_eq!(one.incident().len(), 8);
    assert!(one.incident().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(one.with_incident(0x1f).context("outside").incident(), "0000001f");
}

#[test]
fn the_hash_is_the_published_one() {
    assert_eq!(fnv1a(b"a".iter().copied()), 0xaf63_dc4c_8601_ec8c);
}

#[test]
fn question_mark_makes_faults_of_foreign_errors() {
    fn read() -> Result<u32> {
        Ok("x".parse::<u32>().context("reading the counter")?)
    }
    fn lazily() -> Result<u32> {
        Ok("7".parse::<u32>().with_context(|| "never built")?)
    }
    assert_eq!(lazily().expect("a number"), 7);
    let error = read().expect_err("no number");
    assert!(error.refusal().is_none());
    assert_eq!(error.to_string(), "reading the counter: invalid digit found in string");
    assert_eq!(error.context("counting").to_string().split(": ").next(), Some("counting"));
    assert_eq!(Error::from(Refusal::conflict("不行")).context("counting").to_string(), "不行");
}

#[test]
fn results_stay_small() {
    assert_eq!(size_of::<Fault>(), size_of::<usize>());
    assert!(size_of::<Error>() <= 64);
}
