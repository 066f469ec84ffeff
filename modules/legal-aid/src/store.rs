//! All SQL of legal aid cases.

pub(crate) mod campaigns;
pub(crate) mod codes;
pub(crate) mod conflicts;
pub(crate) mod cooperations;
pub(crate) mod engagements;
pub(crate) mod events;
pub(crate) mod follow_ups;
pub(crate) mod handlers;
pub(crate) mod helps;
pub(crate) mod letters;
pub(crate) mod numbers;
pub(crate) mod overview;
pub(crate) mod photos;
pub(crate) mod quality;
pub(crate) mod rules;
pub(crate) mod sealed;
pub(crate) mod subsidies;
pub(crate) mod tickets;
pub(crate) mod turns;
pub(crate) mod work_list;

use crate::{
    application::{Application, Hardship, Said},
    case::{Case, Decision, Ending, Facts, Origin, Stage},
    clock::{Clock, next_due},
    particulars::{AidForm, Cause, Domain, Handler, Particulars, Party, Phase, Sender, Settled},
};
use counsel::{Lawyer, LawyerKind, name_key};
use kernel::{Day, Fault, Id, Moment};
use parties::Person;
use places::{Town, Unit};
use stations::Station;
use store::{Filter, Tx, params};
use web::Reach;

/// The field under which the applicant's own words are sealed.
pub(crate) const STORY: &str = "legal_aid_case_entry.story";
/// The field under which the words of an act are sealed.
pub(crate) const WORDS: &str = "legal_aid_event_entry.words";
store::record! {
    /// A case as lists show it.
    #[derive(Debug, Clone)]
    pub struct CaseRow {
        /// Id.
        pub id: Id<Case>,
        /// 案号, once there is one.
        pub official_number: Option<String>,
        /// The applicant's name.
        pub applicant: String,
        /// Code of the matter.
        pub matter: String,
        /// The town's name.
        pub town_name: String,
        /// Whether the green channel applies.
        pub green: bool,
        /// Where it stands.
        pub stage: Stage,
        /// When it was received.
        pub received_at: Moment,
        /// The lawyer's name, if one has it.
        pub lawyer_name: Option<String>,
        /// The rule of the clock that ends first, or empty.
        pub due_rule: String,
        /// For the order of the list.
        pub urgency: i64,
        /// Whether the formalities of aid in advance are still open.
        pub formalities: bool,
    }
}

impl CaseRow {
    /// The strict end of the clock that ends first.
    #[must_use]
    pub fn due(&self) -> Option<Moment> {
        (!self.due_rule.is_empty())
            .then(|| Moment::from_micros(self.urgency + if self.green { GREEN } else { 0 }))
    }
}

store::record! {
    /// Everything about a case.
    #[derive(Debug, Clone)]
    pub struct Entry {
        /// Id.
        pub id: Id<Case>,
        pub(crate) town_id: Id<Town>,
        pub(crate) town_name: String,
        pub(crate) unit_id: Option<Id<Unit>>,
        pub(crate) station_id: Option<Id<Station>>,
        pub(crate) station_name: Option<String>,
        /// Who asked.
        pub applicant_id: Id<Person>,
        pub(crate) agent_name: String,
        pub(crate) agent_relation: String,
        pub(crate) opponent: String,
        /// Code of the matter.
        pub matter: String,
        pub(crate) channel: String,
        pub(crate) story_sealed: String,
        pub(crate) groups: String,
        pub(crate) green: bool,
        pub(crate) hardship: Hardship,
        pub(crate) people: i64,
        pub(crate) papers: String,
        pub(crate) origin: Origin,
        pub(crate) by_station: bool,
        pub(crate) received_at: Moment,
        pub(crate) forwarded_at: Option<Moment>,
        pub(crate) notified_at: Option<Moment>,
        pub(crate) supplemented_at: Option<Moment>,
        pub(crate) proposed_at: Option<Moment>,
        pub(crate) proposal: Option<Decision>,
        pub(crate) decided_at: Option<Moment>,
        pub(crate) decision: Option<Decision>,
        pub(crate) refuse_reason: String,
        /// 案号.
        pub official_number: Option<String>,
        pub(crate) reopened_at: Option<Moment>,
        pub(crate) advanced_at: Option<Moment>,
        pub(crate) lawyer_id: Option<Id<Lawyer>>,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) offered_at: Option<Moment>,
        pub(crate) accepted_at: Option<Moment>,
        pub(crate) met_on: Option<Day>,
        pub(crate) agreed_on: Option<Day>,
        pub(crate) closed_on: Option<Day>,
        pub(crate) filed_at: Option<Moment>,
        pub(crate) result: String,
        pub(crate) recovered: i64,
        pub(crate) reviewed_at: Option<Moment>,
        pub(crate) subsidy: i64,
        pub(crate) priced_at: Option<Moment>,
        pub(crate) paid_at: Option<Moment>,
        pub(crate) archived_at: Option<Moment>,
        pub(crate) ended_at: Option<Moment>,
        pub(crate) ending: Option<Ending>,
        pub(crate) end_reason: String,
        /// Where it stands, as lists have it.
        pub stage: Stage,
        pub(crate) urgency: i64,
        pub(crate) due_rule: String,
        pub(crate) lawyer_kind: Option<LawyerKind>,
        pub(crate) domain: Option<Domain>,
        pub(crate) aid_form: Option<AidForm>,
        pub(crate) cause: Option<Cause>,
        pub(crate) phase: Option<Phase>,
        pub(crate) party: Option<Party>,
        pub(crate) sent_by: Option<Sender>,
        pub(crate) handler: Option<Handler>,
        pub(crate) wages: i64,
        pub(crate) version: i64,
    }
}

