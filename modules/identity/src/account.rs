//! An account: what it may be called, which roles and scope fit together, and who may decide about whom.

use kernel::Id;
use web::{Actor, Role};

/// An account; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// In use.
    Active,
    /// Kept for the record, opens nothing.
    Deactivated,
}
store::text_column!(AccountState { Active = "active", Deactivated = "deactivated" });

impl AccountState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "正常",
            Self::Deactivated => "已停用",
        }
    }
}

/// How far the second factor of an account has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpState {
    /// Not switched on.
    None,
    /// A secret was shown, no code has confirmed it yet.
    Pending,
    /// Asked for at every log-in.
    On,
}
store::text_column!(TotpState { None = "none", Pending = "pending", On = "on" });

/// The roles as the database holds them: keys with `;` between.
#[must_use]
pub(crate) fn roles_text(roles: &[Role]) -> String {
    Role::ALL.iter().filter(|role| roles.contains(role)).map(|role| role.key()).collect::<Vec<_>>().join(";")
}

/// The roles of such a text; unknown keys give nothing.
#[must_use]
pub(crate) fn roles_of(text: &str) -> Vec<Role> {
    text.split(';').filter_map(Role::from_key).collect()
}

/// The roles' words: 业务主管、审计管理员.
#[must_use]
pub(crate) fn role_labels(roles: &[Role]) -> String {
    if roles.is_empty() {
        return "未授予".to_owned();
    }
    roles.iter().map(|role| role.label()).collect::<Vec<_>>().join("、")
}

/// The three administrators (GB/T 22239-2019 8.1.5: apart from each other and from the business).
#[must_use]
pub(crate) fn is_admin(role: Role) -> bool {
    matches!(role, Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin)
}

/// Whether these roles may be held by one person where nothing else is on record: one administrator alone, or business
/// only.
#[must_use]
pub(crate) fn are_apart(roles: &[Role]) -> bool {
    let mut kinds: Vec<Role> = roles.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let admins = kinds.iter().filter(|role| is_admin(**role)).count();
    admins == 0 || kinds.len() == 1
}

/// Whether the account belongs to a partner organisation, whose people accept the terms of use first.
#[must_use]
pub(crate) fn is_partner(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::Firm | Role::VillageContact))
}

/// Whether the roles are only such as work outside the bureau: they log in on a bound device and are not asked
/// for a second factor.
#[must_use]
pub(crate) fn works_outside(roles: &[Role]) -> bool {
    !roles.is_empty() && roles.iter().all(|role| matches!(role, Role::Adviser | Role::VillageContact))
}

/// What the subject of an account is, by its roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubjectKind {
    Lawyer,
    Firm,
    Unit,
}

/// The one kind of subject that these roles want; an error message if they want two kinds.
pub(crate) fn subject_kind(roles: &[Role]) -> Result<Option<SubjectKind>, &'static str> {
    let kinds: Vec<SubjectKind> = roles
        .iter()
        .filter_map(|role| match role {
            Role::Adviser => Some(SubjectKind::Lawyer),
            Role::Firm => Some(SubjectKind::Firm),
            Role::VillageContact => Some(SubjectKind::Unit),
            _ => None,
        })
        .collect();
    // The reach of one role must not widen what another may write: these stand alone beside administrators' roles.
    let region = roles.iter().any(|role| matches!(role, Role::Leader | Role::Manager | Role::Clerk));
    let narrow = kinds.len() + usize::from(roles.contains(&Role::TownOfficer));
    if narrow > 1 || (narrow == 1 && region) {
        return Err(
            "司法所、法律顾问、律所、村（社区）联系人只能选一种，也不能与其他业务角色合用，请分别建立账号",
        );
    }
    Ok(kinds.first().copied())
}

/// The name to log in with as it is compared and kept: half width, lower case, without surrounding blanks.
#[must_use]
pub(crate) fn normal_username(text: &str) -> String {
    kernel::to_half_width(text).trim().to_lowercase()
}

/// Checks a name to log in with.
pub(crate) fn check_username(username: &str) -> Result<(), &'static str> {
    let length = username.chars().count();
    if !(2..=40).contains(&length) {
        return Err("用户名应为 2 至 40 个字");
    }
    if !username.chars().all(|c| c.is_alphanumeric() || "._-@".contains(c)) {
        return Err("用户名只能用文字、字母、数字和 . _ - @，不能有空格");
    }
    Ok(())
}

