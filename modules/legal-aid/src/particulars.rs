//! What the ministry's forms ask of a case besides its course (统计要素): most of it follows from the matter, the origin and
//! the lawyer; what a person says goes before what follows. Nothing here decides anything about the case.

use crate::{application::is_criminal, case::Origin};

/// Matters of retrial and protest (法律援助法第三十三条): counted apart, whatever their domain.
const RETRIAL: &str = "M33";
/// Help by the lawyer on duty (第三十条) is no case and is counted nowhere among them.
const DUTY: &str = "M30";

/// Whether a matter is help by the lawyer on duty.
#[must_use]
pub fn is_duty(matter: &str) -> bool {
    matter == DUTY
}

/// Whether a matter is a retrial or a protest.
#[must_use]
pub fn is_retrial(matter: &str) -> bool {
    matter == RETRIAL
}

/// Which of the three forms of cases (法律援助统计报表五、六、七) a case belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// 刑事.
    Criminal,
    /// 民事.
    Civil,
    /// 行政.
    Admin,
}
store::text_column!(Domain { Criminal = "criminal", Civil = "civil", Admin = "admin" });

impl Domain {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Criminal => "刑事",
            Self::Civil => "民事",
            Self::Admin => "行政",
        }
    }

    /// Whether a case of this domain can end with a result of the dictionary `close_crim` or `close_civil`: the form of
    /// administrative cases knows no mediation in court (表七第25至29栏).
    #[must_use]
    pub fn takes(self, code: &str) -> bool {
        self != Self::Admin || code != "3"
    }
}

/// What is done for the recipient (法律援助法第二十二条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AidForm {
    /// 刑事辩护.
    Defence,
    /// 诉讼代理.
    Suit,
    /// 劳动争议调解与仲裁代理.
    Arbitration,
    /// 其他非诉讼代理.
    NonSuit,
    /// 公证援助.
    Notary,
    /// 司法鉴定援助.
    Forensic,
}
store::text_column!(AidForm {
    Defence = "defence",
    Suit = "suit",
    Arbitration = "arbitration",
    NonSuit = "nonsuit",
    Notary = "notary",
    Forensic = "forensic",
});

impl AidForm {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Defence => "刑事辩护",
            Self::Suit => "诉讼代理",
            Self::Arbitration => "劳动争议调解、仲裁代理",
            Self::NonSuit => "其他非诉讼代理",
            Self::Notary => "公证援助",
            Self::Forensic => "司法鉴定援助",
        }
    }
}

/// What a civil or administrative case is about, in the classes of 表六 and 表七.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// 请求社会保险待遇, but for work injuries.
    Insurance,
    /// 请求工伤保险待遇.
    InjuryInsurance,
    /// 婚姻家庭, but for maintenance.
    Family,
    /// 请求给付赡养费、扶养费、抚养费.
    Support,
    /// 请求支付劳动报酬.
    Wages,
    /// 工伤（请求工伤保险待遇之外）.
    Injury,
    /// 其他劳动纠纷.
    Labour,
    /// 交通事故.
    Traffic,
    /// 医疗事故.
    Medical,
    /// 产品质量纠纷.
    Product,
    /// 其他人身伤害赔偿.
    Harm,
    /// 见义勇为.
    Courage,
    /// 请求国家赔偿.
    Compensation,
    /// 请求给予最低社会保障待遇.
    Minimum,
    /// 请求发给抚恤金、救济金.
    Relief,
    /// 其他.
    Other,
}
store::text_column!(Cause {
    Insurance = "insurance",
    InjuryInsurance = "injury-insurance",
    Family = "family",
    Support = "support",
    Wages = "wages",
    Injury = "injury",
    Labour = "labour",
    Traffic = "traffic",
    Medical = "medical",
    Product = "product",
    Harm = "harm",
    Courage = "courage",
    Compensation = "compensation",
    Minimum = "minimum",
    Relief = "relief",
    Other = "other",
});

