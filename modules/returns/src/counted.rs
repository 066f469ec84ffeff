//! What is counted: cases, consultations, stations, with what the definitions of columns ask of them.

use kernel::{Day, Id, Moment, Period};
use legal_aid::{
    AidForm, Case as Aid, Cause, Decision, Domain, Ending, Handler, Origin, Particulars, Party, Phase,
    Sender, Settled,
};

store::record! {
    /// A case as the view of legal aid has it.
    #[derive(Debug, Clone)]
    pub(crate) struct CaseRow {
        pub(crate) id: Id<Aid>,
        pub(crate) official_number: Option<String>,
        pub(crate) town_name: String,
        pub(crate) matter: String,
        pub(crate) groups: String,
        pub(crate) classes: String,
        pub(crate) people: i64,
        pub(crate) origin: Origin,
        pub(crate) by_station: bool,
        pub(crate) received_at: Moment,
        pub(crate) forwarded_at: Option<Moment>,
        pub(crate) decided_at: Option<Moment>,
        pub(crate) decision: Option<Decision>,
        pub(crate) refuse_reason: String,
        pub(crate) closed_on: Option<Day>,
        pub(crate) reviewed_at: Option<Moment>,
        pub(crate) ended_at: Option<Moment>,
        pub(crate) ending: Option<Ending>,
        pub(crate) result: String,
        pub(crate) recovered: i64,
        pub(crate) wages: i64,
        pub(crate) paid_at: Option<Moment>,
        pub(crate) subsidy: i64,
        pub(crate) lawyer_kind: Option<counsel::LawyerKind>,
        pub(crate) domain: Option<Domain>,
        pub(crate) aid_form: Option<AidForm>,
        pub(crate) cause: Option<Cause>,
        pub(crate) phase: Option<Phase>,
        pub(crate) party: Option<Party>,
        pub(crate) sent_by: Option<Sender>,
        pub(crate) handler: Option<Handler>,
    }
}

/// Groups that the forms show. They overlap: each is an "of which", and never are they added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// 妇女.
    Woman,
    /// 残疾人.
    Disabled,
    /// 盲聋哑.
    Blind,
    /// 农民.
    Farmer,
    /// 农民工.
    Migrant,
    /// 老年人.
    Elder,
    /// 未成年人.
    Minor,
    /// 军人军属.
    Military,
    /// 少数民族.
    Minority,
    /// 外国籍人或无国籍人.
    Foreign,
    /// Victims of domestic violence, abuse or abandonment.
    Violence,
}
store::text_column!(Group {
    Woman = "woman",
    Disabled = "disabled",
    Blind = "blind",
    Farmer = "farmer",
    Migrant = "migrant",
    Elder = "elder",
    Minor = "minor",
    Military = "military",
    Minority = "minority",
    Foreign = "foreign",
    Violence = "violence",
});

impl Group {
    /// The word on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Woman => "妇女",
            Self::Disabled => "残疾人",
            Self::Blind => "盲聋哑人",
            Self::Farmer => "农民",
            Self::Migrant => "农民工",
            Self::Elder => "老年人",
            Self::Minor => "未成年人",
            Self::Military => "军人军属",
            Self::Minority => "少数民族",
            Self::Foreign => "外国籍人或无国籍人",
            Self::Violence => "家庭暴力、虐待、遗弃受害人",
        }
    }

    /// The codes of the dictionary `group` that belong to it.
    fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Woman => &["G-WOM"],
            Self::Disabled => &["G-DIS", "G-DIS-BDM"],
            Self::Blind => &["G-DIS-BDM"],
            Self::Farmer => &["G-FARM"],
            Self::Migrant => &["G-MIG"],
            Self::Elder => &["G-OLD"],
            Self::Minor => &["G-MIN"],
            Self::Military => &["G-MIL", "G-MILF"],
            Self::Minority => &["G-MINO"],
            Self::Foreign => &["G-FOR"],
            Self::Violence => &["G-DV"],
        }
    }

    /// Matters that nobody else can have.
    fn matters(self) -> &'static [&'static str] {
        match self {
            Self::Minor => &["M25-1"],
            Self::Disabled | Self::Blind => &["M25-2"],
            Self::Violence => &["M32-4"],
            _ => &[],
        }
    }
}

