//! Checks over messages: what could not be sent is somebody's task.

use crate::store::messages;
use ::store::Tx;
use kernel::Day;
use web::{Check, Finding, Findings};

pub(crate) fn all() -> Vec<Check> {
    vec![Check {
        id: "outreach.failed",
        title: "七天内没有发送失败的短信",
        why: "群众在等这些消息，收不到就只能自己来问。",
        mend: "打开短信清单看原因：号码不对的打电话更正，模板或者余额的问题请系统管理员联系服务商，然后点“重新发送”。",
        grave: false,
        run: |tx, _: Day| failed(tx),
    }]
}

fn failed(tx: &mut Tx) -> Findings<'_> {
    Box::pin(async move {
        let since = tx.db().wall().now().plus_seconds(-7 * 86_400);
        let count = messages::failed_since(tx, since).await?;
        let finding = Finding {
            what: format!("{count} 条短信发送失败"),
            href: Some("/messages?state=failed".to_owned()),
        };
        Ok(if count == 0 { Vec::new() } else { vec![finding] })
    })
}
