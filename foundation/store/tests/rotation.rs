//! Keys change under a running product: nothing is lost, no search misses, a crash in the middle does no harm.

use kernel::Fault;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{
    Db, DigestField, Keyring, Migration, SealedField,
    keys::Suite,
    params,
    sealed::{key_use, reblind, reseal_some},
};
use testkit::on_both;

const TABLE: &[Migration] = &[Migration {
    file: "209901010001_test.sql",
    sql: "create table test_entry (id bigint primary key, region_id bigint not null, phone_sealed text, phone_blind text);
          create index test_entry_blind on test_entry (region_id, phone_blind);",
}];
const FIELD: SealedField = SealedField {
    table: "test_entry",
    column: "phone_sealed",
    field: "test_entry.phone",
    blind: Some("phone_blind"),
};

fn phone(n: i64) -> String {
    format!("138{n:08}")
}

async fn insert(db: &Db, n: i64) -> Result<(), Fault> {
    let mut tx = db.begin_write().await?;
    let blind = tx.blind(FIELD.field, &phone(n)).await?;
    let sealed = db.keys().seal(FIELD.field, &phone(n))?;
    tx.execute(
        "insert into test_entry (id, region_id, phone_sealed, phone_blind) values ($1, $2, $3, $4)",
        params![n, tx.region()?, sealed, blind],
    )
    .await?;
    tx.commit().await
}

async fn find(db: &Db, n: i64) -> Result<Option<String>, Fault> {
    let mut tx = db.begin_read().await?;
    let blind = tx.blind(FIELD.field, &phone(n)).await?;
    let found: Option<(i64, String)> = tx
        .optional(
            "select id, phone_sealed from test_entry where region_id = $1 and phone_blind = $2",
            params![tx.region()?, blind],
        )
        .await?;
    found
        .map(|(id, sealed)| {
            assert_eq!(id, n);
            db.keys().open(FIELD.field, &sealed)
        })
        .transpose()
}

async fn reseal(db: &Db) -> Result<u64, Fault> {
    let mut after = i64::MIN;
    let mut all = 0;
    while let Some((last, changed)) = reseal_some(db, &FIELD, after).await? {
        after = last;
        all += changed;
    }
    Ok(all)
}

async fn uses(db: &Db) -> Result<store::sealed::KeyUse, Fault> {
    let mut tx = db.begin_read().await?;
    key_use(&mut tx, &[FIELD], true).await
}

