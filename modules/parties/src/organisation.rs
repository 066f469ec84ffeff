//! An organisation, once for all modules: enterprises, individual businesses, social and village organisations.

use kernel::{Id, Phone, Uscc};
use places::Unit;

/// An organisation; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Organisation {}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganisationKind {
    /// 企业.
    Enterprise,
    /// 个体工商户 (促进个体工商户发展条例 §2).
    IndividualBusiness,
    /// 社会组织.
    Social,
    /// 机关事业单位.
    Government,
    /// 村（社区）集体组织.
    VillageOrg,
    /// 商（协）会.
    Chamber,
    /// 其他.
    Other,
}
store::text_column!(OrganisationKind {
    Enterprise = "enterprise",
    IndividualBusiness = "individual_business",
    Social = "social",
    Government = "government",
    VillageOrg = "village_org",
    Chamber = "chamber",
    Other = "other",
});

impl OrganisationKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Enterprise => "企业",
            Self::IndividualBusiness => "个体工商户",
            Self::Social => "社会组织",
            Self::Government => "机关事业单位",
            Self::VillageOrg => "村（社区）集体组织",
            Self::Chamber => "商（协）会",
            Self::Other => "其他",
        }
    }
}

/// An organisation to be entered, or found if already known.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Full name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Unified social credit code.
    pub uscc: Option<Uscc>,
    /// Who to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Village or community where it sits.
    pub unit: Option<Id<Unit>>,
    /// Address.
    pub address: String,
    /// A code of the dictionary `industry`, or empty.
    pub industry: String,
    /// A remark.
    pub note: String,
}
