//! U11: rare names, long names, names with a dot, numbers that end in X or were typed with a Chinese keyboard, a table
//! in GB18030: they go in through the forms, are found again, and stand in the list, on paper and in the workbook.

use super::forms::with_file;
use crate::{
    attack::{
        html,
        people::{Answer, Person, Site},
    },
    world::run,
};
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use calamine::Reader as _;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Somebody as typed, and as it must stand afterwards.
struct Case {
    typed: [&'static str; 3],
    stands: [&'static str; 3],
}

const CASES: [Case; 4] = [
    // Extension B: four bytes in UTF-8, two units in UTF-16.
    Case {
        typed: ["𠮷𪚥", "32041219580309005x", "139 0000 0011"],
        stands: ["𠮷𪚥", "32041219580309005X", "13900000011"],
    },
    // Extensions F and G, digits and X of a Chinese keyboard.
    Case {
        typed: ["𬱖𰻞", "３２０４１２１９７００１０１００７Ｘ", "１３９００００００１２"],
        stands: ["𬱖𰻞", "32041219700101007X", "13900000012"],
    },
    // The dot that Japanese keyboards type, and spaces beside it.
    Case {
        typed: ["阿卜杜拉 ・ 买买提", "32041219861112006Ｘ", "13900000013"],
        stands: ["阿卜杜拉·买买提", "32041219861112006X", "13900000013"],
    },
    // Thirty characters.
    Case {
        typed: [LONG, "32040219580309009X", "13900000014"],
        stands: [LONG, "32040219580309009X", "13900000014"],
    },
];

const LONG: &str = "买买提江·阿卜杜热合曼·艾合买提·吐尔逊·奴尔买买提·艾力江";

/// The somebody of the table below.
const OF_THE_TABLE: [&str; 3] = ["𬱖𫖯·𠮷", "32040219861112018X", "13900000009"];

/// A table as an older Excel saves it: 姓名, 身份证号 and 电话 of one person in GB18030, the digits full-width.
const TABLE: &[u8] = b"\xd0\xd5\xc3\xfb,\xc9\xed\xb7\xdd\xd6\xa4\xba\xc5,\xb5\xe7\xbb\xb0\r\n\x993\xc36\x988\xf57\xa1\xa4\x954\xb25,\xa3\xb3\xa3\xb2\xa3\xb0\xa3\xb4\xa3\xb0\xa3\xb2\xa3\xb1\xa3\xb9\xa3\xb8\xa3\xb6\xa3\xb1\xa3\xb1\xa3\xb1\xa3\xb2\xa3\xb0\xa3\xb1\xa3\xb8\xa3\xd8,\xa3\xb1\xa3\xb3\xa3\xb9\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb9\r\n";

/// Fills in the form of a page that leads there; fields that the form has not are an error.
async fn fill(site: &Site, person: &Person, page: &str, action: &str, values: &[(&str, &str)]) -> Answer {
    let forms = html::forms(page, action);
    let form = forms.iter().find(|form| {
        let has = |name: &str| form.fields.iter().any(|field| field.name == name);
        form.action == action && values.iter().all(|(name, _)| has(name))
    });
    let form = form.unwrap_or_else(|| panic!("no form leads to {action} with {values:?}"));
    let sent =
        form.fields.iter().filter(|field| field.sent && values.iter().all(|(name, _)| *name != field.name));
    let mut pairs: Vec<(String, String)> =
        sent.map(|field| (field.name.clone(), field.value.clone())).collect();
    pairs.extend(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    site.send(site.form(person, action, &pairs)).await
}

/// Every page of the register.
async fn whole_list(site: &Site, person: &Person) -> String {
    let (mut text, mut next) = (String::new(), Some("/persons".to_owned()));
    while let Some(uri) = next {
        let page = site.get(person, &uri).await.text;
        let tags = html::tags(&page);
        let link = tags.iter().find(|tag| tag.name == "a" && tag.get("rel") == Some("next"));
        next = link.and_then(|tag| tag.get("href")).map(str::to_owned);
        text.push_str(&page);
    }
    text
}

/// The cells of the register as a workbook.
async fn workbook(site: &Site, person: &Person) -> Vec<String> {
    let request = person.asks(Method::GET, "/persons.xlsx").body(Body::empty()).expect("a request");
    let answer = site.router.clone().oneshot(request).await.expect("the router answers");
    let bytes = answer.into_body().collect().await.expect("the body ends").to_bytes();
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let sheets = book.worksheets();
    let cells = sheets.iter().flat_map(|(_, range)| range.used_cells().map(|(_, _, cell)| cell.to_string()));
    cells.collect()
}

/// Where somebody does not stand as they should: found by each number and the name, in the list, on paper, in Excel.
async fn missing(site: &Site, person: &Person, typed: [&str; 3], stands: [&str; 3]) -> Vec<String> {
    let mut missing = Vec::new();
    let [name, id_number, phone] = stands;
    let ask = site.get(person, "/persons/find").await.text;
    let mut link = None;
    for (field, words) in ["name", "id_number", "phone"].into_iter().zip(typed) {
        let found = fill(site, person, &ask, "/persons/find", &[(field, words)]).await.text;
        let row = found.split("<td data-label=\"姓名\" class=\"row-title\"><a href=\"").skip(1);
        let row = row
            .filter_map(|row| row.split_once("\">"))
            .find(|(_, text)| text.starts_with(&format!("{name}</a>")));
        match row {
            Some((href, _)) => link = Some(href.to_owned()),
            None => missing.push(format!("{name} is not found by {field} {words}")),
        }
    }
    if !whole_list(site, person).await.contains(&format!("\">{name}</a>")) {
        missing.push(format!("{name} is not in the list"));
    }
    if !workbook(site, person).await.iter().any(|cell| cell == name) {
        missing.push(format!("{name} is not in the workbook"));
    }
    let Some(link) = link else { return missing };
    let data = format!("{link}/data");
    let page = site.get(person, &data).await.text;
    let wanted = [("requester", "self"), ("checked", "1"), ("format", "print")];
    let paper = fill(site, person, &page, &format!("{data}/export"), &wanted).await;
    let (status, paper) = (paper.status, paper.text);
    for what in [name, id_number, phone] {
        if !paper.contains(&format!(">{what}<")) {
            missing.push(format!("{what} is not on the paper ({status})"));
        }
    }
    missing
}

#[test]
fn every_name_goes_in_and_comes_out_as_it_is_written() {
    run(async {
        assert_eq!(LONG.chars().count(), 30);
        let site = Site::open().await?;
        let manager = site.person("manager");
        for Case { typed, stands } in CASES {
            let [name, id_number, phone] = typed;
            let ask = site.get(manager, "/persons/find").await.text;
            let looked = fill(&site, manager, &ask, "/persons/find", &[("name", name)]).await;
            let blank = fill(&site, manager, &looked.text, "/persons/blank", &[]).await;
            assert!(blank.text.contains(name), "{name} is carried into the new form");
            let values = [("name", name), ("id_number", id_number), ("phone", phone)];
            let saved = fill(&site, manager, &blank.text, "/persons/new", &values).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{name}: {}", saved.text);
            assert_eq!(missing(&site, manager, typed, stands).await, Vec::<String>::new());
        }
        let upload = site.get(manager, "/imports/persons/new").await.text;
        assert!(upload.contains("type=\"file\""));
        let file = Some(("file", "人员.csv", TABLE));
        let request = with_file(&site, manager, "/imports/persons/new", &[], file);
        let import = site.send(request).await;
        assert_eq!(import.status, StatusCode::SEE_OTHER, "{}", import.text);
        let import = import.location().to_owned();
        let preview = site.get(manager, &import).await.text;
        let applied = fill(&site, manager, &preview, &format!("{import}/apply"), &[]).await;
        assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
        assert_eq!(missing(&site, manager, OF_THE_TABLE, OF_THE_TABLE).await, Vec::<String>::new());
        // The search itself: somebody who was never entered is missing everywhere, a wrong number on paper is seen.
        let nobody =
            missing(&site, manager, ["𠀀𠀁", "11010119900101001X", "13900000099"], ["𠀀𠀁", "", ""]).await;
        assert_eq!(nobody.len(), 5, "{nobody:?}");
        let [name, id_number, _] = CASES[0].stands;
        let planted = missing(&site, manager, CASES[0].typed, [name, id_number, "13900000010"]).await;
        assert_eq!(planted.len(), 1, "{planted:?}");
        Ok(())
    });
}
