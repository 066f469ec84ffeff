//! A counted fact as people see it: what it is called, and where the record behind it can be opened.

use kernel::{Day, Id, Moment};
use store::tally::{FactRow, FigureDef};

store::record! {
    /// A fact with the source it came from.
    #[derive(Debug, Clone)]
    pub(crate) struct Fact {
        pub(crate) id: Id<FactRow>,
        pub(crate) day: Day,
        pub(crate) measure: String,
        pub(crate) quantity: i64,
        pub(crate) people: i64,
        pub(crate) matter: String,
        pub(crate) channel: String,
        pub(crate) place_id: i64,
        pub(crate) served_by: Option<i64>,
        pub(crate) source: String,
        pub(crate) source_id: i64,
        pub(crate) reverses_id: Option<i64>,
        pub(crate) reversed_by: Option<i64>,
        pub(crate) entered_at: Moment,
    }
}

impl Fact {
    /// Whether it takes back what was counted before (冲正).
    pub(crate) fn reverses(&self) -> bool {
        self.reverses_id.is_some()
    }

    /// What kind of record it came from.
    pub(crate) fn source_name(&self) -> &str {
        match self.source.as_str() {
            "advisers_service" => "服务记录",
            "advisers_appointment" | "advisers_current" => "法律顾问聘任",
            "stations_station" => "法律援助工作站",
            "portal_callback" => "回电",
            "legal_aid_case" => "法律援助案件",
            "legal_aid_help" => "值班律师法律帮助",
            "legal_aid_cooperation" => "法律援助协作函",
            "places_unit" | "places_event" => "村（社区）",
            other => other,
        }
    }

    /// The number of the source record, `320412-1025`.
    pub(crate) fn number(&self) -> String {
        number(self.source_id)
    }

    /// The page of the source record, if it has one.
    pub(crate) fn href(&self) -> Option<String> {
        href(&self.source, self.source_id, self.place_id)
    }
}

/// The page of a record of that kind, if it has one.
pub(crate) fn href(source: &str, id: i64, place: i64) -> Option<String> {
    let id = number(id);
    match source {
        "advisers_service" => Some(format!("/services/{id}")),
        "stations_station" => Some(format!("/manage/stations/{id}")),
        // A coverage page belongs to the village, not to the single appointment.
        "advisers_appointment" | "advisers_current" => Some(format!("/coverage/{}", number(place))),
        "portal_callback" => Some(format!("/callbacks/{id}")),
        "legal_aid_case" => Some(format!("/aid/{id}")),
        "legal_aid_help" => Some(format!("/aid/help/{id}")),
        "legal_aid_cooperation" => Some(format!("/aid/cooperation/{id}")),
        "parties_person" => Some(format!("/persons/{id}")),
        "parties_organisation" => Some(format!("/organisations/{id}")),
        "counsel_lawyer" => Some(format!("/lawyers/{id}")),
        "counsel_firm" => Some(format!("/firms/{id}/edit")),
        "places_unit" => Some("/places".to_owned()),
        _ => None,
    }
}

/// An id of any table as addresses and lists show it.
pub(crate) fn number(raw: i64) -> String {
    Id::<()>::from_raw(raw).map_or_else(|| raw.to_string(), |id| id.to_string())
}

/// What a measure is called: as the figure that counts it alone, else as a figure that counts it among others.
pub(crate) fn measure_name(figures: &[FigureDef], key: &str) -> String {
    let counts = |figure: &&FigureDef| figure.measures.iter().any(|measure| measure.key == key);
    let alone = figures.iter().filter(counts).min_by_key(|figure| figure.measures.len());
    alone.map_or_else(|| key.to_owned(), |figure| figure.name.trim_start_matches("其中：").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FIGURES;
    use kernel::Region;

    fn fact(source: &str) -> Fact {
        let region = Region::new(320_412).expect("a region");
        Fact {
            id: Id::from_parts(region, 1),
            day: "2022-03-01".parse().expect("a day"),
            measure: String::new(),
            quantity: 1,
            people: 0,
            matter: String::new(),
            channel: String::new(),
            place_id: Id::<()>::from_parts(region, 3).raw(),
            served_by: None,
            source: source.to_owned(),
            source_id: Id::<()>::from_parts(region, 1025).raw(),
            reverses_id: None,
            reversed_by: None,
            entered_at: Moment::from_micros(0),
        }
    }

    #[test]
    fn known_sources_have_a_page() {
        let href = |source| fact(source).href();
        assert_eq!(href("advisers_service").as_deref(), Some("/services/320412-1025"));
        assert_eq!(href("stations_station").as_deref(), Some("/manage/stations/320412-1025"));
        assert_eq!(href("advisers_appointment").as_deref(), Some("/coverage/320412-3"));
        assert_eq!(href("portal_callback").as_deref(), Some("/callbacks/320412-1025"));
        assert_eq!(href("places_unit").as_deref(), Some("/places"));
        assert_eq!(href("something_else"), None);
        assert_eq!(number(5), "5", "what is no id is still shown");
    }

    #[test]
    fn measures_are_called_by_their_narrowest_figure() {
        assert_eq!(measure_name(FIGURES, "advisers.consultations.phone"), "电话咨询");
        assert_eq!(measure_name(FIGURES, "advisers.visits"), "上门服务");
        assert_eq!(measure_name(FIGURES, "unknown.measure"), "unknown.measure");
    }
}
