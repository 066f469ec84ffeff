//! What a seal holds: one canonical document with every figure, every part, every definition and the digest of the
//! rows behind them, and the packed files that are given out again byte for byte.

use crate::{
    bulletin::{Bulletin, BulletinFigure},
    fact,
    store::Area,
    sums::{Areas, Scope},
};
use ::store::audit::hex;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use kernel::{Day, Fault, Id};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

/// The sealed document. Its canonical form is its JSON with the fields in this order, without blanks; the seal's
/// digest is the SHA-256 of these bytes. Fields are only ever added, never changed: old documents must stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// The form of this document: 1.
    pub(crate) format: u32,
    /// The district.
    pub(crate) district: String,
    /// The bulletin of the whole district, definitions and audit heads included.
    pub(crate) bulletin: Bulletin,
    /// The towns of that time, in their order.
    pub(crate) towns: Vec<Named>,
    /// Every place that has a part, and every unit that stood.
    pub(crate) places: Vec<Place>,
    /// The parts of every figure by place.
    pub(crate) parts: Vec<Parts>,
    /// The rows behind the figures, by measure and run of days.
    pub(crate) ranges: Vec<Range>,
    /// Rows reported here as late entries of earlier sealed periods.
    pub(crate) late: Vec<LateRange>,
    /// How many facts are behind all this.
    pub(crate) facts: i64,
    /// How many things were left open when it was sealed (failing checks, gaps), by check.
    pub(crate) open: BTreeMap<String, usize>,
}

/// An id with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    #[serde(with = "place_id")]
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// A place as it was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(with = "place_id")]
    pub(crate) id: i64,
    /// The town it counted for; none for the district itself.
    #[serde(with = "optional_place_id")]
    pub(crate) town: Option<i64>,
    pub(crate) name: String,
    /// Whether it was a unit that stood.
    pub(crate) current: bool,
    /// Whether it was closed by then.
    pub(crate) closed: bool,
}

/// The parts of a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) figure: String,
    /// The measures it added up then.
    pub(crate) measures: Vec<String>,
    /// SHA-256 over the digests of its ranges: the rows behind the figure.
    pub(crate) rows_digest: String,
    pub(crate) parts: Vec<Part>,
}

/// What one place contributes to a figure and to what it is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    #[serde(with = "place_id")]
    pub(crate) place: i64,
    pub(crate) value: i64,
    pub(crate) cumulative: i64,
    pub(crate) previous: i64,
    pub(crate) year_before: i64,
}

/// The rows of one measure over a run of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) measure: String,
    pub(crate) first: Option<Day>,
    pub(crate) last: Day,
    pub(crate) rows: i64,
    pub(crate) quantity: i64,
    /// SHA-256 over the rows in their canonical form, see [`RowsDigest`].
    pub(crate) digest: String,
}

/// Late rows of one measure of an earlier sealed period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LateRange {
    /// The sealed period: `2022Q1`.
    pub(crate) period: String,
    pub(crate) measure: String,
    pub(crate) rows: i64,
    /// What they add to it; a row that an earlier seal reported twice is taken back once.
    pub(crate) quantity: i64,
}

/// Which facts a seal has seen: kept beside the document, since there are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) own: Vec<SeenRange>,
    pub(crate) late: Vec<SeenLate>,
}

/// The ids behind a [`Range`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenRange {
    pub(crate) measure: String,
    pub(crate) first: Option<Day>,
    pub(crate) last: Day,
    /// Ascending ids, packed by [`pack_ids`].
    pub(crate) ids: String,
}

/// The ids behind a [`LateRange`], each with how often it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenLate {
    pub(crate) period: String,
    pub(crate) measure: String,
    pub(crate) ids: Vec<(Id<fact::Fact>, i64)>,
}

/// The digest over rows: each row as one line, fields parted by tabs, in the order of day and id.
pub(crate) struct RowsDigest(Sha256);

impl RowsDigest {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds a row. Free texts are codes of dictionaries: no tab or line end can be in them.
    pub(crate) fn add(&mut self, fields: &[&str]) {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.0.update(b"\t");
            }
            self.0.update(field.as_bytes());
        }
        self.0.update(b"\n");
    }

    /// The digest.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// SHA-256 of bytes, as hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A file that was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// The canonical document.
    Json,
    /// The bulletin as a page.
    Html,
    /// The bulletin as a workbook.
    Xlsx,
    /// The ids of the facts behind it.
    Facts,
}
store::text_column!(Form { Json = "json", Html = "html", Xlsx = "xlsx", Facts = "facts" });

/// Bytes as the database keeps them: gzip as base64.
pub(crate) fn pack(bytes: &[u8]) -> Result<String, Fault> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// The bytes again; a fault if they are not those that were packed.
pub(crate) fn unpack(text: &str, sha256: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    GzDecoder::new(STANDARD.decode(text)?.as_slice()).read_to_end(&mut bytes)?;
    if digest(&bytes) != sha256 {
        return Err(Fault::new("a sealed file is not what was sealed"));
    }
    Ok(bytes)
}