impl Entry {
    /// The dated facts.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts {
            origin: self.origin,
            received_at: self.received_at,
            by_station: self.by_station,
            forwarded_at: self.forwarded_at,
            notified_at: self.notified_at,
            supplemented_at: self.supplemented_at,
            proposed: self.proposed_at.zip(self.proposal),
            decided: self.decided_at.zip(self.decision),
            reopened_at: self.reopened_at,
            advanced_at: self.advanced_at,
            offered_at: self.offered_at,
            accepted_at: self.accepted_at,
            met_on: self.met_on,
            agreed_on: self.agreed_on,
            closed_on: self.closed_on,
            filed_at: self.filed_at,
            reviewed_at: self.reviewed_at,
            priced_at: self.priced_at,
            paid_at: self.paid_at,
            archived_at: self.archived_at,
            ended: self.ended_at.zip(self.ending),
        }
    }

    /// Whether violence at home is the matter, or officers noted it: nothing may be sent that somebody else could read.
    #[must_use]
    pub(crate) fn is_of_violence(&self) -> bool {
        self.matter == "M32-4" || self.groups.split(';').any(|group| group == "G-DV")
    }

    /// Who handles it, if somebody does.
    #[must_use]
    pub fn lawyer_name(&self) -> Option<&str> {
        self.lawyer_name.as_deref()
    }

    /// What people said of it for the ministry's forms.
    #[must_use]
    pub fn particulars(&self) -> Particulars {
        Particulars {
            domain: self.domain,
            form: self.aid_form,
            cause: self.cause,
            phase: self.phase,
            party: self.party,
            sent_by: self.sent_by,
            handler: self.handler,
        }
    }

    /// What holds of it for the ministry's forms.
    #[must_use]
    pub fn settled(&self) -> Settled {
        self.particulars().settle(&self.matter, self.lawyer_kind)
    }

    /// The applicant's own words, opened.
    pub(crate) fn story(&self, db: &store::Db) -> Result<String, Fault> {
        db.keys().open(STORY, &self.story_sealed)
    }

    /// The place its figures belong to: the village where the applicant lives, else the town.
    #[must_use]
    pub(crate) fn place(&self) -> i64 {
        self.unit_id.map_or(self.town_id.raw(), Id::raw)
    }
}

/// What moves cases of the green channel to the front of every list: more than any span of time that occurs.
pub(crate) const GREEN: i64 = 100_000_000_000_000_000;
/// Where cases that are over come in lists, the newest first.
const OVER: i64 = 4_000_000_000_000_000_000;
/// Where cases come whose clocks all stand still.
const WAITING: i64 = 3_000_000_000_000_000_000;

/// What is below is open, what is above is over.
const FIRST_OVER: i64 = (OVER + WAITING) / 2;

/// The place in lists, and the rule that decides it.
#[must_use]
pub(crate) fn urgency(facts: &Facts, green: bool, clocks: &[Clock]) -> (i64, &'static str) {
    if facts.stage().is_over() {
        let last = facts.ended.map(|(at, _)| at).or(facts.archived_at).or(facts.decided.map(|(at, _)| at));
        return (OVER - last.unwrap_or(facts.received_at).micros(), "");
    }
    match next_due(clocks) {
        Some(clock) => (clock.due.strict.micros() - if green { GREEN } else { 0 }, clock.rule.id),
        None => (WAITING + facts.received_at.micros() - if green { GREEN } else { 0 }, ""),
    }
}

const ENTRY_FROM: &str = "legal_aid_case_entry c join places_town t on t.id = c.town_id
    left join counsel_lawyer_name l on l.id = c.lawyer_id";