impl Cause {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Insurance => "请求社会保险待遇（工伤保险除外）",
            Self::InjuryInsurance => "请求工伤保险待遇",
            Self::Family => "婚姻家庭（赡养费、扶养费、抚养费除外）",
            Self::Support => "请求给付赡养费、扶养费、抚养费",
            Self::Wages => "请求支付劳动报酬",
            Self::Injury => "工伤（请求工伤保险待遇之外）",
            Self::Labour => "其他劳动纠纷",
            Self::Traffic => "交通事故",
            Self::Medical => "医疗事故",
            Self::Product => "产品质量纠纷",
            Self::Harm => "其他人身伤害赔偿",
            Self::Courage => "见义勇为",
            Self::Compensation => "请求国家赔偿",
            Self::Minimum => "请求给予最低社会保障待遇",
            Self::Relief => "请求发给抚恤金、救济金",
            Self::Other => "其他",
        }
    }

    /// What a matter is, unless somebody says it better.
    fn of(matter: &str) -> Self {
        match matter {
            "M31-1" | "M32-3" => Self::Compensation,
            "M31-2" => Self::Insurance,
            "M31-3" => Self::Relief,
            "M31-4" => Self::Support,
            "M31-5" => Self::Wages,
            "M31-7a" => Self::Injury,
            "M31-7b" => Self::Traffic,
            "M31-7c" => Self::Harm,
            "M31-7d" => Self::Medical,
            "M32-2" => Self::Courage,
            "M32-4" => Self::Family,
            _ => Self::Other,
        }
    }
}

/// How far criminal proceedings had come when aid was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// 侦查.
    Investigation,
    /// 审查起诉.
    Prosecution,
    /// 一审.
    First,
    /// 二审.
    Second,
    /// 审判的其他阶段, such as the review of a death sentence.
    Trial,
}
store::text_column!(Phase {
    Investigation = "investigation",
    Prosecution = "prosecution",
    First = "first",
    Second = "second",
    Trial = "trial",
});

impl Phase {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Investigation => "侦查",
            Self::Prosecution => "审查起诉",
            Self::First => "审判（一审）",
            Self::Second => "审判（二审）",
            Self::Trial => "审判（其他，如死刑复核、再审）",
        }
    }

    /// What some matters say by themselves: a court may notify (第二十五条第二款) or tries somebody who is absent, the
    /// review of a death sentence.
    fn of(matter: &str) -> Option<Self> {
        match matter {
            "M25-II" | "M25-6" => Some(Self::First),
            "M25-5" | RETRIAL => Some(Self::Trial),
            _ => None,
        }
    }
}

/// Who the recipient is in criminal proceedings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// 犯罪嫌疑人.
    Suspect,
    /// 被告人.
    Defendant,
    /// 被害人、附带民事诉讼原告人.
    Victim,
    /// 自诉人.
    Prosecutor,
}
store::text_column!(Party {
    Suspect = "suspect",
    Defendant = "defendant",
    Victim = "victim",
    Prosecutor = "prosecutor",
});

impl Party {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Suspect => "犯罪嫌疑人",
            Self::Defendant => "被告人",
            Self::Victim => "被害人（含附带民事诉讼原告人）",
            Self::Prosecutor => "自诉人",
        }
    }

    /// Before the trial one is a suspect, in it a defendant; who applies as the other side is a victim.
    fn of(matter: &str, phase: Option<Phase>) -> Option<Self> {
        if matter == "M29" {
            return Some(Self::Victim);
        }
        phase.map(|phase| match phase {
            Phase::Investigation | Phase::Prosecution => Self::Suspect,
            Phase::First | Phase::Second | Phase::Trial => Self::Defendant,
        })
    }
}

/// Who handed a criminal application on (法律援助法第三十九条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    /// 公安机关.
    Police,
    /// 人民检察院.
    Procuratorate,
    /// 人民法院.
    Court,
    /// 监狱 and others.
    Other,
    /// Nobody: they applied themselves.
    Direct,
}
store::text_column!(Sender {
    Police = "police",
    Procuratorate = "procuratorate",
    Court = "court",
    Other = "other",
    Direct = "direct",
});

