//! Statements over samples and assessments.

use crate::{
    case::Case,
    particulars::{Domain, domain},
    quality::{Assessment, Batch, sheet},
};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use store::{Db, Filter, Tx, params};

/// The field under which the experts' words are sealed.
pub(crate) const WORDS: &str = "legal_aid_assessment_entry.words";

store::record! {
    /// A sample with how far it has come.
    #[derive(Debug, Clone)]
    pub(crate) struct BatchRow {
        pub(crate) id: Id<Batch>,
        pub(crate) title: String,
        pub(crate) from_on: Day,
        pub(crate) to_on: Day,
        pub(crate) share: i64,
        pub(crate) of_all: i64,
        pub(crate) seed: String,
        pub(crate) drawn_at: Moment,
        pub(crate) drawn_name: String,
        pub(crate) cases: i64,
        pub(crate) assessed: i64,
    }
}

const BATCH: &str = "b.id, b.title, b.from_on, b.to_on, b.share, b.of_all, b.seed, b.drawn_at, b.drawn_name,
    (select count(*) from legal_aid_assessment_entry a where a.batch_id = b.id) as cases,
    (select count(*) from legal_aid_assessment_entry a where a.batch_id = b.id and a.total is not null) as assessed";

/// The samples, the newest first.
pub(crate) async fn batches(tx: &mut Tx) -> Result<Vec<BatchRow>, Fault> {
    let filter = Filter::new("legal_aid_batch_entry b", "b.region_id", tx.region()?);
    filter.rows(tx, BATCH, "b.drawn_at desc, b.id desc", 200).await
}

/// One sample.
pub(crate) async fn batch(tx: &mut Tx, id: Id<Batch>) -> Result<Option<BatchRow>, Fault> {
    let filter = Filter::new("legal_aid_batch_entry b", "b.region_id", tx.region()?).and("b.id = ?", id);
    Ok(filter.rows(tx, BATCH, "b.id", 1).await?.pop())
}

/// Cases archived in a span of days that no sample holds yet, with the firm that handled them.
pub(crate) async fn archived(
    tx: &mut Tx,
    from: Moment,
    to: Moment,
) -> Result<Vec<(Id<Case>, Option<Id<Lawyer>>, Option<i64>)>, Fault> {
    tx.all(
        "select c.id, c.lawyer_id, l.firm_id from legal_aid_case_entry c left join counsel_lawyer l on l.id = c.lawyer_id
         where c.region_id = $1 and c.stage = 'archived' and c.archived_at >= $2 and c.archived_at <= $3
             and not exists (select 1 from legal_aid_assessment_entry a where a.case_id = c.id)
         order by c.id",
        params![tx.region()?, from, to],
    )
    .await
}

/// Who can assess: lawyers in practice without a sanction, the excellent first, with their firms.
pub(crate) async fn experts(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, i64, String)>, Fault> {
    tx.all(
        "select id, firm_id, name || '（' || firm_name || '）' from counsel_lawyer
         where region_id = $1 and state = 'active' and discipline = ''
         order by case when assessment = '优秀' then 0 else 1 end, id limit 200",
        params![tx.region()?],
    )
    .await
}

/// What is written down about a new sample.
pub(crate) struct NewBatch<'a> {
    pub(crate) title: &'a str,
    pub(crate) days: (Day, Day),
    pub(crate) share: i64,
    pub(crate) of_all: usize,
    pub(crate) seed: &'a str,
    pub(crate) by: &'a str,
}

/// Writes a sample.
pub(crate) async fn insert(tx: &mut Tx, new: &NewBatch<'_>, now: Moment) -> Result<Id<Batch>, Fault> {
    let id: Id<Batch> = tx.new_id()?;
    let of_all = i64::try_from(new.of_all).unwrap_or(i64::MAX);
    tx.execute(
        "insert into legal_aid_batch_entry (id, region_id, title, from_on, to_on, share, of_all, seed, drawn_at, drawn_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, tx.region()?, new.title, new.days.0, new.days.1, new.share, of_all, new.seed, now, new.by],
    )
    .await?;
    Ok(id)
}

