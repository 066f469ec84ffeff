//! Identifiers: the county-level region, and 64-bit keys that carry their region with them.
//!
//! Every business row is keyed by an [`Id`]: the [`Region`] in the upper 20 bits and a serial number in the
//! lower 43. An address or a form therefore needs only the id to say in which county the row lives, so data
//! can be distributed by region without any table of routes.

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

/// Number of bits of an [`Id`] that hold its serial number.
const SERIAL_BITS: u32 = 43;
/// Largest serial number: 2^43 − 1, nearly nine million million.
const MAX_SERIAL: i64 = (1 << SERIAL_BITS) - 1;

/// A county-level unit, named by its six-digit GB/T 2260 code at the time it joined the platform
/// (320412 = 常州市武进区).
///
/// The code is a name, not a statement: when the state renumbers a county its rows keep the founding code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u32);

impl Region {
    /// The region of that six-digit code; `None` unless 100000 ≤ `code` ≤ 999999.
    #[must_use]
    pub const fn new(code: u32) -> Option<Region> {
        if code >= 100_000 && code <= 999_999 { Some(Region(code)) } else { None }
    }

    /// The six-digit code.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

impl FromStr for Region {
    type Err = IdError;

    /// Reads exactly six ASCII digits.
    ///
    /// # Errors
    /// [`IdError`] for anything else.
    fn from_str(text: &str) -> Result<Region, IdError> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdError);
        }
        text.parse().ok().and_then(Region::new).ok_or(IdError)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Region;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a six-digit region code")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Region, E> {
                u32::try_from(value).ok().and_then(Region::new).ok_or_else(|| E::custom(IdError))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Region, E> {
                u32::try_from(value).ok().and_then(Region::new).ok_or_else(|| E::custom(IdError))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Region, E> {
                value.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_u32(Reader)
    }
}

/// The key of a row of kind `T`: its region and a serial number in one positive 64-bit integer.
///
/// `T` only marks the kind, so that the key of a station cannot be handed to a function that wants the key of
/// an adviser; no value of `T` is ever held. Ids order by region, then by serial number. In addresses, forms
/// and JSON an id is the string `320412-1025`, because numbers of this size lose digits in a browser.
pub struct Id<T> {
    raw: i64,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Puts a key together.
    ///
    /// # Panics
    /// When `serial` is not within 1 ..= 2^43 − 1: serial numbers come from the platform's own counter, so
    /// this is a fault of the program, never of a person's input.
    #[must_use]
    pub const fn from_parts(region: Region, serial: i64) -> Id<T> {
        assert!(serial >= 1 && serial <= MAX_SERIAL, "the serial number of an id is out of range");
        Id { raw: ((region.code() as i64) << SERIAL_BITS) | serial, kind: PhantomData }
    }

    /// The key stored as that integer; `None` when the integer holds no valid region or no serial number.
    #[must_use]
    pub const fn from_raw(raw: i64) -> Option<Id<T>> {
        if raw <= 0 || raw & MAX_SERIAL == 0 {
            return None;
        }
        match Region::new((raw >> SERIAL_BITS) as u32) {
            Some(_) => Some(Id { raw, kind: PhantomData }),
            None => None,
        }
    }

    /// The integer that is stored in the database; always positive.
    #[must_use]
    pub const fn raw(self) -> i64 {
        self.raw
    }

    /// The region the row belongs to.
    #[must_use]
    pub const fn region(self) -> Region {
        Region((self.raw >> SERIAL_BITS) as u32)
    }

    /// The serial number within the region, 1 ..= 2^43 − 1.
    #[must_use]
    pub const fn serial(self) -> i64 {
        self.raw & MAX_SERIAL
    }

    /// The same number as the key of another kind of row: for tables that share keys, such as a station and
    /// its opening hours.
    #[must_use]
    pub const fn cast<U>(self) -> Id<U> {
        Id { raw: self.raw, kind: PhantomData }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw.cmp(&other.raw)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.region(), self.serial())
    }
}

impl<T> FromStr for Id<T> {
    type Err = IdError;

