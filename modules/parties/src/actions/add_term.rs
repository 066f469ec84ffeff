//! Adds a term to a dictionary, and the terms every installation starts with.

use crate::{
    store::terms,
    term::{NewTerm, standard_terms},
};
use ::store::{Audit, Tx};
use kernel::Result;

kernel::refusals! {
    /// Why a term cannot be added.
    pub(crate) enum AddTermRefusal {
        /// The code is in use.
        CodeTaken => Invalid("code"), "这个代码正在使用。要改名称，请先停用原条目，再从停用次日起新增。";
    }
}

/// Adds the term.
///
/// # Errors
/// A refusal if the code is in use on that day or later; a fault if it cannot be written.
pub async fn add_term(tx: &mut Tx, actor: Option<i64>, term: &NewTerm) -> Result<()> {
    if terms::in_use_from(tx, &term.list, &term.code, term.valid_from).await? {
        return Err(AddTermRefusal::CodeTaken.into());
    }
    terms::insert(tx, term).await?;
    let details = serde_json::json!({ "list": term.list, "code": term.code });
    tx.audit(Audit::about(actor, "parties.term.add", "parties_term").with(&details));
    Ok(())
}

/// Enters the standard terms that are not there yet; returns how many it added. Ended terms stay ended.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn install_standard_terms(tx: &mut Tx) -> Result<usize> {
    let known: std::collections::HashSet<(String, String)> =
        terms::all_codes(tx).await?.into_iter().collect();
    let mut added = 0;
    for term in standard_terms() {
        if !known.contains(&(term.list.clone(), term.code.clone())) {
            terms::insert(tx, &term).await?;
            added += 1;
        }
    }
    if added > 0 {
        tx.audit(
            Audit::about(None, "parties.term.install", "parties_term")
                .with(&serde_json::json!({ "added": added })),
        );
    }
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actions::end_term::end_term, store::terms::whole_list, term_name, term_options, testing::migrations,
    };
    use kernel::Day;
    use testkit::on_both;

    #[test]
    fn the_standard_terms_are_installed_once_and_ended_ones_stay_ended() {
        on_both(&migrations(), |db| async move {
            let day = |text: &str| text.parse::<Day>().expect("a day");
            let mut tx = db.begin_write().await?;
            let added = install_standard_terms(&mut tx).await?;
            assert_eq!(added, standard_terms().len());
            let options = term_options(&mut tx, "channel", day("2022-05-06")).await?;
            assert_eq!(options[0], ("visit".to_owned(), "上门/现场".to_owned()), "in the order of the file");
            assert_eq!(
                term_name(&mut tx, "group", "G-MIG", day("2022-05-06")).await?.as_deref(),
                Some("农民工（进城务工人员）")
            );
            assert_eq!(term_name(&mut tx, "group", "G-XYZ", day("2022-05-06")).await?, None);

            let visit = whole_list(&mut tx, "channel")
                .await?
                .into_iter()
                .find(|t| t.code == "visit")
                .expect("is there");
            end_term(&mut tx, None, visit.id, day("2022-06-30")).await?;
            assert!(end_term(&mut tx, None, visit.id, day("2022-06-30")).await.is_err(), "ended already");
            assert_eq!(install_standard_terms(&mut tx).await?, 0, "nothing new, nothing revived");
            let codes = |options: Vec<(String, String)>| {
                options.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
            };
            assert!(
                codes(term_options(&mut tx, "channel", day("2022-06-30")).await?)
                    .contains(&"visit".to_owned()),
                "the last day counts"
            );
            assert!(
                !codes(term_options(&mut tx, "channel", day("2022-07-01")).await?)
                    .contains(&"visit".to_owned())
            );

            let mut renamed = standard_terms().into_iter().find(|t| t.code == "visit").expect("is there");
            renamed.name = "上门服务".to_owned();
            renamed.valid_from = day("2022-06-30");
            assert!(add_term(&mut tx, None, &renamed).await.is_err(), "both would be valid on that day");
            renamed.valid_from = day("2022-07-01");
            add_term(&mut tx, None, &renamed).await?;
            assert_eq!(
                term_name(&mut tx, "channel", "visit", day("2022-06-30")).await?.as_deref(),
                Some("上门/现场")
            );
            assert_eq!(
                term_name(&mut tx, "channel", "visit", day("2022-07-01")).await?.as_deref(),
                Some("上门服务")
            );

            let civil = whole_list(&mut tx, "consult_topic")
                .await?
                .into_iter()
                .find(|t| t.code == "Q28")
                .expect("is there");
            assert!(end_term(&mut tx, None, civil.id, day("2022-12-31")).await.is_err(), "terms hang on it");
            assert!(end_term(&mut tx, None, civil.id, day("1999-12-31")).await.is_err(), "before it began");
            Ok(())
        });
    }
}
