//! Who acts: roles, permissions, and how far an account reaches.

/// The roles of a district's public legal service. Permissions name the roles that hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// 局领导: sees everything, changes nothing.
    Leader,
    /// 业务主管: runs the service for the whole district.
    Manager,
    /// 司法所工作人员: own towns only.
    TownOfficer,
    /// 中心窗口人员: reception and hotline.
    Clerk,
    /// 村（社区）法律顾问: own villages only.
    Adviser,
    /// 律所管理员: own firm's lawyers only.
    Firm,
    /// 村（社区）联系人: own village only.
    VillageContact,
    /// 系统管理员: accounts and settings, no business data.
    SystemAdmin,
    /// 安全管理员: roles, sessions, lock-outs.
    SecurityAdmin,
    /// 审计管理员: reads the audit trail.
    AuditAdmin,
}

impl Role {
    /// All roles, in the order of the matrix.
    pub const ALL: [Role; 10] = [
        Role::Leader,
        Role::Manager,
        Role::TownOfficer,
        Role::Clerk,
        Role::Adviser,
        Role::Firm,
        Role::VillageContact,
        Role::SystemAdmin,
        Role::SecurityAdmin,
        Role::AuditAdmin,
    ];

    /// The name in the database and in the matrix.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Role::Leader => "leader",
            Role::Manager => "manager",
            Role::TownOfficer => "town_officer",
            Role::Clerk => "clerk",
            Role::Adviser => "adviser",
            Role::Firm => "firm",
            Role::VillageContact => "village_contact",
            Role::SystemAdmin => "system_admin",
            Role::SecurityAdmin => "security_admin",
            Role::AuditAdmin => "audit_admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.key() == key)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Role::Leader => "局领导",
            Role::Manager => "业务主管",
            Role::TownOfficer => "司法所工作人员",
            Role::Clerk => "窗口人员",
            Role::Adviser => "村（社区）法律顾问",
            Role::Firm => "律所管理员",
            Role::VillageContact => "村（社区）联系人",
            Role::SystemAdmin => "系统管理员",
            Role::SecurityAdmin => "安全管理员",
            Role::AuditAdmin => "审计管理员",
        }
    }
}

/// Something that may be done, and the roles that may do it. Declared as constants by the module that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Stable name: `advisers.service.write`.
    pub key: &'static str,
    /// The words in the matrix on screen.
    pub label: &'static str,
    /// Who holds it.
    pub roles: &'static [Role],
}

impl Permission {
    /// Declares a permission.
    #[must_use]
    pub const fn new(key: &'static str, label: &'static str, roles: &'static [Role]) -> Self {
        Self { key, label, roles }
    }
}

/// The logged-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Account id.
    pub id: i64,
    /// Name on screen.
    pub name: String,
    /// Roles held.
    pub roles: Vec<Role>,
    /// Towns a town officer is responsible for.
    pub towns: Vec<i64>,
    /// The lawyer, firm or village that the account stands for.
    pub subject: Option<i64>,
    /// Digest of the session, to which form tokens are bound.
    pub session: String,
}

/// How far an account reaches; lists turn it into a condition of their statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The whole district.
    Region,
    /// These towns.
    Towns(Vec<i64>),
    /// One lawyer's own.
    Lawyer(i64),
    /// One firm's own.
    Firm(i64),
    /// One village's own.
    Unit(i64),
    /// Nothing at all.
    Nothing,
}

impl Actor {
    /// Whether one of the roles holds the permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| permission.roles.contains(role))
    }

    /// How far the account reaches: the widest of its roles.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let has = |role| self.roles.contains(&role);
        if has(Role::Leader) || has(Role::Manager) || has(Role::Clerk) {
            return Reach::Region;
        }
        if has(Role::TownOfficer) {
            return Reach::Towns(self.towns.clone());
        }
        match self.subject {
            Some(lawyer) if has(Role::Adviser) => Reach::Lawyer(lawyer),
            Some(firm) if has(Role::Firm) => Reach::Firm(firm),
            Some(unit) if has(Role::VillageContact) => Reach::Unit(unit),
            _ => Reach::Nothing,
        }
    }

    /// The roles' names for the header.
    #[must_use]
    pub fn role_labels(&self) -> String {
        self.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join("、")
    }
}
