//! Master keys change while the product is in use, and every sealed column takes part.

use crate::{
    command_line::{code, farun},
    upgrade::Left,
    world::run,
};
use farun::{modules, sealed_fields, wiring};
use kernel::ResidentId;
use store::{Db, DigestField, Engine, Keyring, keys::Suite};

fn person() -> parties::NewPerson {
    // The first person of the release's data.
    parties::NewPerson {
        name: "张测试".to_owned(),
        id_number: Some(ResidentId::parse("32041219900101001X").expect("a number")),
        ..parties::NewPerson::default()
    }
}

async fn is_found(db: &Db) -> kernel::Result<bool> {
    let mut tx = db.begin_write().await?;
    let (_, new) = parties::find_or_create_person(&mut tx, None, &person()).await?;
    Ok(!new)
}

#[test]
fn keys_change_under_a_running_server_and_old_ones_go() {
    run(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let left = Left::newest(engine).await?;
            // The server: it is not told of anything.
            let server = wiring::open(&left.place).await?;
            assert!(is_found(&server).await?);
            let data = left.place.data.to_str().expect("a path");
            let at: Vec<&str> = ["--data", data]
                .into_iter()
                .chain(left.place.database_url.iter().flat_map(|url| ["--database-url", url.as_str()]))
                .collect();
            let tool = |words: &[&str]| farun(&[words, &at].concat());
            let early = tool(&["rotate-key", "--retire"]);
            assert_eq!(code(&early), 0, "nothing to retire: {early:?}");
            let prepared = tool(&["rotate-key", "--suite", "sm4", "--prepare"]);
            assert_eq!(code(&prepared), 0, "{prepared:?}");
            assert_eq!(server.keys().current()?, 1);
            let rotated = tool(&["rotate-key"]);
            assert_eq!(code(&rotated), 0, "{rotated:?}");
            assert_eq!(server.keys().keys()?, [(1, Suite::Aes), (2, Suite::Sm4)]);
            assert_eq!(server.keys().current()?, 2);
            assert!(is_found(&server).await?, "on {engine:?}: found by the new index");
            let mut tx = server.begin_read().await?;
            let found = store::sealed::key_use(&mut tx, &sealed_fields(), true).await?;
            drop(tx);
            assert_eq!(found.broken, []);
            assert!(found.is_free(1) && found.sealed[&2] > 100, "{found:?}");
            assert_eq!(code(&tool(&["verify", "--deep"])), 0);
            let code_digest = server.keys().blind("portal_callback_entry.code", "ABC");
            let retired = tool(&["rotate-key", "--retire"]);
            assert_eq!(code(&retired), 0, "{retired:?}");
            assert_eq!(server.keys().keys()?, [(2, Suite::Sm4)]);
            assert!(is_found(&server).await?);
            let folder = left.place.data.join("keys");
            let after = Keyring::open_or_create(&folder)?;
            assert_eq!(after.blind("portal_callback_entry.code", "ABC"), code_digest, "codes go on");
            let mut tx = server.begin_read().await?;
            let (_, broken) = store::audit::verify(&mut tx).await?;
            assert_eq!(broken, []);
            drop(tx);
            server.close().await?;
            // Another key in its place opens nothing, and that is found.
            std::fs::remove_file(Keyring::file_in(&folder))?;
            let other = Keyring::open_or_create(&folder)?;
            other.make_current(other.add(Suite::Sm4)?)?;
            let verified = tool(&["verify"]);
            assert_eq!(code(&verified), 1, "{verified:?}");
        }
        Ok(())
    });
}

#[test]
fn every_sealed_column_and_every_blind_index_is_declared() {
    run(async {
        let left = Left::newest(Engine::Sqlite).await?;
        let db = wiring::open(&left.place).await?;
        let mut tx = db.begin_read().await?;
        let columns: Vec<(String, String)> = tx
            .all(
                "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
                 where m.type = 'table' and (c.name like '%sealed' or c.name like '%blind') order by 1, 2",
                store::params![],
            )
            .await?;
        assert!(columns.len() > 10, "{columns:?}");
        let fields = sealed_fields();
        let modules = modules();
        let digests: Vec<&DigestField> =
            modules.iter().flat_map(|module| &module.extensions).filter_map(web::Extension::get).collect();
        for (table, column) in columns {
            // Receipts hold digests of the same codes as call-backs.
            let owner =
                if table == "portal_receipt_entry" { "portal_callback_entry" } else { table.as_str() };
            let digest = format!("{owner}.{}", column.trim_end_matches("_blind"));
            let declared = fields.iter().any(|field| {
                field.table == table && (field.column == column || field.blind == Some(&column))
            }) || digests.iter().any(|field| field.field == digest);
            assert!(
                declared,
                "{table}.{column} takes no part in changes of keys: offer a SealedField or DigestField"
            );
        }
        Ok(())
    });
}
