//! The home page: say what happened, or tap one of six ways.

use askama::Template;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomeMain {
    hotline: String,
    district: String,
    logins: &'static [Login],
}

/// An account of the demonstration.
struct Login {
    user: &'static str,
    role: &'static str,
    does: &'static str,
}

/// The password of all of them; they exist in the demonstration's invented world only.
const DEMO_PASSWORD: &str = "farun-demo";

const LOGINS: &[Login] = &[
    Login { user: "leader", role: "局领导", does: "看总览、季报、大屏，不改数据" },
    Login {
        user: "manager", role: "业务主管", does: "管全区：工作站、顾问聘任、回电、季报"
    },
    Login { user: "town", role: "司法所工作人员", does: "管本镇：服务记录、回电、名册" },
    Login { user: "clerk", role: "窗口人员", does: "查名册、给群众回电" },
    Login {
        user: "adviser", role: "村（社区）法律顾问", does: "记自己的服务，看自己的村"
    },
    Login { user: "village", role: "村（社区）联系人", does: "看本村的服务记录" },
    Login { user: "sysadmin", role: "系统管理员", does: "建账号、维护名册" },
    Login { user: "secadmin", role: "安全管理员", does: "管角色、会话和锁定" },
    Login { user: "auditor", role: "审计管理员", does: "查审计记录" },
];

/// `GET /`
pub(crate) async fn home(ctx: Ctx) -> Reply<Page> {
    let settings = &ctx.app.settings;
    // The log-ins lead nowhere on the listener for citizens, and there are none outside the demonstration.
    let logins = if settings.demo && !ctx.public_only { LOGINS } else { &[] };
    let main = HomeMain { hotline: settings.hotline.clone(), district: settings.district.clone(), logins };
    Page::new("首页", &main)
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, weight, world};
    use testkit::on_sqlite;

    #[test]
    fn the_home_page_is_light_and_shows_no_log_ins_outside_the_demonstration() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            let page = server.get("/").await;
            assert_eq!(page.status, 200);
            insta::assert_snapshot!("home", page.main());
            assert!(!page.text().contains(super::DEMO_PASSWORD));
            assert_eq!(page.text().matches(r#"class="tile""#).count(), 6);
            assert!(weight(&page.bytes) <= 20 * 1024);
            Ok(())
        });
    }
}
