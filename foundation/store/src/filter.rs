//! A small builder for the statements of lists: optional conditions, an order on an indexed column, keyset paging.
//!
//! This is the only place where SQL is put together while running. The pieces are `&'static str` written by
//! programmers; what people typed only ever becomes a parameter.

use crate::{
    row::FromRow,
    tx::Tx,
    value::{Params, ToValue, Value},
};
use kernel::Fault;
use sqlx::AssertSqlSafe;
use std::{borrow::Cow, fmt::Write as _};

/// A `select … where …` under construction.
#[derive(Debug, Clone)]
pub struct Filter {
    from: Cow<'static, str>,
    conditions: String,
    group: &'static str,
    params: Params,
}

impl Filter {
    /// Starts with the from-clause (tables and joins) and a first condition on the region (`column = $1`).
    #[must_use]
    pub fn new(from: &'static str, region_column: &'static str, region: kernel::Region) -> Self {
        Self {
            from: Cow::Borrowed(from),
            conditions: format!("{region_column} = $1"),
            group: "",
            params: vec![region.to_value()],
        }
    }

    /// Adds a condition in which every `?` stands for `value`.
    #[must_use]
    pub fn and(mut self, condition: &'static str, value: impl ToValue) -> Self {
        self.push(condition, &[value.to_value()]);
        self
    }

    /// Adds the condition only when there is a value.
    #[must_use]
    pub fn and_if<V: ToValue>(self, condition: &'static str, value: Option<V>) -> Self {
        match value {
            Some(value) => self.and(condition, value),
            None => self,
        }
    }

    /// Adds a condition without a value.
    #[must_use]
    pub fn and_that(mut self, condition: &'static str) -> Self {
        self.push(condition, &[]);
        self
    }

    /// Adds `column in (…)`; an empty list matches nothing.
    #[must_use]
    pub fn and_in<V: ToValue>(mut self, column: &'static str, values: &[V]) -> Self {
        if values.is_empty() {
            self.push("1 = 0", &[]);
            return self;
        }
        let mut list = String::new();
        for value in values {
            self.params.push(value.to_value());
            write!(list, "{}${}", if list.is_empty() { "" } else { ", " }, self.params.len()).ok();
        }
        write!(self.conditions, " and {column} in ({list})").ok();
        self
    }

    /// Adds the keyset condition: rows after `(sort value, id)` in descending or ascending order.
    #[must_use]
    pub fn after(
        mut self,
        sort: &'static str,
        id: &'static str,
        descending: bool,
        value: impl ToValue,
        last: i64,
    ) -> Self {
        self.params.push(value.to_value());
        let v = self.params.len();
        self.params.push(Value::Int(Some(last)));
        let l = self.params.len();
        let op = if descending { '<' } else { '>' };
        write!(self.conditions, " and ({sort}, {id}) {op} (${v}, ${l})").ok();
        self
    }

    /// Goes on with another from-clause, of which only those rows count whose `column` is among the first `limit`
    /// values of `key` found so far. The database reads what decides from an index and joins only what is shown.
    #[must_use]
    pub fn among(
        self,
        from: &'static str,
        column: &'static str,
        key: &'static str,
        order: &'static str,
        limit: i64,
    ) -> Self {
        let conditions = format!(
            "{column} in (select {key} from {} where {} order by {order} limit {limit})",
            self.from, self.conditions
        );
        Self { from: Cow::Borrowed(from), conditions, group: "", params: self.params }
    }

    /// Goes on with the first `limit` rows found so far, under the name `alias` and with `joined` (joins) beside them:
    /// conditions added from here on are asked of no other row, so that something which many rows have, and no index
    /// finds, costs no more than these rows.
    #[must_use]
    pub fn first(
        self,
        columns: &'static str,
        alias: &'static str,
        joined: &'static str,
        order: &'static str,
        limit: i64,
    ) -> Self {
        let from = format!(
            "(select {columns} from {} where {} order by {order} limit {limit}) {alias} {joined}",
            self.from, self.conditions
        );
        Self { from: Cow::Owned(from), conditions: "1 = 1".to_owned(), group: "", params: self.params }
    }

    /// Groups the rows by these columns.
    #[must_use]
    pub fn group_by(mut self, columns: &'static str) -> Self {
        self.group = columns;
        self
    }

    fn push(&mut self, condition: &'static str, values: &[Value]) {
        self.conditions.push_str(" and (");
        let first = self.params.len() + 1;
        self.params.extend_from_slice(values);
        for (index, piece) in condition.split('?').enumerate() {
            if index > 0 {
                write!(self.conditions, "${first}").ok();
            }
            self.conditions.push_str(piece);
        }
        self.conditions.push(')');
    }

    /// Reads at most `limit` rows of `columns`, ordered.
    ///
    /// # Errors
    /// A fault if the statement fails.
    pub async fn rows<T: FromRow>(
        &self,
        tx: &mut Tx,
        columns: &'static str,
        order: &'static str,
        limit: i64,
    ) -> Result<Vec<T>, Fault> {
        let (by, group) = if self.group.is_empty() { ("", "") } else { (" group by ", self.group) };
        let sql = format!(
            "select {columns} from {} where {}{by}{group} order by {order} limit {limit}",
            self.from, self.conditions
        );
        tx.all(AssertSqlSafe(sql), self.params.clone()).await
    }

    /// Counts the rows, exactly up to `cap` and `cap + 1` beyond.
    ///
    /// # Errors
    /// A fault if the statement fails.
    pub async fn count_to(&self, tx: &mut Tx, cap: i64) -> Result<i64, Fault> {
        let sql = format!(
            "select count(*) from (select 1 as one from {} where {} limit {}) as counted",
            self.from,
            self.conditions,
            cap + 1
        );
        tx.scalar(AssertSqlSafe(sql), self.params.clone()).await
    }
}

/// Escapes what a person typed for use inside `like … escape '!'`, with wildcards around it.
#[must_use]
pub fn contains(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}
