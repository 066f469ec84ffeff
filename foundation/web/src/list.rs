//! Lists: what a query asks for, keyset paging, and counts that stay cheap.

use crate::html::{Html, escape};
use std::fmt::Write as _;

/// Where a page of a list starts: behind this sort value and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort column's value of the last row shown.
    pub value: String,
    /// Its id.
    pub id: i64,
    /// Going back instead of on.
    pub back: bool,
}

/// The parameters of a list page, read from the address.
#[derive(Debug, Clone)]
pub struct Listing {
    pairs: Vec<(String, String)>,
    path: String,
    /// Rows on a page: 20, 50 or 100.
    pub size: i64,
    /// Where the page starts.
    pub cursor: Option<Cursor>,
}

/// Counts are exact up to here; beyond, people are told "1000+".
pub const COUNT_CAP: i64 = 1000;

/// The total of a list whose rows were not counted, because there are many and counting them would take longer than
/// showing some.
pub const UNCOUNTED: i64 = i64::MAX;

impl Listing {
    /// Reads the parameters from an address (`/services?town=…&after=…`).
    #[must_use]
    pub fn of(uri: &str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let size = match get("size").as_deref() {
            Some("50") => 50,
            Some("100") => 100,
            _ => 20,
        };
        let cursor = |name: &str, back| {
            let text = get(name)?;
            let (value, id) = text.rsplit_once('~')?;
            Some(Cursor { value: value.to_owned(), id: id.parse().ok()?, back })
        };
        let cursor = cursor("after", false).or_else(|| cursor("before", true));
        Self { size, cursor, path: path.to_owned(), pairs }
    }

    /// The value of a filter; nothing if it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
    }

    /// The value of a filter for an input field.
    #[must_use]
    pub fn show(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether any filter is set.
    #[must_use]
    pub fn filtered(&self) -> bool {
        self.pairs.iter().any(|(n, v)| {
            !["after", "before", "size", "sort", "done"].contains(&n.as_str()) && !v.trim().is_empty()
        })
    }

    /// The address with the same filters and the given changes (an empty value removes).
    #[must_use]
    pub fn link(&self, changes: &[(&str, &str)]) -> String {
        self.link_to(&self.path, changes)
    }

    /// Another address with the same filters, for exports.
    #[must_use]
    pub fn link_to(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.pairs {
            if !changes.iter().any(|(n, _)| n == name)
                && name != "after"
                && name != "before"
                && !value.is_empty()
            {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changes {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Cuts one page out of rows read with `limit size + 1`, and makes the pager. `key` gives sort value and id
    /// of a row. Rows read backwards are turned round.
    #[must_use]
    pub fn page<T>(
        &self,
        mut rows: Vec<T>,
        total: i64,
        key: impl Fn(&T) -> (String, i64),
    ) -> (Vec<T>, Pager) {
        let size = usize::try_from(self.size).unwrap_or(20);
        let more = rows.len() > size;
        rows.truncate(size);
        let back = self.cursor.as_ref().is_some_and(|c| c.back);
        if back {
            rows.reverse();
        }
        let token = |row: Option<&T>| row.map(&key).map(|(value, id)| format!("{value}~{id}"));
        let has_previous = if back { more } else { self.cursor.is_some() };
        let has_next = if back { true } else { more };
        let previous = token(rows.first()).filter(|_| has_previous).map(|t| self.link(&[("before", &t)]));
        let next = token(rows.last()).filter(|_| has_next).map(|t| self.link(&[("after", &t)]));
        (rows, Pager { total, size: self.size, previous, next })
    }
}

/// The pager below a list.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// Rows in all, up to [`COUNT_CAP`] + 1; or [`UNCOUNTED`].
    pub total: i64,
    /// Rows a page.
    pub size: i64,
    /// Address of the previous page.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
}

impl Pager {
    /// The total as people read it: exact up to 1000, "1000+" beyond, 很多 where nobody counted.
    #[must_use]
    pub fn total_text(&self) -> String {
        if self.total == UNCOUNTED {
            return "很多".to_owned();
        }
        if self.total > COUNT_CAP { format!("{COUNT_CAP}+") } else { self.total.to_string() }
    }

    /// The pager as HTML.
    #[must_use]
    pub fn html(&self) -> Html {
        let mut html = String::from(r#"<nav class="pager no-print" aria-label="翻页">"#);
        let total = match self.total {
            UNCOUNTED => "符合的很多，没有逐条数；多输入几个字会更准".to_owned(),
            _ => format!("共 {} 条", self.total_text()),
        };
        write!(html, r#"<span class="pager-total">{total}，每页 {} 条</span>"#, self.size).ok();
        for (label, rel, href) in [("上一页", "prev", &self.previous), ("下一页", "next", &self.next)] {
            match href {
                Some(href) => {
                    write!(html, r#"<a class="btn" rel="{rel}" href="{}">{label}</a>"#, escape(href)).ok()
                }
                None => write!(html, r#"<span class="btn" aria-disabled="true">{label}</span>"#).ok(),
            };
        }
        html.push_str("</nav>");
        Html(html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_forth_and_back() {
        let first = Listing::of("/services?town=3&size=20");
        let (rows, pager) = first.page((0..21).collect(), 40, |n| (format!("d{n}"), i64::from(*n)));
        assert_eq!(rows.len(), 20);
        assert_eq!(pager.previous, None);
        assert_eq!(pager.next.as_deref(), Some("/services?town=3&size=20&after=d19%7E19"));
        let second = Listing::of("/services?town=3&after=d19%7E19");
        assert_eq!(second.cursor, Some(Cursor { value: "d19".into(), id: 19, back: false }));
        let back = Listing::of("/services?before=d20%7E20");
        let (rows, pager) = back.page((0..20).rev().collect(), 40, |n| (format!("d{n}"), i64::from(*n)));
        assert_eq!(rows[0], 0);
        assert!(pager.previous.is_none() && pager.next.is_some());
    }

    #[test]
    fn totals_beyond_the_cap_are_rounded() {
        assert_eq!(Pager { total: 1000, ..Pager::default() }.total_text(), "1000");
        assert_eq!(Pager { total: 1001, ..Pager::default() }.total_text(), "1000+");
        let many = Pager { total: UNCOUNTED, size: 20, ..Pager::default() };
        assert!(many.total_text() == "很多" && many.html().0.contains("符合的很多"));
    }
}