/// How a case ended, in the words of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 胜诉.
    Won,
    /// 败诉.
    Lost,
    /// 调解.
    Mediated,
    /// 撤诉.
    Withdrawn,
    /// 和解.
    Settled,
    /// 劳动仲裁.
    Arbitrated,
    /// 终止提供.
    Stopped,
    /// 承办人意见全部采纳.
    Adopted,
    /// 部分采纳.
    Partly,
    /// 未采纳.
    Rejected,
}
store::text_column!(Outcome {
    Won = "won",
    Lost = "lost",
    Mediated = "mediated",
    Withdrawn = "withdrawn",
    Settled = "settled",
    Arbitrated = "arbitrated",
    Stopped = "stopped",
    Adopted = "adopted",
    Partly = "partly",
    Rejected = "rejected",
});

impl Outcome {
    /// The word on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Won => "胜诉",
            Self::Lost => "败诉",
            Self::Mediated => "调解",
            Self::Withdrawn => "撤诉",
            Self::Settled => "和解",
            Self::Arbitrated => "劳动仲裁",
            Self::Stopped => "终止提供",
            Self::Adopted => "意见全部采纳",
            Self::Partly => "意见部分采纳",
            Self::Rejected => "意见未采纳",
        }
    }

    /// What a code of the dictionaries `close_crim` and `close_civil` says.
    fn of(domain: Domain, code: &str) -> Option<Self> {
        Some(match (domain, code) {
            (Domain::Criminal, "1") => Self::Adopted,
            (Domain::Criminal, "2") => Self::Partly,
            (Domain::Criminal, "3") => Self::Rejected,
            (Domain::Criminal, "4") => Self::Stopped,
            (Domain::Criminal, _) => return None,
            (_, "1") => Self::Won,
            (_, "2") => Self::Lost,
            (_, "3" | "6") => Self::Mediated,
            (_, "4") => Self::Withdrawn,
            (_, "5" | "9") => Self::Stopped,
            (_, "7") => Self::Settled,
            (_, "8") => Self::Arbitrated,
            _ => return None,
        })
    }
}

/// Results that tell of a lawsuit: 诉讼 in the dictionary `close_civil`.
const SUITS: [&str; 5] = ["1", "2", "3", "4", "5"];

/// A case, and what happened to it in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) id: Id<Aid>,
    /// 案号, or what it is called as long as it has none.
    pub(crate) number: String,
    pub(crate) town_name: String,
    pub(crate) matter: String,
    pub(crate) origin: Origin,
    pub(crate) settled: Settled,
    /// The lawsuit decides; before there is a result, the form of aid does.
    pub(crate) suit: bool,
    pub(crate) groups: Vec<Group>,
    pub(crate) people: i64,
    pub(crate) reason: String,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) recovered: i64,
    pub(crate) wages: i64,
    pub(crate) subsidy: i64,
    pub(crate) accepted: bool,
    pub(crate) refused: bool,
    pub(crate) closed: bool,
    pub(crate) open: bool,
    pub(crate) paid: bool,
    /// The day of what the period knows of it last.
    pub(crate) day: Day,
}

