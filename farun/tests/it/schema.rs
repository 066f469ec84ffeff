//! The whole schema of each engine as a golden file: a change of a table shows in review, on both.

use crate::world::{World, on_postgres, run};
use std::fmt::Write as _;
use store::{Db, params};

/// What the modules made; the runner's own table is not ours.
pub(crate) async fn sqlite(db: &Db) -> kernel::Result<String> {
    let mut tx = db.begin_read().await?;
    let rows: Vec<(String,)> = tx
        .all(
            "select sql from sqlite_master where sql is not null and name not like '\\_sqlx%' escape '\\' and name not like 'sqlite\\_%' escape '\\'
             order by type desc, name",
            params![],
        )
        .await?;
    Ok(rows.into_iter().map(|(sql,)| sql.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect())
}

pub(crate) async fn postgres(db: &Db) -> kernel::Result<String> {
    let mut tx = db.begin_read().await?;
    let columns: Vec<(String, String, String, String)> = tx
        .all(
            "select cast(table_name as text), cast(column_name as text), cast(data_type as text), cast(is_nullable as text)
             from information_schema.columns where table_schema = 'public' and table_name not like '\\_sqlx%' order by table_name, ordinal_position",
            params![],
        )
        .await?;
    let mut text = String::new();
    for (table, column, kind, nullable) in columns {
        writeln!(text, "{table}.{column} {kind}{}", if nullable == "NO" { " not null" } else { "" })
            .expect("text");
    }
    let indexes: Vec<(String,)> = tx
        .all("select cast(indexdef as text) from pg_indexes where schemaname = 'public' and tablename not like '\\_sqlx%' order by indexname", params![])
        .await?;
    text.extend(indexes.into_iter().map(|(index,)| index + "\n"));
    Ok(text)
}

#[test]
fn the_schema_of_both_engines_is_the_golden_one() {
    run(async {
        let world = World::demo().await?;
        insta::assert_snapshot!("schema_sqlite", sqlite(&world.db).await?);
        let (_folder, db) = on_postgres().await?;
        insta::assert_snapshot!("schema_postgres", postgres(&db).await?);
        Ok(())
    });
}