/// Ascending ids as differences of seven bits a byte: about two bytes each.
pub(crate) fn pack_ids(ids: &[i64]) -> String {
    let mut bytes = Vec::with_capacity(ids.len() * 2);
    let mut before = 0;
    for id in ids {
        let mut rest = id.wrapping_sub(before).cast_unsigned();
        before = *id;
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    STANDARD.encode(bytes)
}

/// The ids again.
pub(crate) fn unpack_ids(text: &str) -> Result<Vec<i64>, Fault> {
    let mut ids = Vec::new();
    let (mut before, mut value, mut shift) = (0i64, 0u64, 0u32);
    for byte in STANDARD.decode(text)? {
        if shift > 63 {
            return Err(Fault::new("a list of sealed ids cannot be read"));
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            before = before.wrapping_add(value.cast_signed());
            ids.push(before);
            (value, shift) = (0, 0);
        }
    }
    Ok(ids)
}

/// Which of the four numbers of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Value,
    Cumulative,
    Previous,
    YearBefore,
}

impl Document {
    /// Reads the canonical form.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The canonical form.
    pub(crate) fn canonical(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    /// The register of places as it was.
    pub(crate) fn areas(&self) -> Areas {
        let towns = self.towns.iter().map(|town| (town.id, town.name.clone())).collect();
        let area =
            |place: &Place| Some(Area { id: place.id, town_id: place.town?, name: place.name.clone() });
        let current = self.places.iter().filter(|place| place.current).map(|place| place.id).collect();
        let closed = self.places.iter().filter(|place| place.closed).map(|place| place.id).collect();
        Areas::of(towns, self.places.iter().filter_map(area).collect(), current, closed)
    }

    /// A figure by place.
    pub(crate) fn by_place(&self, figure: &str, column: Column) -> BTreeMap<i64, i64> {
        let parts = self.parts.iter().find(|parts| parts.figure == figure);
        let value = |part: &Part| match column {
            Column::Value => part.value,
            Column::Cumulative => part.cumulative,
            Column::Previous => part.previous,
            Column::YearBefore => part.year_before,
        };
        parts.into_iter().flat_map(|parts| &parts.parts).map(|part| (part.place, value(part))).collect()
    }

    /// The sealed bulletin of what the scope holds.
    pub(crate) fn within(&self, scope: &Scope, areas: &Areas) -> Bulletin {
        let mut bulletin = self.bulletin.clone();
        if *scope == Scope::Region {
            return bulletin;
        }
        let sum = |figure: &str, column| -> i64 {
            let places = self.by_place(figure, column);
            places
                .iter()
                .filter(|(place, _)| scope.holds(areas.town_of(**place)))
                .map(|(_, value)| value)
                .sum()
        };
        bulletin.area = areas.scope_name(scope);
        for figure in &mut bulletin.figures {
            let BulletinFigure { key, value, cumulative, previous, year_before, .. } = figure;
            *value = sum(key, Column::Value);
            for (number, column) in [
                (cumulative, Column::Cumulative),
                (previous, Column::Previous),
                (year_before, Column::YearBefore),
            ] {
                if number.is_some() {
                    *number = Some(sum(key, column));
                }
            }
        }
        // Late entries are sealed for the whole district; a town's own stand in the rows.
        bulletin.adjustments.clear();
        bulletin
    }
}

/// Ids of places: `320412-3`, or the bare code of the district itself.
mod place_id {
    use super::*;

    pub(super) fn serialize<S: Serializer>(id: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&fact::number(*id))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is no place")))
    }

    pub(super) fn read(text: &str) -> Option<i64> {
        text.parse::<Id<()>>().map(Id::raw).ok().or_else(|| text.parse().ok())
    }
}

/// The same where there may be none.
mod optional_place_id {
    use super::*;

    pub(super) fn serialize<S: Serializer>(id: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => place_id::serialize(id, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| place_id::read(&text).ok_or_else(|| de::Error::custom("no place"))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_come_back_byte_for_byte_or_not_at_all() -> Result<(), Fault> {
        let bytes = "公报".repeat(1000).into_bytes();
        let packed = pack(&bytes)?;
        assert!(packed.len() < bytes.len() / 10);
        assert_eq!(unpack(&packed, &digest(&bytes))?, bytes);
        assert!(unpack(&packed, &digest(b"something else")).is_err());
        Ok(())
    }

    #[test]
    fn rows_have_one_digest() {
        let digest = |rows: &[&[&str]]| {
            let mut digest = RowsDigest::new();
            rows.iter().for_each(|row| digest.add(row));
            digest.finish()
        };
        assert_eq!(digest(&[]), super::digest(b""));
        assert_eq!(digest(&[&["1", "a"], &["2", ""]]), super::digest(b"1\ta\n2\t\n"));
        assert_ne!(digest(&[&["1", "a"]]), digest(&[&["1a", ""]]));
    }

    proptest! {
        #[test]
        fn ids_come_back(mut ids in prop::collection::vec(0..i64::MAX, 0..50)) {
            ids.sort_unstable();
            prop_assert_eq!(unpack_ids(&pack_ids(&ids)).expect("ids"), ids);
        }
    }
}
