//! Values that go into statements, and the trait that turns the product's types into them.

use kernel::{CountUnit, Day, Id, Moment, Region};

/// One bound parameter. Dates are ISO text, moments microseconds, flags 0 or 1: both engines hold the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number, or SQL NULL.
    Int(Option<i64>),
    /// A text, or SQL NULL.
    Text(Option<String>),
    /// A floating-point number (coordinates), or SQL NULL.
    Real(Option<f64>),
}

/// The parameters of one statement, in the order of `$1`, `$2`, ….
pub type Params = Vec<Value>;

/// Types that can be bound to a statement.
pub trait ToValue {
    /// The value as the database holds it.
    fn to_value(&self) -> Value;
    /// SQL NULL of the same kind (PostgreSQL wants a typed null).
    fn null() -> Value;
}

macro_rules! bind_as {
    ($variant:ident: $($ty:ty => |$x:ident| $conv:expr),+ $(,)?) => {$(
        impl ToValue for $ty {
            fn to_value(&self) -> Value { let $x = self; Value::$variant(Some($conv)) }
            fn null() -> Value { Value::$variant(None) }
        }
    )+};
}

bind_as!(Int:
    i64 => |x| *x, i32 => |x| i64::from(*x), u32 => |x| i64::from(*x), bool => |x| i64::from(*x),
    Moment => |x| x.micros(), Region => |x| i64::from(x.code()),
);
bind_as!(Text:
    String => |x| x.clone(), &str => |x| (*x).to_owned(), Day => |x| x.to_string(), CountUnit => |x| x.key().to_owned(),
);
bind_as!(Real: f64 => |x| *x);

impl<T> ToValue for Id<T> {
    fn to_value(&self) -> Value {
        Value::Int(Some(self.raw()))
    }
    fn null() -> Value {
        Value::Int(None)
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

impl<T: ToValue> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
    fn null() -> Value {
        T::null()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(T::null, ToValue::to_value)
    }
    fn null() -> Value {
        T::null()
    }
}

/// Builds [`Params`]: `params![id, "text", day]`.
#[macro_export]
macro_rules! params {
    ($($x:expr),* $(,)?) => { ::std::vec![$($crate::ToValue::to_value(&$x)),*] };
}

/// Makes an enum with fixed text names storable: `text_column!(Kind { Visit = "visit", Call = "call" });`
/// adds `as_str`, `from_text`, [`ToValue`] and [`crate::FromValue`].
#[macro_export]
macro_rules! text_column {
    ($ty:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $ty {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$ty] = &[$($ty::$variant),+];
            /// The name in the database, in forms and in the API.
            pub fn as_str(self) -> &'static str { match self { $($ty::$variant => $text),+ } }
            /// The value of that name, if there is one.
            pub fn from_text(text: &str) -> ::std::option::Option<$ty> {
                match text { $($text => ::std::option::Option::Some($ty::$variant),)+ _ => ::std::option::Option::None }
            }
        }
        impl $crate::ToValue for $ty {
            fn to_value(&self) -> $crate::Value { $crate::Value::Text(::std::option::Option::Some(self.as_str().to_owned())) }
            fn null() -> $crate::Value { $crate::Value::Text(::std::option::Option::None) }
        }
        impl $crate::FromValue for $ty {
            fn from_value(value: $crate::Value) -> ::std::result::Result<$ty, ::std::string::String> {
                let text = <::std::string::String as $crate::FromValue>::from_value(value)?;
                $ty::from_text(&text).ok_or_else(|| ::std::format!("{text:?} is no {}", ::std::stringify!($ty)))
            }
        }
    };
}
