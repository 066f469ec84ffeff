//! Statements over the endings of names, by which people are found who only know a part.

use crate::{person::Person, store::persons::PersonRow};
use kernel::{Fault, Id};
use store::{Tx, params};

/// Writes the endings of a person's name and initials down.
pub(crate) async fn put(tx: &mut Tx, id: Id<Person>, name: &str) -> Result<(), Fault> {
    let initials = places::initials(name);
    tx.execute(
        "insert into parties_name_part_entry (region_id, part, person_id)
         with recursive cut (part) as (
             select cast($3 as text) union select cast($4 as text)
             union select substr(part, 2) from cut where length(part) > 1)
         select $1, part, $2 from cut where part <> ''",
        params![tx.region()?, id, name.to_ascii_lowercase(), initials],
    )
    .await
    .map(|_| ())
}

/// Writes them anew after the name was corrected.
pub(crate) async fn replace(tx: &mut Tx, id: Id<Person>, name: &str) -> Result<(), Fault> {
    tx.execute(
        "delete from parties_name_part_entry where region_id = $1 and person_id = $2",
        params![tx.region()?, id],
    )
    .await?;
    put(tx, id, name).await
}

/// Forgets those of a person and of the records merged into them.
pub(crate) async fn forget(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    tx.execute(
        "delete from parties_name_part_entry where region_id = $1 and person_id in
             (select id from parties_person_entry where region_id = $1 and (id = $2 or merged_into = $2))",
        params![tx.region()?, id],
    )
    .await?;
    Ok(())
}

/// Persons who are not found by their whole name, or are found although they were purged: the id and how many endings
/// there are.
pub(crate) async fn strays(tx: &mut Tx, limit: i64) -> Result<Vec<(Id<PersonRow>, i64)>, Fault> {
    tx.all(
        "select p.id, count(n.part) as endings from parties_person_entry p
         left join parties_name_part_entry n on n.region_id = p.region_id and n.person_id = p.id
         where p.region_id = $1
         group by p.id, p.name, p.purged_at
         having (p.purged_at is null and count(n.part) < length(p.name)) or (p.purged_at is not null and count(n.part) > 0)
         order by p.id limit $2",
        params![tx.region()?, limit],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        NewPerson, Sought, find_or_create_person, find_persons,
        store::persons::update,
        testing::{a_person, migrations},
    };
    use std::collections::BTreeSet;
    use web::Reach;

    const NAMES: &[&str] =
        &["陈阿大", "陈大", "欧阳大陈", "王小工", "阿不都·热合曼", "Tom Smith", "𠮷田大", "陈%_!", "大大"];

    /// Every text that occurs in one of them, and some that do not.
    fn texts() -> BTreeSet<String> {
        let mut texts: BTreeSet<String> =
            ["陈小", "大阿", "zz", "TOM", "陈!", "cad"].map(str::to_owned).into();
        for name in NAMES {
            let letters: Vec<char> = name.chars().collect();
            for from in 0..letters.len() {
                for to in from + 1..=letters.len() {
                    texts.insert(letters[from..to].iter().collect());
                }
            }
        }
        texts
    }

    async fn found(tx: &mut Tx, text: &str) -> Result<BTreeSet<String>, Fault> {
        let sought = Sought { name: text.to_owned(), ..Sought::default() };
        let found = find_persons(tx, &Reach::Region, &sought).await?;
        Ok(found.people.into_iter().map(|(row, _)| row.name).collect())
    }

    fn expected(names: &[&str], text: &str) -> BTreeSet<String> {
        let text = text.to_ascii_lowercase();
        let fits = |name: &&&str| {
            name.to_ascii_lowercase().contains(&text) || places::initials(name).contains(&text)
        };
        names.iter().filter(fits).map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_part_of_a_name_finds_exactly_those_who_have_it() {
        testkit::on_both(&migrations(), |db| async move {
            places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            let mut ids = Vec::new();
            for name in NAMES {
                ids.push(find_or_create_person(&mut tx, None, &a_person(name, None)).await?.0);
            }
            for text in texts() {
                assert_eq!(found(&mut tx, &text).await?, expected(NAMES, &text), "{text}");
            }
            assert_eq!(strays(&mut tx, 9).await?.len(), 0);
            // A corrected name is found by its new parts only; one who was purged by none.
            let new = NewPerson { name: "赵六".to_owned(), ..a_person("赵六", None) };
            assert!(!update(&mut tx, ids[0], 7, &new).await?, "stale");
            assert!(found(&mut tx, "阿大").await?.contains("陈阿大"), "a stale change changes no parts");
            assert!(update(&mut tx, ids[0], 1, &new).await?);
            crate::store::standing::purge(&mut tx, ids[1].raw()).await?;
            let left: Vec<&str> = NAMES[2..].iter().copied().chain(["赵六"]).collect();
            for text in texts().into_iter().chain(["六".to_owned()]) {
                assert_eq!(found(&mut tx, &text).await?, expected(&left, &text), "{text}");
            }
            assert_eq!(strays(&mut tx, 9).await?.len(), 0);
            // The check finds whoever lost their parts.
            tx.execute(
                "delete from parties_name_part_entry where region_id = $1 and person_id = $2",
                params![tx.region()?, ids[3]],
            )
            .await?;
            let found: Vec<i64> = strays(&mut tx, 9).await?.into_iter().map(|(id, _)| id.raw()).collect();
            assert_eq!(found, [ids[3].raw()]);
            Ok(())
        });
    }
}
