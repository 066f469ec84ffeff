//! A column of a form with its one definition: what it counts, in a closed language that is read from `columns.csv`.
//!
//! `accepted criminal applied !treatment` counts cases accepted in the period that are criminal, were applied for, and are
//! not about compulsory treatment. `recovered closed civil` adds up yuan, `people accepted` persons; `sum 2 4 5` adds columns;
//! `typed` is what only a person knows, and `… + typed` what a person may know more of.

use crate::counted::{Case, Consultation, Group, Outcome, Station};
use legal_aid::{AidForm, Cause, Domain, Handler, Origin, Party, Phase, Sender};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The key of its form.
    pub form: &'static str,
    /// Its number (栏次).
    pub number: u16,
    /// Its head, from the outermost group to itself.
    pub head: Vec<&'static str>,
    /// What it counts.
    pub counts: Counts,
}

/// What a column counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// Rows of the system, and perhaps what a person knows more of.
    Counted {
        /// Which rows, and what of them.
        count: Count,
        /// Whether a person may add to it.
        typed: bool,
    },
    /// Other columns of the form, added up.
    Sum(Vec<u16>),
    /// Nothing that the system knows.
    Typed,
}

/// Which rows are counted, and what of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What is added up.
    pub(crate) of: Of,
    /// Which rows.
    pub(crate) set: Set,
    /// What must hold of them (`true`) or must not (`false`).
    pub(crate) tests: Vec<(bool, Test)>,
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// One a row.
    Rows,
    /// The people aided.
    People,
    /// Yuan recovered.
    Recovered,
    /// Yuan of it that are wages of migrant workers.
    Wages,
    /// Yuan paid to who handled it.
    Subsidy,
}

/// Which rows: cases by what happened to them in the period, and the other things that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Granted, notified or requested in the period.
    Accepted,
    /// Refused in the period.
    Refused,
    /// Either.
    Decided,
    /// Closed or terminated in the period.
    Closed,
    /// Accepted by the end of the period and not closed then.
    Open,
    /// Subsidy paid in the period.
    Paid,
    /// Consultations of the period.
    Consulted,
    /// Stations at the end of the period.
    Stations,
    /// Complaints of the period.
    Complained,
}

/// What kind of row something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// A case.
    Case,
    /// A consultation.
    Consultation,
    /// A station.
    Station,
    /// A complaint.
    Complaint,
}

/// What can be asked of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Domain(Domain),
    Origin(Origin),
    Treatment,
    Retrial,
    Suit,
    NonSuit,
    Notary,
    Forensic,
    Group(Group),
    Phase(Phase),
    Party(Party),
    From(Sender),
    Handler(Handler),
    Outcome(Outcome),
    Matter(Vec<&'static str>),
    Reason(Vec<&'static str>),
    Cause(Vec<Cause>),
    Phone,
    Network,
    Topic(&'static str),
    Exactly(Vec<&'static str>),
    Host(&'static str),
    Staffed,
}

impl Column {
    /// Reads a line of the table.
    pub(crate) fn parse(line: &'static str) -> Option<Self> {
        let fields: Vec<&'static str> = line.split(',').collect();
        let [form, number, head, counts] = fields[..] else { return None };
        Some(Self {
            form,
            number: number.parse().ok()?,
            head: head.split('/').collect(),
            counts: Counts::parse(counts)?,
        })
    }

    /// Whether it is a sum of money: counted in yuan, shown in 万元.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.head.iter().any(|part| part.contains("万元"))
    }

    /// Whether a person may type something into it.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        matches!(self.counts, Counts::Typed | Counts::Counted { typed: true, .. })
    }

    /// Its own words with the groups it stands in.
    #[must_use]
    pub fn title(&self) -> String {
        self.head.join("—")
    }

    /// What it counts, if it counts rows.
    #[must_use]
    pub fn count(&self) -> Option<&Count> {
        match &self.counts {
            Counts::Counted { count, .. } => Some(count),
            Counts::Sum(_) | Counts::Typed => None,
        }
    }
}

impl Counts {
    fn parse(text: &'static str) -> Option<Self> {
        if text == "typed" {
            return Some(Self::Typed);
        }
        if let Some(parts) = text.strip_prefix("sum ") {
            return parts.split(' ').map(|part| part.parse().ok()).collect::<Option<_>>().map(Self::Sum);
        }
        let (text, typed) = match text.strip_suffix(" + typed") {
            Some(text) => (text, true),
            None => (text, false),
        };
        Some(Self::Counted { count: Count::parse(text)?, typed })
    }
}

impl Count {
    fn parse(text: &'static str) -> Option<Self> {
        let mut words = text.split(' ').peekable();
        let of = match *words.peek()? {
            "people" => Of::People,
            "recovered" => Of::Recovered,
            "wages" => Of::Wages,
            "subsidy" => Of::Subsidy,
            _ => Of::Rows,
        };
        if of != Of::Rows {
            words.next();
        }
        let set = Set::parse(words.next()?)?;
        let tests = words.map(|word| match word.strip_prefix('!') {
            Some(word) => Some((false, Test::parse(word)?)),
            None => Some((true, Test::parse(word)?)),
        });
        Some(Self { of, set, tests: tests.collect::<Option<_>>()? })
    }

    /// Whether every row counts one.
    #[cfg(test)]
    pub(crate) fn is_number_of_rows(&self) -> bool {
        self.of == Of::Rows
    }

    /// What a case adds; 0 if it is not meant.
    pub(crate) fn of_case(&self, case: &Case) -> i64 {
        let meant = match self.set {
            Set::Accepted => case.accepted,
            Set::Refused => case.refused,
            Set::Decided => case.accepted || case.refused,
            Set::Closed => case.closed,
            Set::Open => case.open,
            Set::Paid => case.paid,
            Set::Consulted | Set::Stations | Set::Complained => false,
        };
        if !meant || !self.tests.iter().all(|(holds, test)| test.of_case(case) == *holds) {
            return 0;
        }
        match self.of {
            Of::Rows => 1,
            Of::People => case.people,
            Of::Recovered => case.recovered,
            Of::Wages => case.wages,
            Of::Subsidy => case.subsidy,
        }
    }

    /// Whether a consultation is meant.
    pub(crate) fn takes_consultation(&self, consultation: &Consultation) -> bool {
        self.set == Set::Consulted
            && self.tests.iter().all(|(holds, test)| test.of_consultation(consultation) == *holds)
    }

    /// Whether a station is meant.
    pub(crate) fn takes_station(&self, station: &Station) -> bool {
        self.set == Set::Stations && self.tests.iter().all(|(holds, test)| test.of_station(station) == *holds)
    }
}

impl Set {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" => Self::Accepted,
            "refused" => Self::Refused,
            "decided" => Self::Decided,
            "closed" => Self::Closed,
            "open" => Self::Open,
            "paid" => Self::Paid,
            "consulted" => Self::Consulted,
            "stations" => Self::Stations,
            "complained" => Self::Complained,
            _ => return None,
        })
    }

    /// What its rows are.
    pub(crate) fn about(self) -> About {
        match self {
            Self::Consulted => About::Consultation,
            Self::Stations => About::Station,
            Self::Complained => About::Complaint,
            Self::Accepted | Self::Refused | Self::Decided | Self::Closed | Self::Open | Self::Paid => {
                About::Case
            }
        }
    }
}

