//! The two ways of not succeeding: a refusal a person can act on, and a fault of ours.
//!
//! A [`Refusal`] is an answer: it says in Chinese what is wrong and what to do next, and becomes a 4xx page.
//! A [`Fault`] is an accident: it carries the whole chain of causes for the log and an incident number for
//! the citizen, and becomes a 5xx page that shows nothing else.
//!
//! `?` turns every `std::error::Error` into a fault. Errors of this crate that explain a person's input (such
//! as [`DayError`](crate::DayError)) are therefore deliberately *not* `std::error::Error`; `?` turns those
//! into refusals.

use serde::Serialize;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What every action returns: a value, a refusal, or a fault.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was refused, in the granularity of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something that was entered must be corrected: 422.
    Invalid,
    /// The person may not do or see this: 403.
    Forbidden,
    /// There is no such thing, or none this person may know of: 404.
    NotFound,
    /// The thing is not, or no longer, in a state that permits this: 409.
    Conflict,
    /// Too often in too short a time: 429.
    TooMany,
    /// Nobody is logged in, or the session has ended: 401.
    Expired,
    /// More was sent than is accepted: 413.
    TooLarge,
}

impl Kind {
    /// The HTTP status code that says this.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Kind::Invalid => 422,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::Conflict => 409,
            Kind::TooMany => 429,
            Kind::Expired => 401,
            Kind::TooLarge => 413,
        }
    }
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name in the form, as in `<input name="…">`.
    pub field: Cow<'static, str>,
    /// What to do about it, in Chinese, shown beside the field.
    pub message: String,
}

impl FieldError {
    /// A message beside that field.
    #[must_use]
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), message: message.into() }
    }
}

/// An answer that says no, and what the person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// How the refusal is told to the browser.
    pub kind: Kind,
    /// What to tell the person, in Chinese.
    pub message: String,
    /// The fields to correct; empty when the refusal concerns no field.
    pub fields: Vec<FieldError>,
}

impl Refusal {
    /// A refusal without fields.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Refusal {
        Refusal { kind, message: message.into(), fields: Vec::new() }
    }

    /// Something entered must be corrected (422).
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Invalid, message)
    }

    /// There is no such thing (404).
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::NotFound, message)
    }

    /// The person may not do this (403).
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Forbidden, message)
    }

    /// The thing is not in a state that permits this (409).
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Conflict, message)
    }

    /// Several fields must be corrected (422).
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Refusal {
        Refusal { kind: Kind::Invalid, message: "请更正下列内容".to_owned(), fields }
    }

    /// The same refusal with one more field to correct.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Refusal {
        self.fields.push(FieldError::new(field, message));
        self
    }

    /// The HTTP status code of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for FieldError { field, message } in &self.fields {
            write!(f, "; {field}: {message}")?;
        }
        Ok(())
    }
}

/// What sort of accident a fault is; decides its status code and whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FaultKind {
    /// Anything else: 500.
    #[default]
    Other,
    /// Too much to do just now, worth trying again: 503.
    Busy,
    /// The disk or the database's quota is full: 507.
    StorageFull,
    /// The disk fails or may only be read: nothing can be written just now, reading may go on: 503.
    StorageFailed,
    /// Something was to be written that names a row that is not there: the form is older than the row's end: 409.
    Dangling,
}

impl FaultKind {
    /// The HTTP status code that says this.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            FaultKind::Other => 500,
            FaultKind::Busy | FaultKind::StorageFailed => 503,
            FaultKind::StorageFull => 507,
            FaultKind::Dangling => 409,
        }
    }
}

/// An accident of ours: what was being done, every cause beneath it, and a number to quote.
///
/// One pointer wide, so that results stay small. It is not a `std::error::Error` itself, which is what lets
/// `?` turn every `std::error::Error` into it.
pub struct Fault(Box<Accident>);

/// What a [`Fault`] points to.
struct Accident {
    /// Outermost message first, then its causes; never empty.
    chain: Vec<String>,
    incident: u64,
    kind: FaultKind,
}

/// Faults made by this process so far; tells two alike apart.
static FAULTS: AtomicU64 = AtomicU64::new(0);

impl Fault {
    /// A fault with that message and no cause.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Fault {
        Fault::from_chain(vec![message.into()], FaultKind::Other)
    }

    fn from_chain(chain: Vec<String>, kind: FaultKind) -> Fault {
        let count = FAULTS.fetch_add(1, Ordering::Relaxed);
        let text = chain.iter().flat_map(|message| message.bytes()).chain(count.to_le_bytes());
        Fault(Box::new(Accident { incident: fnv1a(text) & 0xffff_ffff, chain, kind }))
    }

    /// The same fault, told from one step further out: "`message`: what happened before".
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Fault {
        self.0.chain.insert(0, message.into());
        self
    }

    /// The same fault as that kind.
    #[must_use]
    pub fn with_kind(mut self, kind: FaultKind) -> Fault {
        self.0.kind = kind;
        self
    }

    /// The same fault under another incident number, such as that of the request.
    #[must_use]
    pub fn with_incident(mut self, incident: u64) -> Fault {
        self.0.incident = incident;
        self
    }

    /// The number to quote, at least eight hexadecimal digits: the citizen sees it, the log holds it.
    #[must_use]
    pub fn incident(&self) -> String {
        format!("{:08x}", self.0.incident)
    }

    /// The number behind [`incident`](Fault::incident).
    #[must_use]
    pub fn incident_number(&self) -> u64 {
        self.0.incident
    }

    /// What sort of accident it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// The HTTP status code of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.kind.status()
    }

    /// The messages, outermost first.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        &self.0.chain
    }
}

