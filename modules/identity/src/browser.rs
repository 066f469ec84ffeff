//! What a browser is called in lists, and where it may be sent after log-in.

/// A label for the browser from what it says about itself: 安卓手机（微信）.
pub(crate) fn label(user_agent: &str) -> String {
    let has = |text: &str| user_agent.contains(text);
    let device = match () {
        () if has("iPhone") => "iPhone",
        () if has("iPad") => "iPad",
        () if has("HarmonyOS") || has("OpenHarmony") => "鸿蒙设备",
        () if has("Android") => "安卓手机",
        () if has("Windows") => "Windows 电脑",
        () if has("Mac OS X") => "苹果电脑",
        () if has("UOS") || has("Kylin") || has("Linux") => "国产或 Linux 电脑",
        () => "浏览器",
    };
    let inside = match () {
        () if has("wxwork") => "（企业微信）",
        () if has("MicroMessenger") => "（微信）",
        () => "",
    };
    format!("{device}{inside}")
}

/// An address of our own to go on to after log-in; anything else becomes the work desk.
pub(crate) fn own_path(path: &str) -> String {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
        && !["/login", "/logout", "/join", "/setup"].iter().any(|start| path.starts_with(start));
    if own { path.to_owned() } else { "/desk".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_names() {
        assert_eq!(label("Mozilla/5.0 (Linux; Android 12; V2055A) MicroMessenger/8.0"), "安卓手机（微信）");
        assert_eq!(label("Mozilla/5.0 (Windows NT 10.0) Chrome/109"), "Windows 电脑");
        assert_eq!(label(""), "浏览器");
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for own in ["/services?town=3", "/accounts/320412-9/edit"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "/\t/evil",
            "/login?next=/",
            "/logout",
            "javascript:1",
        ] {
            assert_eq!(own_path(foreign), "/desk", "{foreign:?}");
        }
    }
}