impl Test {
    fn parse(word: &'static str) -> Option<Self> {
        if let Some((key, value)) = word.split_once(':') {
            let values = || value.split('|');
            return Some(match key {
                "phase" => Self::Phase(Phase::from_text(value)?),
                "party" => Self::Party(Party::from_text(value)?),
                "from" => Self::From(Sender::from_text(value)?),
                "handler" => Self::Handler(Handler::from_text(value)?),
                "outcome" => Self::Outcome(Outcome::from_text(value)?),
                "cause" => Self::Cause(values().map(Cause::from_text).collect::<Option<_>>()?),
                "matter" => Self::Matter(values().collect()),
                "reason" => Self::Reason(values().collect()),
                "topic" => Self::Topic(value),
                "exactly" => Self::Exactly(values().collect()),
                "host" => Self::Host(value),
                _ => return None,
            });
        }
        Some(match word {
            "criminal" => Self::Domain(Domain::Criminal),
            "civil" => Self::Domain(Domain::Civil),
            "admin" => Self::Domain(Domain::Admin),
            "applied" => Self::Origin(Origin::Application),
            "notified" => Self::Origin(Origin::Notice),
            "requested" => Self::Origin(Origin::Request),
            "treatment" => Self::Treatment,
            "retrial" => Self::Retrial,
            "suit" => Self::Suit,
            "nonsuit" => Self::NonSuit,
            "notary" => Self::Notary,
            "forensic" => Self::Forensic,
            "phone" => Self::Phone,
            "network" => Self::Network,
            "staffed" => Self::Staffed,
            group => Self::Group(Group::from_text(group)?),
        })
    }

    /// What kind of row it can be asked of.
    #[cfg(test)]
    pub(crate) fn about(&self) -> About {
        match self {
            Self::Phone | Self::Network | Self::Topic(_) | Self::Exactly(_) => About::Consultation,
            Self::Host(_) | Self::Staffed => About::Station,
            _ => About::Case,
        }
    }

    fn of_case(&self, case: &Case) -> bool {
        let plain = |form| !case.suit && case.settled.form == form;
        match self {
            Self::Domain(domain) => case.settled.domain == *domain,
            Self::Origin(origin) => case.origin == *origin,
            Self::Treatment => case.matter == "M28",
            Self::Retrial => legal_aid::is_retrial(&case.matter),
            Self::Suit => case.suit,
            Self::Notary => plain(AidForm::Notary),
            Self::Forensic => plain(AidForm::Forensic),
            Self::NonSuit => !case.suit && ![AidForm::Notary, AidForm::Forensic].contains(&case.settled.form),
            Self::Group(group) => case.is(*group),
            Self::Phase(phase) => case.settled.phase == Some(*phase),
            Self::Party(party) => case.settled.party == Some(*party),
            Self::From(sender) => case.settled.sent_by == *sender,
            Self::Handler(handler) => case.settled.handler == *handler,
            Self::Outcome(outcome) => case.outcome == Some(*outcome),
            Self::Matter(codes) => codes.contains(&case.matter.as_str()),
            Self::Reason(codes) => codes.contains(&case.reason.as_str()),
            Self::Cause(causes) => case.settled.cause.is_some_and(|cause| causes.contains(&cause)),
            Self::Phone
            | Self::Network
            | Self::Topic(_)
            | Self::Exactly(_)
            | Self::Host(_)
            | Self::Staffed => false,
        }
    }

    fn of_consultation(&self, consultation: &Consultation) -> bool {
        match self {
            Self::Phone => !consultation.network,
            Self::Network => consultation.network,
            Self::Topic(root) => consultation.root == *root,
            Self::Exactly(codes) => codes.contains(&consultation.matter.as_str()),
            _ => false,
        }
    }

    fn of_station(&self, station: &Station) -> bool {
        match self {
            Self::Host(host) => station.host_kind == *host,
            Self::Staffed => station.staff > 0,
            _ => false,
        }
    }
}
