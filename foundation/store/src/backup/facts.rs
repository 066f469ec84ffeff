//! What a database says of itself: enough to tell, after a restore, that nothing is missing.

use crate::{
    audit::{self, Head},
    db::Engine,
    params,
    tx::Tx,
};
use kernel::Fault;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

/// The facts of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The newest migration.
    pub schema: i64,
    /// Rows of every table.
    pub tables: BTreeMap<String, i64>,
    /// The end of every audit chain.
    pub heads: Vec<Head>,
    /// A digest over all live sums, from which every figure is made.
    pub figures: String,
}

impl Facts {
    /// What differs from the facts of another moment, in Chinese.
    #[must_use]
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.schema != found.schema {
            differences.push(format!("数据库版本应为 {}，实为 {}", self.schema, found.schema));
        }
        let names: std::collections::BTreeSet<_> = self.tables.keys().chain(found.tables.keys()).collect();
        for name in names {
            let (expected, is) = (self.tables.get(name), found.tables.get(name));
            if expected != is {
                let text =
                    |count: Option<&i64>| count.map_or("没有这张表".to_owned(), |n| format!("{n} 行"));
                differences.push(format!("表 {name} 应为{}，实为{}", text(expected), text(is)));
            }
        }
        if self.heads != found.heads {
            differences.push("审计链的末端与备份时不同".to_owned());
        }
        if self.figures != found.figures {
            differences.push("统计数的摘要与备份时不同".to_owned());
        }
        differences
    }
}

/// Reads the facts; all of one moment, if the transaction is one of reading.
///
/// # Errors
/// A fault if the database cannot be read.
pub async fn facts(tx: &mut Tx) -> Result<Facts, Fault> {
    let names: Vec<(String,)> = match tx.db().engine() {
        Engine::Sqlite => {
            tx.all("select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'", params![])
                .await?
        }
        Engine::Postgres => {
            tx.all(
                "select cast(table_name as text) as name from information_schema.tables
                 where table_schema = 'public' and table_type = 'BASE TABLE'",
                params![],
            )
            .await?
        }
    };
    let mut tables = BTreeMap::new();
    for (name,) in names {
        let count: i64 =
            tx.scalar(AssertSqlSafe(format!("select count(*) from \"{name}\"")), params![]).await?;
        tables.insert(name, count);
    }
    let schema: i64 =
        tx.scalar("select cast(max(version) as bigint) from _sqlx_migrations", params![]).await?;
    let heads = audit::heads(tx).await?;
    Ok(Facts { schema, tables, heads, figures: figures(tx).await? })
}

async fn figures(tx: &mut Tx) -> Result<String, Fault> {
    let mut lines = std::collections::BTreeSet::new();
    let totals: Vec<(i64, String, i64, i64)> = tx
        .all(
            "select region_id, measure, segment, cast(sum(quantity) as bigint) from tally_total group by region_id, measure, segment",
            params![],
        )
        .await?;
    for (region, measure, segment, quantity) in totals {
        lines.insert(format!("{region} {measure} {segment} {quantity}\n"));
    }
    let places: Vec<(i64, String, i64, i64, i64)> =
        tx.all("select region_id, measure, segment, place_id, quantity from tally_place", params![]).await?;
    for (region, measure, segment, place, quantity) in places {
        lines.insert(format!("{region} {measure} {segment} @{place} {quantity}\n"));
    }
    let mut digest = Sha256::new();
    for line in lines {
        digest.update(line.as_bytes());
    }
    Ok(crate::audit::hex(&digest.finalize()))
}