impl Sender {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Police => "公安机关转交",
            Self::Procuratorate => "人民检察院转交",
            Self::Court => "人民法院转交",
            Self::Other => "其他转交（监狱等）",
            Self::Direct => "直接申请",
        }
    }
}

/// What kind of person handles a case (表十).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handler {
    /// 法律援助机构人员.
    Institution,
    /// 社会律师.
    Lawyer,
    /// 基层法律服务工作者.
    Worker,
    /// 社会组织人员.
    Organisation,
    /// 注册法律援助志愿者.
    Volunteer,
}
store::text_column!(Handler {
    Institution = "institution",
    Lawyer = "lawyer",
    Worker = "worker",
    Organisation = "organisation",
    Volunteer = "volunteer",
});

impl Handler {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Institution => "法律援助机构人员",
            Self::Lawyer => "社会律师",
            Self::Worker => "基层法律服务工作者",
            Self::Organisation => "社会组织人员",
            Self::Volunteer => "注册法律援助志愿者",
        }
    }

    /// What the register of lawyers says; a case without a lawyer is the institution's.
    fn of(kind: Option<counsel::LawyerKind>) -> Self {
        match kind {
            Some(counsel::LawyerKind::Lawyer) => Self::Lawyer,
            Some(counsel::LawyerKind::LegalWorker) => Self::Worker,
            None => Self::Institution,
        }
    }
}

/// What people said; what is `None` follows from the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Particulars {
    /// 案件类别.
    pub domain: Option<Domain>,
    /// 援助形式.
    pub form: Option<AidForm>,
    /// 事项细类.
    pub cause: Option<Cause>,
    /// 刑事诉讼阶段.
    pub phase: Option<Phase>,
    /// 受援人的诉讼地位.
    pub party: Option<Party>,
    /// 谁转交.
    pub sent_by: Option<Sender>,
    /// 承办人员类别.
    pub handler: Option<Handler>,
}

/// What holds for a case, said or followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// 案件类别.
    pub domain: Domain,
    /// 援助形式.
    pub form: AidForm,
    /// 事项细类; none for criminal cases and retrials.
    pub cause: Option<Cause>,
    /// 刑事诉讼阶段; none for other cases, and where nobody said it.
    pub phase: Option<Phase>,
    /// 受援人的诉讼地位; as above.
    pub party: Option<Party>,
    /// 谁转交.
    pub sent_by: Sender,
    /// 承办人员类别.
    pub handler: Handler,
}

impl Particulars {
    /// What holds for a case of that matter that somebody of that kind handles.
    #[must_use]
    pub fn settle(&self, matter: &str, lawyer: Option<counsel::LawyerKind>) -> Settled {
        let domain = domain(self.domain, matter);
        let criminal = domain == Domain::Criminal;
        let phase = self.phase.or_else(|| Phase::of(matter)).filter(|_| criminal);
        Settled {
            domain,
            form: self.form.unwrap_or_else(|| form_of(matter, domain)),
            cause: (!criminal && !is_retrial(matter))
                .then(|| self.cause.unwrap_or_else(|| Cause::of(matter))),
            phase,
            party: self.party.or_else(|| Party::of(matter, phase)).filter(|_| criminal),
            sent_by: self.sent_by.unwrap_or(Sender::Direct),
            handler: self.handler.unwrap_or_else(|| Handler::of(lawyer)),
        }
    }
}

/// What a case belongs to: what was said of it, unless its matter leaves no choice.
#[must_use]
pub(crate) fn domain(said: Option<Domain>, matter: &str) -> Domain {
    said.filter(|_| !is_criminal(matter)).unwrap_or_else(|| domain_of(matter))
}

impl Settled {
    /// What somebody must still say so that 表五 can place the case: the phase of a notified defence, who an applicant is.
    #[must_use]
    pub fn missing(&self, matter: &str, origin: Origin) -> Option<&'static str> {
        if self.domain != Domain::Criminal || matter == "M28" {
            return None;
        }
        match origin {
            Origin::Application if self.party.is_none() => Some("受援人的诉讼地位（或者刑事诉讼阶段）"),
            Origin::Notice | Origin::Request if self.phase.is_none() => Some("刑事诉讼阶段"),
            _ => None,
        }
    }
}