const ENTRY: &str = "c.id, c.town_id, t.name as town_name, c.unit_id, c.station_id,
    (select s.name from stations_station s where s.id = c.station_id) as station_name, c.applicant_id, c.agent_name,
    c.agent_relation, c.opponent, c.matter, c.channel, c.story_sealed, c.groups, c.green, c.hardship, c.people, c.papers, c.origin,
    c.by_station, c.received_at, c.forwarded_at, c.notified_at, c.supplemented_at, c.proposed_at, c.proposal, c.decided_at, c.decision,
    c.refuse_reason, c.official_number, c.reopened_at, c.advanced_at, c.lawyer_id, l.name as lawyer_name, c.offered_at, c.accepted_at, c.met_on,
    c.agreed_on, c.closed_on, c.filed_at, c.result, c.recovered, c.reviewed_at, c.subsidy, c.priced_at, c.paid_at, c.archived_at, c.ended_at,
    c.ending, c.end_reason, c.stage, c.urgency, c.due_rule, l.kind as lawyer_kind, c.domain, c.aid_form, c.cause, c.phase, c.party,
    c.sent_by, c.handler, c.wages, c.version";

/// Adds the condition that keeps an account within its reach.
pub(crate) fn within(filter: Filter, reach: &Reach) -> Filter {
    match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("c.town_id", towns),
        Reach::Lawyer(lawyer) => filter.and("c.lawyer_id = ?", *lawyer),
        Reach::Firm(firm) => filter.and(
            "c.lawyer_id in (select id from counsel_lawyer_name where region_id = $1 and firm_id = ?)",
            *firm,
        ),
        Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    }
}

/// One case, if the account reaches it.
pub(crate) async fn entry(tx: &mut Tx, reach: &Reach, id: Id<Case>) -> Result<Option<Entry>, Fault> {
    let filter = within(Filter::new(ENTRY_FROM, "c.region_id", tx.region()?), reach).and("c.id = ?", id);
    Ok(filter.rows(tx, ENTRY, "c.id", 1).await?.pop())
}

/// Cases of a person, the newest first.
pub(crate) async fn of_person(tx: &mut Tx, person: Id<Person>) -> Result<Vec<Entry>, Fault> {
    let filter = Filter::new(ENTRY_FROM, "c.region_id", tx.region()?).and(
        "c.applicant_id in (select cast(? as bigint) union all select id from parties_person where region_id = $1 and merged_into = ?)",
        person,
    );
    filter.rows(tx, ENTRY, "c.id desc", 100).await
}

/// A page of all cases by id, or of those that are not over, for checks.
pub(crate) async fn some(tx: &mut Tx, open: bool, after: i64, limit: i64) -> Result<Vec<Entry>, Fault> {
    let region = tx.region()?;
    let filter = match open {
        true => Filter::new(ENTRY_FROM, "c.region_id", region).and("c.urgency < ?", FIRST_OVER),
        // By their ids: an index that begins with the region would be sorted for every page.
        false => Filter::new(ENTRY_FROM, "+c.region_id", region),
    };
    filter.and("c.id > ?", after).rows(tx, ENTRY, "c.id", limit).await
}

/// Writes a new case.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: Id<Case>,
    new: &Application,
    facts: &Facts,
    (urgency, rule): (i64, &str),
    classes: &[&str],
    entered_by: Option<i64>,
) -> Result<(), Fault> {
    let said = &new.said;
    let story = tx.db().keys().seal(STORY, &said.story)?;
    tx.execute(
        "insert into legal_aid_case_entry
             (id, region_id, town_id, unit_id, station_id, applicant_id, agent_name, agent_relation, opponent, matter, channel, story_sealed,
              groups, green, hardship, people, papers, origin, by_station, received_at, refuse_reason, result, recovered, subsidy, end_reason,
              stage, urgency, due_rule, entered_at, entered_by, classes, opponent_key, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, '', '', 0, 0, '', $21, $22, $23,
                 $24, $25, $26, $27, 1)",
        params![
            id, tx.region()?, new.town, new.unit, new.station, new.applicant, said.agent_name, said.agent_relation, said.opponent, said.matter,
            new.channel, story, said.groups.join(";"), said.green, said.hardship, said.people, said.papers.join("\n"), facts.origin,
            facts.by_station, facts.received_at, facts.stage(), urgency, rule, tx.db().wall().now(), entered_by,
            classes.join(";"), name_key(&said.opponent)
        ],
    )
    .await.map(|_| ())
}

/// What an act adds to the row besides its dated facts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Besides {
    pub(crate) refuse_reason: Option<String>,
    pub(crate) end_reason: Option<String>,
    pub(crate) official_number: Option<String>,
    pub(crate) lawyer: Option<Option<Id<Lawyer>>>,
    pub(crate) result: Option<String>,
    pub(crate) recovered: Option<i64>,
    pub(crate) wages: Option<i64>,
    pub(crate) subsidy: Option<i64>,
}