/// Who may give somebody a new password link: the security administrator for administrators, the system
/// administrator for everybody else, nobody for oneself.
#[must_use]
pub(crate) fn may_reset(actor: &Actor, account: Id<Account>, roles: &[Role]) -> bool {
    let keeper =
        if roles.iter().any(|role| is_admin(*role)) { Role::SecurityAdmin } else { Role::SystemAdmin };
    actor.id != account.raw() && actor.roles.contains(&keeper)
}

/// Who may invite a browser to be bound to an account: manager or system administrator, and only for accounts
/// that work outside the bureau, so that an invitation never opens more than its giver holds.
#[must_use]
pub(crate) fn may_bind(actor: &Actor, account: Id<Account>, roles: &[Role]) -> bool {
    actor.id != account.raw() && actor.may(crate::INVITE) && works_outside(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(id: i64, roles: &[Role]) -> Actor {
        Actor {
            id,
            name: String::new(),
            roles: roles.to_vec(),
            towns: Vec::new(),
            subject: None,
            session: String::new(),
        }
    }

    #[test]
    fn roles_go_through_text_in_one_order() {
        let text = roles_text(&[Role::AuditAdmin, Role::Manager, Role::Manager]);
        assert_eq!(text, "manager;audit_admin");
        assert_eq!(roles_of(&text), [Role::Manager, Role::AuditAdmin]);
        assert!(roles_of("").is_empty() && roles_of("nobody").is_empty());
    }

    #[test]
    fn administrators_are_apart_from_each_other_and_from_the_business() {
        for alone in [
            &[][..],
            &[Role::SystemAdmin],
            &[Role::AuditAdmin, Role::AuditAdmin],
            &[Role::Manager, Role::Clerk],
        ] {
            assert!(are_apart(alone), "{alone:?}");
        }
        for joined in [[Role::SystemAdmin, Role::SecurityAdmin], [Role::Leader, Role::AuditAdmin]] {
            assert!(!are_apart(&joined), "{joined:?}");
        }
        assert!(is_partner(&[Role::Firm]) && !is_partner(&[Role::Adviser]));
    }

    #[test]
    fn one_account_stands_for_one_kind_of_subject() {
        assert_eq!(subject_kind(&[Role::Manager]), Ok(None));
        assert_eq!(subject_kind(&[Role::Adviser, Role::SystemAdmin]), Ok(Some(SubjectKind::Lawyer)));
        assert_eq!(subject_kind(&[Role::Manager, Role::Clerk]), Ok(None));
        for mixed in
            [[Role::Adviser, Role::Clerk], [Role::TownOfficer, Role::Leader], [Role::TownOfficer, Role::Firm]]
        {
            assert!(subject_kind(&mixed).is_err(), "{mixed:?}: the reach of one must not widen the other");
        }
        assert!(subject_kind(&[Role::Adviser, Role::Firm]).is_err());
    }

    #[test]
    fn names_are_compared_without_width_and_case() {
        assert_eq!(normal_username(" Ｚｈａｎｇ.San "), "zhang.san");
        assert!(check_username("zhang.san").is_ok() && check_username("张三").is_ok());
        assert!(
            check_username("a").is_err() && check_username("a b").is_err() && check_username("<b>").is_err()
        );
    }

    #[test]
    fn nobody_gets_further_by_resetting_or_inviting() {
        let account = Id::from_parts(kernel::Region::new(320_412).expect("a region"), 9);
        let system = actor(1, &[Role::SystemAdmin]);
        let security = actor(2, &[Role::SecurityAdmin]);
        let manager = actor(3, &[Role::Manager]);
        assert!(
            may_reset(&system, account, &[Role::Clerk]) && !may_reset(&security, account, &[Role::Clerk])
        );
        assert!(
            !may_reset(&system, account, &[Role::AuditAdmin]),
            "a system administrator never takes over another one"
        );
        assert!(
            may_reset(&security, account, &[Role::AuditAdmin])
                && !may_reset(&manager, account, &[Role::Clerk])
        );
        assert!(may_bind(&manager, account, &[Role::Adviser]));
        assert!(
            !may_bind(&manager, account, &[Role::Adviser, Role::SystemAdmin])
                && !may_bind(&manager, account, &[])
        );
        assert!(!may_bind(&security, account, &[Role::Adviser]));
        let own = actor(account.raw(), &[Role::SecurityAdmin, Role::Manager]);
        assert!(!may_reset(&own, account, &[Role::AuditAdmin]) && !may_bind(&own, account, &[Role::Adviser]));
    }
}