/// The 64-bit FNV-1a hash; enough to tell incidents apart.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl<E: StdError + Send + Sync + 'static> From<E> for Fault {
    /// Keeps every message of the source chain, and recognises a full disk.
    fn from(error: E) -> Fault {
        let mut chain = Vec::new();
        let mut kind = FaultKind::Other;
        let mut next: Option<&(dyn StdError + 'static)> = Some(&error);
        while let Some(cause) = next {
            let message = cause.to_string();
            // Many wrappers repeat the message of what they wrap.
            if chain.last() != Some(&message) {
                chain.push(message);
            }
            if let Some(io) = cause.downcast_ref::<std::io::Error>()
                && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
            {
                kind = FaultKind::StorageFull;
            }
            next = cause.source();
        }
        Fault::from_chain(chain, kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.chain.join(": "))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why an action did not succeed.
#[derive(Debug)]
pub enum Error {
    /// A person can act on it.
    Refused(Refusal),
    /// We must.
    Fault(Fault),
}

impl Error {
    /// The HTTP status code of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Error::Refused(refusal) => refusal.status(),
            Error::Fault(fault) => fault.status(),
        }
    }

    /// The same failure, told from one step further out; a refusal speaks for itself and stays as it is.
    #[must_use]
    pub fn context(self, message: impl Into<String>) -> Error {
        match self {
            Error::Refused(_) => self,
            Error::Fault(fault) => Error::Fault(fault.context(message)),
        }
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::Fault(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Fault(fault) => fault.fmt(f),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Error {
        Error::Fault(error.into())
    }
}

/// Adds what was being done to whatever goes wrong underneath.
pub trait Context<T> {
    /// Turns an error into a fault that begins with `message`.
    ///
    /// # Errors
    /// The same failure, told from one step further out.
    fn context(self, message: impl Into<String>) -> Result<T, Fault>;

    /// Like [`context`](Context::context), but builds the message only when it is needed.
    ///
    /// # Errors
    /// The same failure, told from one step further out.
    fn with_context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T, Fault>;
}

impl<T, E: Into<Fault>> Context<T> for std::result::Result<T, E> {
    fn context(self, message: impl Into<String>) -> Result<T, Fault> {
        self.map_err(|error| error.into().context(message))
    }

    fn with_context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T, Fault> {
        self.map_err(|error| error.into().context(message()))
    }
}

/// Declares the refusals of one action: each variant with its [`Kind`] and its Chinese message beside it.
///
/// ```
/// kernel::refusals! {
///     /// Why a station cannot be opened.
///     pub enum OpenRefusal {
///         /// Somebody has opened it before.
///         AlreadyOpen => Conflict, "站点已经开放，无需重复操作。";
///         /// The town is not in the register.
///         UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
///     }
/// }
///
/// fn open(town: Option<u32>) -> kernel::Result<u32> {
///     Ok(town.ok_or(OpenRefusal::UnknownTown)?)
/// }
///
/// let kernel::Error::Refused(refusal) = open(None).expect_err("no town") else { panic!("a refusal") };
/// assert_eq!(refusal.kind, kernel::Kind::Invalid);
/// assert_eq!(refusal.fields[0].field, "town");
/// ```
///
/// The enum is `Debug + Clone + Copy + PartialEq + Eq`, has `kind()` and `message()`, and converts into
/// [`Refusal`] and [`Error`]. `Kind("field")` puts the message beside that field as well.
#[macro_export]
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident => $kind:ident $(($field:literal))?, $message:literal
            );+ $(;)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// How the refusal is told to the browser.
            #[must_use]
            $vis const fn kind(self) -> $crate::Kind {
                match self {
                    $($name::$variant => $crate::Kind::$kind,)+
                }
            }

            /// What to tell the person, in Chinese.
            #[must_use]
            $vis const fn message(self) -> &'static str {
                match self {
                    $($name::$variant => $message,)+
                }
            }
        }

        impl ::core::convert::From<$name> for $crate::Refusal {
            fn from(refusal: $name) -> $crate::Refusal {
                let answer = $crate::Refusal::new(refusal.kind(), refusal.message());
                match refusal {
                    $($name::$variant => answer$(.field($field, $message))?,)+
                }
            }
        }

        impl ::core::convert::From<$name> for $crate::Error {
            fn from(refusal: $name) -> $crate::Error {
                $crate::Error::Refused($crate::Refusal::from(refusal))
            }
        }
    };
}

/// Makes `?` turn these errors, which explain a person's input, into refusals of the given kind.
macro_rules! refuse_as {
    ($kind:ident: $($error:ty),+ $(,)?) => {
        $(
            impl From<$error> for $crate::Refusal {
                fn from(error: $error) -> $crate::Refusal {
                    $crate::Refusal::new($crate::Kind::$kind, error.to_string())
                }
            }

            impl From<$error> for $crate::Error {
                fn from(error: $error) -> $crate::Error {
                    $crate::Error::Refused(error.into())
                }
            }
        )+
    };
}
pub(crate) use refuse_as;

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
