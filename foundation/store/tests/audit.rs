//! The audit trail against hands in the database: a thousand random changes, removals, moves, cuts and forgeries, all
//! of them found; and what it takes an outside witness to find.

use kernel::{Id, Region};
use store::{
    Audit, Db, Engine, Tx,
    audit::{self, LANES, Witness},
    params,
};
use testkit::{TestDb, on_both};

/// A small generator of our own, so that a failing case is named by its number alone.
struct Dice(u64);

impl Dice {
    fn of(case: u64) -> Self {
        Self(case.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }
}

struct Thing;

async fn acts(db: &Db, actor: Option<i64>, count: i64) -> kernel::Result<()> {
    let region = Region::new(320_412).expect("a region");
    let mut tx = db.begin_write().await?;
    for n in 0..count {
        let id = Id::<Thing>::from_parts(region, n + 1);
        let details = serde_json::json!({ "n": n });
        tx.audit(Audit::new(actor, "test.act", "test_thing", id).with(&details));
    }
    tx.commit().await?;
    Ok(())
}

/// Four lanes with rows, a witness in the middle, more rows after it.
async fn trail(db: &Db) -> kernel::Result<Witness> {
    for actor in [None, Some(1), Some(2), Some(5)] {
        acts(db, actor, 9).await?;
        acts(db, actor, 4).await?;
    }
    let mut tx = db.begin_read().await?;
    let witness = audit::witness(&mut tx).await?;
    drop(tx);
    for actor in [Some(1), Some(2)] {
        acts(db, actor, 3).await?;
    }
    Ok(witness)
}

/// Which rows there are: lane and place.
type Places = Vec<(i64, i64)>;

/// Does something bad; says what, and whether the trail alone must show it.
async fn tamper(
    tx: &mut Tx,
    dice: &mut Dice,
    rows: &Places,
    seen: &Witness,
) -> kernel::Result<(String, bool)> {
    let (lane, seq) = rows[dice.below(rows.len())];
    let region = tx.region()?;
    let witnessed = seen.heads[dice.below(seen.heads.len())].clone();
    let place = 1 + i64::try_from(dice.below(usize::try_from(witnessed.seq).expect("small"))).expect("small");
    Ok(match dice.below(12) {
        0 => {
            let columns: [&'static str; 7] = [
                "update audit_row set details = details || ' ' where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set at = at + 1 where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set actor = coalesce(actor, 0) + 8 where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set action = 'test.other' where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set object = 'test_other' where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set object_id = object_id + 1 where region_id = $1 and lane = $2 and seq = $3",
                "update audit_row set hash = 'f' || substr(hash, 1, 63) || '0' where region_id = $1 and lane = $2 and seq = $3",
            ];
            let which = dice.below(columns.len());
            tx.execute(columns[which], params![region, lane, seq]).await?;
            (format!("column {which} of {lane}/{seq} changed"), true)
        }
        1 => {
            tx.execute(
                "delete from audit_row where region_id = $1 and lane = $2 and seq = $3",
                params![region, lane, seq],
            )
            .await?;
            (format!("{lane}/{seq} deleted"), true)
        }
        2 => {
            tx.execute(
                "update audit_row set seq = seq + 1000 where region_id = $1 and lane = $2 and seq >= $3",
                params![region, lane, seq],
            )
            .await?;
            (format!("{lane} moved away from {seq} on"), true)
        }
        3 => {
            let other = if seq == 1 { 2 } else { seq - 1 };
            for (from, to) in [(seq, -1), (other, seq), (-1, other)] {
                tx.execute(
                    "update audit_row set seq = $4 where region_id = $1 and lane = $2 and seq = $3",
                    params![region, lane, from, to],
                )
                .await?;
            }
            (format!("{lane}/{seq} and {other} exchanged"), true)
        }
        4 => {
            cut(tx, lane, seq).await?;
            (format!("{lane} cut off at {seq}, head left"), true)
        }
        5 => {
            insert(tx, lane, 5000, seq).await?;
            (format!("a copy of {lane}/{seq} far behind the end"), true)
        }
        6 => {
            let last: i64 = tx
                .scalar(
                    "select max(seq) from audit_row where region_id = $1 and lane = $2",
                    params![region, lane],
                )
                .await?;
            insert(tx, lane, last + 1, seq).await?;
            (format!("a copy of {lane}/{seq} at the end"), true)
        }
        7 => {
            let sql = [
                "delete from audit_head where region_id = $1 and lane = $2",
                "update audit_head set seq = seq - 1 where region_id = $1 and lane = $2",
                "update audit_head set hash = substr(hash, 2) || 'f' where region_id = $1 and lane = $2",
            ];
            let which = dice.below(sql.len());
            tx.execute(sql[which], params![region, lane]).await?;
            (format!("head of {lane} touched ({which})"), true)
        }
        8 => {
            tx.execute(
                "update audit_row set lane = $3 where region_id = $1 and lane = $2",
                params![region, lane, LANES + 1],
            )
            .await?;
            (format!("lane {lane} renamed"), true)
        }
        9 => {
            // Cut off consistently: the head says what is left.
            cut(tx, witnessed.lane, place).await?;
            tx.execute(
                "update audit_head set seq = $3 - 1, hash = coalesce((select hash from audit_row
                   where region_id = $1 and lane = $2 and seq = $3 - 1), '') where region_id = $1 and lane = $2",
                params![region, witnessed.lane, place],
            )
            .await?;
            (format!("{} cut off before {place}, head too", witnessed.lane), false)
        }
        10 => {
            store::testing::rewrite_audit(tx, witnessed.lane, place).await?;
            (format!("{} written anew from {place}", witnessed.lane), false)
        }
        _ => {
            tx.execute("delete from audit_row where region_id = $1", params![region]).await?;
            tx.execute("delete from audit_head where region_id = $1", params![region]).await?;
            ("everything deleted".to_owned(), false)
        }
    })
}

