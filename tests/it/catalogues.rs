//! Lists of codes, and the labels of the enumerations of the API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::law::none;
use crate::law::walker::document;
use crate::support::TestApp;

/// The values of each enumeration of the document, in its order.
fn enumerations() -> BTreeMap<String, Vec<String>> {
    let document = document();
    let mut found = BTreeMap::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let Some(values) = schema["enum"].as_array() else { continue };
        let values: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        found.insert(name.strip_suffix("OrNull").unwrap_or(name).to_owned(), values);
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

#[test]
fn every_enumeration_has_its_labels() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let list = reader.get("/v1/catalogues?limit=200&count=true").expect(200);
    assert_eq!(list.body["total"], list.rows().len());
    let mut served = BTreeMap::new();
    for row in list.rows() {
        let one = reader.get(&format!("/v1/catalogues/{}", row["name"].as_str().unwrap())).expect(200);
        assert_eq!(
            (&one.body["schema"], &row["items"]),
            (&row["schema"], &json!(one.body["items"].as_array().unwrap().len()))
        );
        let codes = one.body["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned());
        if let Some(schema) = row["schema"].as_str() {
            served.insert(schema.to_owned(), codes.collect::<Vec<_>>());
        }
    }
    let declared = enumerations();
    let differs = |name: &String| declared.get(name) != served.get(name);
    let names = declared.keys().chain(served.keys()).filter(|name| differs(name));
    let breaches: Vec<String> = names
        .map(|name| {
            format!("{name}: the document has {:?}, data/labels.csv {:?}", declared.get(name), served.get(name))
        })
        .collect();
    none("Every value of an enumeration has its labels in data/labels.csv, in the order of the document.", &breaches);
}

#[test]
fn codes_come_with_the_lists_that_they_belong_to_and_with_their_days() {
    let app = TestApp::start();
    let reader = app.sign_in("cadre");
    let groups = reader.get("/v1/catalogues/ethnic_groups").expect(200);
    let muong = groups.body["items"].as_array().unwrap().iter().find(|item| item["code"] == "muong").unwrap();
    assert_eq!((&muong["official_code"], &muong["other_code"]), (&json!("04"), &json!("06")));
    assert_eq!(muong["list"], "1019/QĐ-TCTK (12/11/2008)");
    assert_eq!(muong["other_list"], "121-TCTK/PPCĐ (2/3/1979)");
    let has = |query: &str, code: &str| {
        let kinds = reader.get(&format!("/v1/catalogues/training_kinds{query}")).expect(200);
        kinds.body["items"].as_array().unwrap().iter().any(|item| item["code"] == code)
    };
    for (query, ended, begun) in
        [("", true, true), ("?as_of=2025-06-30", true, false), ("?as_of=2025-07-01", false, true)]
    {
        assert_eq!(has(query, "professional_degree"), ended, "{query}");
        assert_eq!(has(query, "science_technology_digital"), begun, "{query}");
    }
    reader.get("/v1/catalogues/training_kinds?as_of=yesterday").problem(400, "invalid_query");
    reader.get("/v1/catalogues/no_such").problem(404, "not_found");
    let page = reader.get("/v1/catalogues?limit=1").expect(200);
    let next = reader.get(&format!("/v1/catalogues?limit=1&cursor={}", page.str("/next_cursor"))).expect(200);
    assert!(page.str("/data/0/name") < next.str("/data/0/name"));
}