impl Case {
    /// Looks at a case from a period.
    pub(crate) fn of(row: CaseRow, period: Period) -> Self {
        let said = Particulars {
            domain: row.domain,
            form: row.aid_form,
            cause: row.cause,
            phase: row.phase,
            party: row.party,
            sent_by: row.sent_by,
            handler: row.handler,
        };
        let settled = said.settle(&row.matter, row.lawyer_kind);
        let accepted_on = accepted_on(&row);
        let refused_on = row.decided_at.filter(|_| row.decision == Some(Decision::Refuse)).map(Moment::day);
        let stopped_on = row.ended_at.filter(|_| row.ending == Some(Ending::Terminated)).map(Moment::day);
        let closed_on = stopped_on.or(row.closed_on.filter(|_| row.reviewed_at.is_some()));
        let paid_on = row.paid_at.map(Moment::day);
        let within = |day: Option<Day>| day.is_some_and(|day| period.contains(day));
        let closed = within(closed_on);
        let by_form = matches!(settled.form, AidForm::Suit | AidForm::Defence);
        let suit = if stopped_on.is_some() || row.result.is_empty() || settled.domain == Domain::Criminal {
            by_form
        } else {
            SUITS.contains(&row.result.as_str())
        };
        let outcome = match stopped_on {
            Some(_) => Some(Outcome::Stopped),
            None => Outcome::of(settled.domain, &row.result),
        };
        let groups = Group::ALL.iter().copied().filter(|group| belongs(&row, *group)).collect();
        let last = [accepted_on, refused_on, closed_on]
            .into_iter()
            .flatten()
            .filter(|day| *day <= period.last())
            .max();
        Self {
            id: row.id,
            number: row.official_number.unwrap_or_else(|| row.id.to_string()),
            town_name: row.town_name,
            origin: row.origin,
            settled,
            suit,
            groups,
            people: row.people,
            reason: row.refuse_reason,
            outcome: outcome.filter(|_| closed_on.is_some()),
            // A file that was given back leaves its sums; a case that was stopped after that recovered nothing.
            recovered: if stopped_on.is_some() { 0 } else { row.recovered },
            wages: if stopped_on.is_some() { 0 } else { row.wages },
            subsidy: row.subsidy,
            accepted: within(accepted_on),
            refused: within(refused_on),
            closed,
            open: accepted_on.is_some_and(|day| day <= period.last())
                && closed_on.is_none_or(|day| day > period.last()),
            paid: within(paid_on),
            day: last.unwrap_or(row.received_at.day()),
            matter: row.matter,
        }
    }

    /// Whether its applicant belongs to a group.
    pub(crate) fn is(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }

    /// What somebody must still say so that every form can place it.
    pub(crate) fn gap(&self) -> Option<&'static str> {
        if self.accepted
            && let Some(missing) = self.settled.missing(&self.matter, self.origin)
        {
            return Some(missing);
        }
        if !self.closed {
            return None;
        }
        let criminal = self.settled.domain == Domain::Criminal;
        if criminal && !matches!(self.settled.handler, Handler::Institution | Handler::Lawyer) {
            return Some("承办人员类别（表十的刑事案件只有法律援助机构人员和社会律师）");
        }
        self.outcome.is_none().then_some("结案结果")
    }
}

/// The day on which the ministry counts a case as accepted: granted, notified, requested.
fn accepted_on(row: &CaseRow) -> Option<Day> {
    match (row.origin, row.decision) {
        (Origin::Application, Some(Decision::Grant)) => row.decided_at.map(Moment::day),
        (Origin::Application, _) => None,
        (Origin::Notice | Origin::Request, _) if row.by_station => row.forwarded_at.map(Moment::day),
        (Origin::Notice | Origin::Request, _) => Some(row.received_at.day()),
    }
}

fn belongs(row: &CaseRow, group: Group) -> bool {
    let noted = row.groups.split(';').chain(row.classes.split(';'));
    noted.into_iter().any(|code| group.codes().contains(&code))
        || group.matters().contains(&row.matter.as_str())
}

/// Consultations about one matter, by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consultation {
    /// What the tally calls them.
    pub(crate) measure: String,
    /// Code of the dictionary `consult_topic`, or empty.
    pub(crate) matter: String,
    /// Its class of the quarterly form: Q18, Q28, Q38 or Q43.
    pub(crate) root: &'static str,
    /// By WeChat; else by telephone.
    pub(crate) network: bool,
    /// How many.
    pub(crate) quantity: i64,
}

/// The four classes of the quarterly form.
const ROOTS: [&str; 4] = ["Q18", "Q28", "Q38", "Q43"];
/// Where a consultation belongs that says no matter, or another one: civil.
const CIVIL: &str = "Q28";

/// The class of a matter whose heading is `parent`.
pub(crate) fn root(matter: &str, parent: &str) -> &'static str {
    ROOTS.into_iter().find(|root| *root == matter || *root == parent).unwrap_or(CIVIL)
}

store::record! {
    /// A station.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Station {
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) host_kind: String,
        pub(crate) staff: i64,
        pub(crate) town_name: String,
    }
}

store::record! {
    /// A complaint by an applicant.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Complaint {
        pub(crate) id: i64,
        pub(crate) case_id: Id<Aid>,
        pub(crate) written_at: Moment,
    }
}