async fn cut(tx: &mut Tx, lane: i64, from: i64) -> kernel::Result<()> {
    tx.execute(
        "delete from audit_row where region_id = $1 and lane = $2 and seq >= $3",
        params![tx.region()?, lane, from],
    )
    .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, lane: i64, at: i64, like: i64) -> kernel::Result<()> {
    tx.execute(
        "insert into audit_row (id, region_id, lane, seq, at, actor, action, object, object_id, details, hash)
         select $5, region_id, lane, $3, at, actor, action, object, object_id, details, hash
         from audit_row where region_id = $1 and lane = $2 and seq = $4",
        params![tx.region()?, lane, at, like, tx.new_id::<Thing>()?],
    )
    .await?;
    Ok(())
}

async fn found_of(db: &Db, cases: u64) -> kernel::Result<()> {
    let witness = trail(db).await?;
    let mut tx = db.begin_read().await?;
    let rows: Places =
        tx.all("select lane, seq from audit_row where region_id = $1", params![tx.region()?]).await?;
    // The control: nothing was touched, nothing is found, and growth after the witness is no offence.
    assert_eq!(audit::verify(&mut tx).await?, (u64::try_from(rows.len()).expect("few"), Vec::new()));
    assert_eq!(audit::verify_against(&mut tx, &witness).await?, []);
    drop(tx);
    let (mut found, mut found_alone) = (0, 0);
    for case in 0..cases {
        let mut tx = db.begin_write().await?;
        let (what, alone) = tamper(&mut tx, &mut Dice::of(case), &rows, &witness).await?;
        let (_, by_itself) = audit::verify(&mut tx).await?;
        let with_witness = audit::verify_against(&mut tx, &witness).await?;
        assert!(!with_witness.is_empty(), "case {case}: {what} was not found");
        assert_eq!(!by_itself.is_empty(), alone, "case {case}: {what}: {by_itself:?}");
        found += 1;
        found_alone += u64::from(alone);
        // Dropping the transaction undoes it.
    }
    assert_eq!(found, cases);
    assert!(
        found_alone > 0 && found_alone < cases,
        "some are found by the trail alone, some by the witness only"
    );
    let mut tx = db.begin_read().await?;
    assert_eq!(audit::verify_against(&mut tx, &witness).await?, [], "and nothing of it remained");
    Ok(())
}

#[tokio::test]
async fn a_thousand_hands_in_the_trail_are_found_on_sqlite() -> kernel::Result<()> {
    let world = TestDb::new(Engine::Sqlite, &[]).await;
    found_of(&world.db, 1_000).await
}

#[tokio::test]
async fn a_hundred_hands_in_the_trail_are_found_on_postgresql() -> kernel::Result<()> {
    let world = TestDb::new(Engine::Postgres, &[]).await;
    found_of(&world.db, 100).await
}

#[test]
fn a_witness_is_of_one_installation_and_can_itself_be_checked() {
    on_both(&[], |db| async move {
        let witness = trail(&db).await?;
        let mut tx = db.begin_read().await?;
        let text = serde_json::to_string(&witness).expect("written");
        let back: Witness = serde_json::from_str(&text).expect("read");
        assert_eq!(back, witness);
        assert_eq!(witness.root, audit::root(&witness.heads));
        assert!(!audit::heads(&mut tx).await?.is_empty());
        let said = |broken: Vec<audit::Broken>| broken.into_iter().map(|b| b.what).collect::<Vec<_>>();
        let foreign = Witness { region: 320_411, ..witness.clone() };
        assert_eq!(said(audit::verify_against(&mut tx, &foreign).await?), ["见证文件是另一个单位的"]);
        let mut altered = witness.clone();
        altered.heads[0].seq -= 1;
        assert!(said(audit::verify_against(&mut tx, &altered).await?).contains(&"见证文件本身被改动或损坏"));
        Ok(())
    });
}

#[test]
fn a_look_at_personal_data_is_noted_without_the_data() {
    on_both(&[], |db| async move {
        let mut tx = db.begin_write().await?;
        let reason = "当事人 13812345678 来电，身份证３２０４１２１９８０核对，案号 2022-17";
        tx.audit(audit::Entry::read(Some(7), "parties_person", 42, &["phone", "id_number"], reason));
        tx.commit().await?;
        let mut tx = db.begin_read().await?;
        let row: (String, i64, String) =
            tx.one("select action, object_id, details from audit_row", params![]).await?;
        assert_eq!((row.0.as_str(), row.1), (audit::PERSONAL_READ, 42));
        assert_eq!(
            row.2,
            r#"{"fields":["phone","id_number"],"reason":"当事人 ***** 来电，身份证*****核对，案号 2022-17"}"#
        );
        Ok(())
    });
}

#[test]
fn a_job_is_hastened_unless_somebody_has_it_in_hand() {
    on_both(&[], |db| async move {
        let due = db.wall().now().plus_seconds(-3600);
        let mut tx = db.begin_write().await?;
        assert!(store::jobs::hasten(&mut tx, "test.job").await?, "one that never ran");
        assert!(store::jobs::take(&mut tx, "test.job", due).await?);
        assert!(!store::jobs::hasten(&mut tx, "test.job").await?, "it is in hand");
        store::jobs::finish(&mut tx, "test.job", false, "done").await?;
        assert!(!store::jobs::take(&mut tx, "test.job", due).await?, "it ran just now");
        assert!(store::jobs::hasten(&mut tx, "test.job").await?);
        assert!(store::jobs::take(&mut tx, "test.job", due).await?, "and again at once");
        Ok(())
    });
}
