//! Rows that come out of statements, read by column name, the same on both engines.

use crate::value::Value;
use kernel::{CountUnit, Day, Fault, Id, Moment, Region};
use sqlx::{Column as _, Row as _, TypeInfo as _};
use std::{cell::Cell, sync::Arc};

/// One row of either engine.
#[derive(Debug)]
pub struct Row(Cells);

#[derive(Debug)]
enum Cells {
    Sqlite {
        /// The names of the columns, shared by all rows of an answer.
        names: Arc<[Box<str>]>,
        values: Vec<Value>,
        /// Where the next name is looked for first: structs are mostly read in the order of their columns.
        next: Cell<usize>,
    },
    Postgres(sqlx::postgres::PgRow),
}

/// Types that can be read from a column.
pub trait FromValue: Sized {
    /// Reads the value; the error says what is wrong with it.
    fn from_value(value: Value) -> Result<Self, String>;
}

/// Types that can be read from a whole row; [`crate::record!`] writes it for structs.
pub trait FromRow: Sized {
    /// Reads the row.
    fn from_row(row: &Row) -> Result<Self, Fault>;
}

impl Row {
    pub(crate) fn of_sqlite(names: Arc<[Box<str>]>, values: Vec<Value>) -> Self {
        Self(Cells::Sqlite { names, values, next: Cell::new(0) })
    }

    pub(crate) fn of_postgres(row: sqlx::postgres::PgRow) -> Self {
        Self(Cells::Postgres(row))
    }

    /// The column of that name as `T`.
    ///
    /// # Errors
    /// A fault if the column is missing or holds something else: the statement and the type disagree.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, Fault> {
        let index = match &self.0 {
            Cells::Sqlite { names, next, .. } => {
                let first = next.get().min(names.len());
                let mut order = (first..names.len()).chain(0..first);
                let found = order.find(|index| names.get(*index).is_some_and(|name| **name == *column));
                found.inspect(|index| next.set(index + 1))
            }
            Cells::Postgres(row) => row.try_column(column).ok().map(sqlx::Column::ordinal),
        };
        let index =
            index.ok_or_else(|| Fault::new(format!("the statement returned no column {column:?}")))?;
        self.at(index).map_err(|fault| fault.context(format!("column {column:?}")))
    }

    /// The column at that position (from 0) as `T`.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn at<T: FromValue>(&self, index: usize) -> Result<T, Fault> {
        T::from_value(self.value(index)?).map_err(Fault::new)
    }

    fn value(&self, index: usize) -> Result<Value, Fault> {
        match &self.0 {
            Cells::Sqlite { values, .. } => values
                .get(index)
                .cloned()
                .ok_or_else(|| Fault::new(format!("the statement returned no column {index}"))),
            Cells::Postgres(row) => {
                let kind = row.column(index).type_info().name();
                Ok(match kind {
                    "INT8" => Value::Int(row.try_get(index)?),
                    "INT4" => Value::Int(row.try_get::<Option<i32>, _>(index)?.map(i64::from)),
                    "INT2" => Value::Int(row.try_get::<Option<i16>, _>(index)?.map(i64::from)),
                    "BOOL" => Value::Int(row.try_get::<Option<bool>, _>(index)?.map(i64::from)),
                    "FLOAT8" => Value::Real(row.try_get(index)?),
                    "FLOAT4" => Value::Real(row.try_get::<Option<f32>, _>(index)?.map(f64::from)),
                    "TEXT" | "VARCHAR" | "NAME" | "BPCHAR" => Value::Text(row.try_get(index)?),
                    other => {
                        return Err(Fault::new(format!(
                            "unsupported PostgreSQL type {other}: cast it in the statement"
                        )));
                    }
                })
            }
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Int(Some(x)) => Ok(x),
            other => Err(format!("expected a whole number, found {}", kind(&other))),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(Some(x)) => Ok(x),
            other => Err(format!("expected text, found {}", kind(&other))),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Real(Some(x)) => Ok(x),
            #[expect(
                clippy::cast_precision_loss,
                reason = "SQLite hands a whole real number back as an integer"
            )]
            Value::Int(Some(x)) => Ok(x as f64),
            other => Err(format!("expected a number, found {}", kind(&other))),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(|x| x != 0)
    }
}

impl FromValue for i32 {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value)?.try_into().map_err(|_| "number out of range".to_owned())
    }
}

impl FromValue for u32 {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value)?.try_into().map_err(|_| "number out of range".to_owned())
    }
}

impl FromValue for Moment {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(Moment::from_micros)
    }
}

impl FromValue for Region {
    fn from_value(value: Value) -> Result<Self, String> {
        u32::from_value(value)
            .and_then(|code| Region::new(code).ok_or_else(|| format!("{code} is no region")))
    }
}

impl FromValue for Day {
    fn from_value(value: Value) -> Result<Self, String> {
        let text = String::from_value(value)?;
        text.parse().map_err(|_| format!("{text:?} is no date"))
    }
}

impl FromValue for CountUnit {
    fn from_value(value: Value) -> Result<Self, String> {
        let text = String::from_value(value)?;
        text.parse().map_err(|_| format!("{text:?} is no counting unit"))
    }
}

impl<T> FromValue for Id<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        let raw = i64::from_value(value)?;
        Id::from_raw(raw).ok_or_else(|| format!("{raw} is no id"))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Int(None) | Value::Text(None) | Value::Real(None) => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Int(None) | Value::Text(None) | Value::Real(None) => "NULL",
        Value::Int(_) => "a whole number",
        Value::Text(_) => "text",
        Value::Real(_) => "a real number",
    }
}

macro_rules! tuple_rows {
    ($($name:ident $index:tt),+) => {
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row) -> Result<Self, Fault> { Ok(($(row.at::<$name>($index)?,)+)) }
        }
    };
}
tuple_rows!(A 0);
tuple_rows!(A 0, B 1);
tuple_rows!(A 0, B 1, C 2);
tuple_rows!(A 0, B 1, C 2, D 3);
tuple_rows!(A 0, B 1, C 2, D 3, E 4);
tuple_rows!(A 0, B 1, C 2, D 3, E 4, F 5);

/// Declares a struct that a row can be read into, field by column name:
/// `record! { /// A station. pub struct Station { pub id: Id<Station>, pub name: String } }`.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $ty:ty),+ $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $ty),+ }
        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row) -> ::std::result::Result<Self, ::kernel::Fault> {
                ::std::result::Result::Ok(Self { $($field: row.get::<$ty>(::std::stringify!($field))?),+ })
            }
        }
    };
}