#[test]
fn nothing_is_lost_and_no_search_misses_while_keys_change() {
    on_both(TABLE, |db| async move {
        for n in 1..=450 {
            insert(&db, n).await?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let searching = tokio::spawn({
            let (db, stop) = (db.clone(), Arc::clone(&stop));
            async move {
                let mut searches = 0;
                while !stop.load(Ordering::Relaxed) {
                    let n = searches * 7 % 450 + 1;
                    assert_eq!(find(&db, n).await?, Some(phone(n)), "search {searches}");
                    searches += 1;
                }
                Ok::<_, Fault>(searches)
            }
        });
        let entering = tokio::spawn({
            let (db, stop) = (db.clone(), Arc::clone(&stop));
            async move {
                let mut n = 1000;
                while !stop.load(Ordering::Relaxed) {
                    insert(&db, n).await?;
                    assert_eq!(find(&db, n).await?, Some(phone(n)), "what was just entered is found");
                    n += 1;
                }
                Ok::<_, Fault>(n)
            }
        });
        let mut id = 1;
        for suite in [Suite::Sm4, Suite::Aes] {
            let old = id;
            id = db.keys().add(suite)?;
            db.keys().make_current(id)?;
            assert!(reseal(&db).await? >= 450);
            assert!(reblind(&db, &FIELD).await? >= 450);
            assert_eq!(reblind(&db, &FIELD).await?, 0, "twice is once");
            while reseal(&db).await? > 0 {}
            let found = uses(&db).await?;
            assert!(found.is_free(old), "{found:?}");
            assert!(!found.is_free(id));
            assert_eq!(found.broken, []);
            db.keys().retire(old, &[])?;
        }
        stop.store(true, Ordering::Relaxed);
        assert!(searching.await.expect("it ends")? > 0);
        let entered = entering.await.expect("it ends")?;
        assert!(entered > 1000);
        for n in (1..=450).chain(1000..entered) {
            assert_eq!(find(&db, n).await?, Some(phone(n)));
        }
        Ok(())
    });
}

#[test]
fn a_crash_in_the_middle_leaves_everything_readable_and_the_rest_is_done_later() {
    on_both(TABLE, |db| async move {
        for n in 1..=450 {
            insert(&db, n).await?;
        }
        let id = db.keys().add(Suite::Sm4)?;
        db.keys().make_current(id)?;
        // Only the first piece, then nothing more: as if the power had gone.
        let (_, changed) = reseal_some(&db, &FIELD, i64::MIN).await?.expect("there are values");
        assert_eq!(changed, 200);
        let found = uses(&db).await?;
        assert_eq!((found.sealed[&1], found.sealed[&2]), (250, 200));
        assert_eq!(found.indexes["test_entry.phone"], 1);
        assert!(!found.is_free(1));
        assert_eq!(find(&db, 1).await?, Some(phone(1)), "a new one");
        assert_eq!(find(&db, 450).await?, Some(phone(450)), "an old one");
        assert_eq!(reseal(&db).await?, 250, "what was done is not done again");
        // The index breaks off at a value that cannot be opened: the old index goes on.
        let mut tx = db.begin_write().await?;
        let kept: String = tx.scalar("select phone_sealed from test_entry where id = 440", params![]).await?;
        tx.execute("update test_entry set phone_sealed = 'AgJ' where id = 440", params![]).await?;
        tx.commit().await?;
        assert!(reblind(&db, &FIELD).await.is_err());
        assert_eq!(uses(&db).await?.indexes["test_entry.phone"], 1);
        assert_eq!(find(&db, 2).await?, Some(phone(2)));
        assert_eq!(uses(&db).await?.broken, [("test_entry.phone", 440)]);
        let mut tx = db.begin_write().await?;
        tx.execute("update test_entry set phone_sealed = $1 where id = 440", params![kept]).await?;
        tx.commit().await?;
        assert_eq!(reblind(&db, &FIELD).await?, 450);
        assert_eq!(uses(&db).await?.broken, []);
        Ok(())
    });
}

#[test]
fn a_value_in_another_row_or_under_another_key_is_noticed() {
    on_both(TABLE, |db| async move {
        for n in 1..=3 {
            insert(&db, n).await?;
        }
        let mut tx = db.begin_write().await?;
        tx.execute(
            "update test_entry set phone_sealed = (select phone_sealed from test_entry where id = 1) where id = 2",
            params![],
        )
        .await?;
        let strange = Keyring::from_master([9; 32]).seal(FIELD.field, &phone(3))?;
        tx.execute("update test_entry set phone_sealed = $1 where id = 3", params![strange]).await?;
        tx.commit().await?;
        assert_eq!(uses(&db).await?.broken, [("test_entry.phone", 2), ("test_entry.phone", 3)]);
        Ok(())
    });
}

#[test]
fn digests_that_cannot_be_made_anew_survive() {
    let keys = Keyring::from_master([7; 32]);
    let code = DigestField { field: "test_code_entry.code" };
    let before = keys.blind(code.field, "abc");
    let id = keys.add(Suite::Sm4).expect("a key");
    keys.make_current(id).expect("it is used");
    assert_eq!(keys.blind(code.field, "abc"), before);
    keys.retire(1, &[code]).expect("it goes");
    assert_eq!(keys.blind(code.field, "abc"), before);
    assert_ne!(
        keys.blind("test_code_entry.other", "abc"),
        Keyring::from_master([7; 32]).blind("test_code_entry.other", "abc")
    );
}