/// State compensation and pensions are asked of an authority; social insurance and assistance may be either and are civil
/// until somebody says otherwise.
fn domain_of(matter: &str) -> Domain {
    match matter {
        _ if is_criminal(matter) => Domain::Criminal,
        "M31-1" | "M31-3" | "M32-3" => Domain::Admin,
        _ => Domain::Civil,
    }
}

fn form_of(matter: &str, domain: Domain) -> AidForm {
    match matter {
        "M28" | "M29" => AidForm::Suit,
        "M31-5" | "M31-7a" if domain == Domain::Civil => AidForm::Arbitration,
        _ if domain == Domain::Criminal => AidForm::Defence,
        _ => AidForm::Suit,
    }
}

/// The groups that sex and age say on a day: 妇女, 老年人 (60 and older), 未成年人 (younger than 18). They are noted when a case is
/// taken, so that figures stay when the person's record is corrected, restricted or purged.
#[must_use]
pub(crate) fn classes_on(sex: &str, birth: Option<kernel::Day>, day: kernel::Day) -> Vec<&'static str> {
    let mut classes = Vec::new();
    if sex == "女" {
        classes.push("G-WOM");
    }
    if let Some(birth) = birth {
        if day >= birth.add_months(60 * 12) {
            classes.push("G-OLD");
        } else if day < birth.add_months(18 * 12) {
            classes.push("G-MIN");
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Day;

    #[test]
    fn what_a_matter_says_is_not_asked() {
        let none = Particulars::default();
        let wages = none.settle("M31-5", Some(counsel::LawyerKind::LegalWorker));
        assert_eq!(
            (wages.domain, wages.form, wages.cause),
            (Domain::Civil, AidForm::Arbitration, Some(Cause::Wages))
        );
        assert_eq!(wages.handler, Handler::Worker);
        assert_eq!(none.settle("M31-1", None).domain, Domain::Admin);
        let court = none.settle("M25-II", None);
        assert_eq!((court.phase, court.party), (Some(Phase::First), Some(Party::Defendant)));
        assert_eq!(court.missing("M25-II", Origin::Request), None);
        assert_eq!(none.settle("M25-1", None).missing("M25-1", Origin::Notice), Some("刑事诉讼阶段"));
        assert!(none.settle("M24", None).missing("M24", Origin::Application).is_some());
        assert_eq!(none.settle("M33", None).cause, None, "a retrial is counted apart");
    }

    #[test]
    fn what_somebody_said_goes_before_what_follows() {
        let said = Particulars {
            domain: Some(Domain::Admin),
            cause: Some(Cause::InjuryInsurance),
            ..Particulars::default()
        };
        let settled = said.settle("M31-7a", None);
        assert_eq!(
            (settled.domain, settled.form, settled.cause),
            (Domain::Admin, AidForm::Suit, Some(Cause::InjuryInsurance))
        );
        let said = Particulars { phase: Some(Phase::Prosecution), ..Particulars::default() };
        assert_eq!(said.settle("M24", None).party, Some(Party::Suspect));
        assert_eq!(said.settle("M31-5", None).phase, None, "a civil case has no such phase");
        assert!(!Domain::Admin.takes("3") && Domain::Civil.takes("3"));
    }

    #[test]
    fn ages_turn_on_the_birthday() -> Result<(), kernel::Refusal> {
        let day = |text: &str| Day::parse(text);
        let old = Some(day("1962-03-01")?);
        assert_eq!(classes_on("女", old, day("2022-03-01")?), ["G-WOM", "G-OLD"]);
        assert_eq!(classes_on("男", old, day("2022-02-28")?), [""; 0]);
        assert_eq!(classes_on("", Some(day("2004-03-01")?), day("2022-02-28")?), ["G-MIN"]);
        assert_eq!(classes_on("", Some(day("2004-03-01")?), day("2022-03-01")?), [""; 0]);
        Ok(())
    }
}