    /// Reads `320412-1025`. Only the one spelling that [`Display`](fmt::Display) writes is accepted, so that
    /// a row has one address.
    ///
    /// # Errors
    /// [`IdError`] for anything else.
    fn from_str(text: &str) -> Result<Id<T>, IdError> {
        let (region, serial) = text.split_once('-').ok_or(IdError)?;
        let region: Region = region.parse()?;
        if serial.starts_with('0') || !serial.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdError);
        }
        let serial: i64 = serial.parse().map_err(|_| IdError)?;
        if (1..=MAX_SERIAL).contains(&serial) { Ok(Id::from_parts(region, serial)) } else { Err(IdError) }
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id<T>, D::Error> {
        struct Reader<T>(PhantomData<fn() -> T>);
        impl<T> Visitor<'_> for Reader<T> {
            type Value = Id<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id such as \"320412-1025\"")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Id<T>, E> {
                value.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

/// The text or number is no region or id. It comes from a mangled address, not from a form field, so there is
/// nothing to explain beyond that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("编号格式不正确")]
pub struct IdError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Station;
    struct Adviser;

    fn wujin() -> Region {
        Region::new(320_412).expect("a six-digit code")
    }

    #[test]
    fn an_id_is_written_as_region_and_serial() {
        let id = Id::<Station>::from_parts(wujin(), 1025);
        assert_eq!(id.to_string(), "320412-1025");
        assert_eq!(format!("{id:?}"), "Id(320412-1025)");
        assert_eq!("320412-1025".parse(), Ok(id));
        assert_eq!(id.cast::<Adviser>().raw(), id.raw());
    }

    #[test]
    fn only_one_spelling_of_an_id_is_accepted() {
        for text in [
            "",
            "-",
            "320412",
            "320412-",
            "320412-0",
            "320412-01",
            "320412-+1",
            "320412--1",
            "020412-1",
            "32041-1",
            "3204120-1",
            "320412-8796093022208",
            "320412-1 ",
            "320412-１",
            "320412-99999999999999999999",
        ] {
            assert_eq!(text.parse::<Id<Station>>(), Err(IdError), "{text}");
        }
        assert!("320412-8796093022207".parse::<Id<Station>>().is_ok());
    }

    #[test]
    fn regions_have_six_digits() {
        assert_eq!(Region::new(99_999), None);
        assert_eq!(Region::new(1_000_000), None);
        assert_eq!("320412".parse(), Ok(wujin()));
        assert_eq!("+20412".parse::<Region>(), Err(IdError));
        assert_eq!(wujin().to_string(), "320412");
    }

    #[test]
    fn integers_without_region_or_serial_are_no_ids() {
        for raw in [0, -1, 1, MAX_SERIAL, i64::MIN, i64::from(wujin().code()) << SERIAL_BITS, i64::MAX] {
            assert_eq!(Id::<Station>::from_raw(raw), None, "{raw}");
        }
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn serial_zero_is_a_fault_of_the_program() {
        let _ = Id::<Station>::from_parts(wujin(), 0);
    }

    #[test]
    fn json_holds_ids_as_text_and_regions_as_numbers() {
        let id = Id::<Station>::from_parts(wujin(), MAX_SERIAL);
        let json = serde_json::to_string(&(id, wujin())).expect("serialises");
        assert_eq!(json, "[\"320412-8796093022207\",320412]");
        let back: (Id<Station>, Region) = serde_json::from_str(&json).expect("reads back");
        assert_eq!(back, (id, wujin()));
        assert!(serde_json::from_str::<Id<Station>>("12").is_err());
        assert!(serde_json::from_str::<Region>("12").is_err());
        assert!(serde_json::from_str::<Region>("-320412").is_err());
    }

    proptest! {
        #[test]
        fn every_id_survives_text_and_storage(code in 100_000u32..=999_999, serial in 1..=MAX_SERIAL) {
            let region = Region::new(code).expect("in range");
            let id = Id::<Station>::from_parts(region, serial);
            prop_assert!(id.raw() > 0);
            prop_assert_eq!(id.region(), region);
            prop_assert_eq!(id.serial(), serial);
            prop_assert_eq!(Id::from_raw(id.raw()), Some(id));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn ids_order_by_region_then_serial(
            a in (100_000u32..=999_999, 1..=MAX_SERIAL),
            b in (100_000u32..=999_999, 1..=MAX_SERIAL),
        ) {
            let id = |(code, serial): (u32, i64)| {
                Id::<Station>::from_parts(Region::new(code).expect("in range"), serial)
            };
            prop_assert_eq!(id(a).cmp(&id(b)), a.cmp(&b));
        }
    }
}