impl Besides {
    /// What both add, one after the other.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            refuse_reason: next.refuse_reason.or(self.refuse_reason),
            end_reason: next.end_reason.or(self.end_reason),
            official_number: next.official_number.or(self.official_number),
            lawyer: next.lawyer.or(self.lawyer),
            result: next.result.or(self.result),
            recovered: next.recovered.or(self.recovered),
            subsidy: next.subsidy.or(self.subsidy),
            wages: next.wages.or(self.wages),
        }
    }
}

/// Writes the facts of a case with what follows from them, if the version is still the one that was read.
pub(crate) async fn save(
    tx: &mut Tx,
    entry: &Entry,
    facts: &Facts,
    besides: &Besides,
    (urgency, rule): (i64, &str),
) -> Result<bool, Fault> {
    let lawyer = besides.lawyer.unwrap_or(entry.lawyer_id);
    let (proposed, decided, ended) = (facts.proposed, facts.decided, facts.ended);
    let changed = tx
        .execute(
            "update legal_aid_case_entry set forwarded_at = $4, notified_at = $5, supplemented_at = $6, proposed_at = $7, proposal = $8,
                 decided_at = $9, decision = $10, refuse_reason = $11, official_number = $12, advanced_at = $13, lawyer_id = $14,
                 offered_at = $15, accepted_at = $16, met_on = $17, agreed_on = $18, closed_on = $19, filed_at = $20, result = $21,
                 recovered = $22, reviewed_at = $23, subsidy = $24, paid_at = $25, archived_at = $26, ended_at = $27, ending = $28,
                 end_reason = $29, stage = $30, urgency = $31, due_rule = $32, reopened_at = $33, priced_at = $34, wages = $35,
                 version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, entry.id, entry.version, facts.forwarded_at, facts.notified_at, facts.supplemented_at,
                proposed.map(|(at, _)| at), proposed.map(|(_, what)| what), decided.map(|(at, _)| at), decided.map(|(_, what)| what),
                besides.refuse_reason.as_ref().unwrap_or(&entry.refuse_reason),
                besides.official_number.clone().or_else(|| entry.official_number.clone()), facts.advanced_at, lawyer,
                facts.offered_at, facts.accepted_at, facts.met_on, facts.agreed_on, facts.closed_on, facts.filed_at,
                besides.result.as_ref().unwrap_or(&entry.result), besides.recovered.unwrap_or(entry.recovered), facts.reviewed_at,
                besides.subsidy.unwrap_or(entry.subsidy), facts.paid_at, facts.archived_at, ended.map(|(at, _)| at),
                ended.map(|(_, how)| how), besides.end_reason.as_ref().unwrap_or(&entry.end_reason), facts.stage(), urgency, rule, facts.reopened_at, facts.priced_at,
                besides.wages.unwrap_or(entry.wages)
            ],
        )
        .await?;
    if changed == 1
        && entry.official_number.is_none()
        && let Some(number) = &besides.official_number
    {
        numbers::put_parts(tx, entry.id, number).await?;
    }
    Ok(changed == 1)
}

/// Writes what the application says, if the version is still the one that was read.
pub(crate) async fn rewrite(tx: &mut Tx, entry: &Entry, version: i64, said: &Said) -> Result<bool, Fault> {
    let story = tx.db().keys().seal(STORY, &said.story)?;
    let changed = tx
        .execute(
            "update legal_aid_case_entry set agent_name = $4, agent_relation = $5, opponent = $6, matter = $7, story_sealed = $8, groups = $9,
                 green = $10, hardship = $11, people = $12, papers = $13, opponent_key = $14, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, entry.id, version, said.agent_name, said.agent_relation, said.opponent, said.matter, story,
                said.groups.join(";"), said.green, said.hardship, said.people, said.papers.join("\n"), name_key(&said.opponent)
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what the ministry's forms ask of a case, if the version is still the one that was read.
pub(crate) async fn specify(
    tx: &mut Tx,
    entry: &Entry,
    said: &Particulars,
    wages: i64,
) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_case_entry set domain = $4, aid_form = $5, cause = $6, phase = $7, party = $8, sent_by = $9, handler = $10,
                 wages = $11, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, entry.id, entry.version, said.domain, said.form, said.cause, said.phase, said.party, said.sent_by,
                said.handler, wages
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Sets the place in lists after the green channel was switched, the version aside.
pub(crate) async fn reorder(tx: &mut Tx, id: Id<Case>, (urgency, rule): (i64, &str)) -> Result<(), Fault> {
    tx.execute(
        "update legal_aid_case_entry set urgency = $3, due_rule = $4 where region_id = $1 and id = $2",
        params![tx.region()?, id, urgency, rule],
    )
    .await?;
    Ok(())
}