/// Puts a case into a sample, for an expert.
pub(crate) async fn add(
    tx: &mut Tx,
    batch: Id<Batch>,
    case: Id<Case>,
    expert: Id<Lawyer>,
) -> Result<(), Fault> {
    let id: Id<Assessment> = tx.new_id()?;
    let nothing = tx.db().keys().seal(WORDS, "")?;
    tx.execute(
        "insert into legal_aid_assessment_entry
             (id, region_id, batch_id, case_id, expert_id, points, total, words_sealed, assessed_at, assessed_name, version)
         values ($1, $2, $3, $4, $5, '', null, $6, null, '', 1)",
        params![id, tx.region()?, batch, case, expert, nothing],
    )
    .await?;
    Ok(())
}

store::record! {
    /// An assessment with its case and its people.
    #[derive(Debug, Clone)]
    pub(crate) struct AssessmentRow {
        pub(crate) id: Id<Assessment>,
        pub(crate) batch_id: Id<Batch>,
        pub(crate) case_id: Id<Case>,
        pub(crate) official_number: Option<String>,
        pub(crate) matter: String,
        pub(crate) domain: Option<Domain>,
        pub(crate) handler_name: Option<String>,
        pub(crate) handler_firm: Option<i64>,
        pub(crate) expert_id: Id<Lawyer>,
        pub(crate) expert_name: String,
        pub(crate) points: String,
        pub(crate) total: Option<i64>,
        pub(crate) words_sealed: String,
        pub(crate) assessed_name: String,
        pub(crate) version: i64,
    }
}

const FROM: &str = "legal_aid_assessment_entry a join legal_aid_case_entry c on c.id = a.case_id
    join counsel_lawyer x on x.id = a.expert_id left join counsel_lawyer l on l.id = c.lawyer_id";
const ROW: &str = "a.id, a.batch_id, a.case_id, c.official_number, c.matter, c.domain, l.name as handler_name, l.firm_id as handler_firm, a.expert_id,
    x.name || '（' || x.firm_name || '）' as expert_name, a.points, a.total, a.words_sealed, a.assessed_name, a.version";

impl AssessmentRow {
    /// The expert's words, opened.
    pub(crate) fn words(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(WORDS, &self.words_sealed)
    }

    /// The parts of its sheet with their points.
    pub(crate) fn sheet(&self) -> Vec<(&'static str, i64)> {
        sheet(domain(self.domain, &self.matter) == Domain::Criminal)
    }

    /// The points of the parts, in the order of the sheet; empty while it is not assessed.
    pub(crate) fn parts(&self) -> Vec<i64> {
        self.points.split(';').filter_map(|points| points.parse().ok()).collect()
    }
}

/// The cases of a sample: those still to be assessed first.
pub(crate) async fn of_batch(tx: &mut Tx, batch: Id<Batch>) -> Result<Vec<AssessmentRow>, Fault> {
    let filter = Filter::new(FROM, "a.region_id", tx.region()?).and("a.batch_id = ?", batch);
    filter.rows(tx, ROW, "case when a.total is null then 0 else 1 end, a.id", 5000).await
}

/// One assessment.
pub(crate) async fn assessment(tx: &mut Tx, id: Id<Assessment>) -> Result<Option<AssessmentRow>, Fault> {
    let filter = Filter::new(FROM, "a.region_id", tx.region()?).and("a.id = ?", id);
    Ok(filter.rows(tx, ROW, "a.id", 1).await?.pop())
}

/// Writes what an expert found, if nobody did meanwhile; an assessment stands once it is made.
pub(crate) async fn assess(
    tx: &mut Tx,
    row: &AssessmentRow,
    expert: Id<Lawyer>,
    points: &[i64],
    words: &str,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let words = tx.db().keys().seal(WORDS, words)?;
    let told: Vec<String> = points.iter().map(ToString::to_string).collect();
    let total: i64 = points.iter().sum();
    let changed = tx
        .execute(
            "update legal_aid_assessment_entry set expert_id = $4, points = $5, total = $6, words_sealed = $7, assessed_at = $8,
                 assessed_name = $9, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and total is null",
            params![tx.region()?, row.id, row.version, expert, told.join(";"), total, words, now, by],
        )
        .await?;
    Ok(changed == 1)
}
