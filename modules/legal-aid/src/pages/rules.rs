//! The time limits as the system applies them, each with its source, and whether it is law or waits to be confirmed.

use crate::rule::{Rule, Standing, rules};
use askama::Template;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/rules.html")]
struct RulesMain {
    rules: &'static [Rule],
}

/// `GET /aid/rules`
pub(crate) async fn show(_ctx: Ctx) -> Reply<Page> {
    Ok(Page::new("期限规则", &RulesMain { rules: rules() })?.crumb("法律援助", "/aid"))
}

impl RulesMain {
    fn is_law(rule: &Rule) -> bool {
        rule.standing == Standing::Law
    }
}
