//! A town: 镇、街道 or 开发区, what a village belongs to.

/// A town.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TownKind {
    /// 镇.
    Town,
    /// 街道.
    Subdistrict,
    /// 开发区、高新区.
    Zone,
}
store::text_column!(TownKind { Town = "town", Subdistrict = "subdistrict", Zone = "zone" });

impl TownKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Town => "镇",
            Self::Subdistrict => "街道",
            Self::Zone => "开发区",
        }
    }
}

store::record! {
    /// A town.
    #[derive(Debug, Clone)]
    pub struct Town {
        /// Id.
        pub id: kernel::Id<Town>,
        /// 湖塘镇.
        pub name: String,
        /// Its kind.
        pub kind: TownKind,
        /// Latitude of its centre, WGS-84 degrees.
        pub lat: f64,
        /// Longitude of its centre, WGS-84 degrees.
        pub lon: f64,
        /// Residents, if known.
        pub population: Option<i64>,
        /// The judicial office: 湖塘司法所.
        pub office: String,
    }
}
