//! The audit trail in words: what every module calls its acts and records, and which acts only look.

use std::collections::BTreeMap;
use web::App;

/// The module's own acts and records, and those of the foundation.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("personal.read", "查看个人信息"),
    ("identity.login", "登录"),
    ("identity.login.fail", "登录失败"),
    ("identity.logout", "退出登录"),
    ("identity.setup", "初始化"),
    ("identity.account.create", "新建账号"),
    ("identity.account.change", "修改账号"),
    ("identity.account.state", "停用或恢复账号"),
    ("identity.account.unlock", "解除锁定"),
    ("identity.accounts.export", "导出账号"),
    ("identity.roles.change", "授予角色"),
    ("identity.combine.request", "申请改变管理员兼任"),
    ("identity.combine.decide", "批准或退回管理员兼任"),
    ("identity.security.change", "修改登录安全设置"),
    ("identity.sessions.end", "强制退出"),
    ("identity.invitation.create", "生成邀请链接"),
    ("identity.invitation.revoke", "撤回邀请链接"),
    ("identity.device.bind", "绑定设备"),
    ("identity.device.unbind", "解除设备绑定"),
    ("identity.password.set", "用链接设置密码"),
    ("identity.password.change", "修改密码"),
    ("identity.second_factor.on", "开启两步验证"),
    ("identity.second_factor.off", "关闭两步验证"),
    ("identity.second_factor.codes", "重新生成备用码"),
    ("identity.terms.change", "修改使用约定"),
    ("identity.terms.accept", "确认使用约定"),
    ("identity.job.run", "立即运行定时任务"),
    ("identity.audit.export", "导出审计记录"),
    ("identity.audit.verify", "校验审计记录"),
    ("identity.audit.witness", "下载审计链头"),
    ("identity_account", "账号"),
    ("identity_combination", "兼任申请"),
    ("installation", "系统设置"),
    ("audit_row", "审计记录"),
    ("job_run", "定时任务"),
];

/// The words of all modules.
pub(crate) struct Words(BTreeMap<&'static str, &'static str>);

impl Words {
    /// What the modules of this application offer.
    pub(crate) fn of(app: &App) -> Self {
        Self(app.modules.iter().flat_map(|module| module.audit_labels).copied().collect())
    }

    /// The words for an act or a record; nothing if no module knows it.
    pub(crate) fn get(&self, name: &str) -> Option<&'static str> {
        self.0.get(name).copied()
    }

    /// The name of the records that are called so, or the text itself.
    pub(crate) fn names_of(&self, text: &str) -> String {
        let found = self.0.iter().find(|(name, words)| **words == text && !name.contains('.'));
        found.map_or_else(|| text.to_owned(), |(name, _)| (*name).to_owned())
    }

    /// All acts with their words, by name.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().filter(|(name, _)| name.contains('.')).map(|(name, words)| (*name, *words))
    }
}
