//! Where people come from as a unit, and whether they are natives of the place of their post.

use serde_json::{Value, json};

use crate::support::fixtures::Office;
use crate::support::{Client, TestApp, database};

fn old_commune(office: &Office, code: &str) -> String {
    office.officer.get(&format!("/v1/units?code={code}&as_of=2019-06-01")).expect(200).str("/data/0/id").to_owned()
}

fn derived(client: &Client, cadre: &str, name: &str) -> Value {
    let all = client.get(&format!("/v1/cadres/{cadre}/derived-facts")).expect(200);
    let found = all.body["data"].as_array().unwrap().iter().find(|fact| fact["name"] == name).cloned();
    found.unwrap_or_default()
}

/// Gives a key its value on all its days, confirmed by nobody.
fn set(office: &Office, key: &str, value: &Value) {
    let list = office.officer.get(&format!("/v1/regulations?key={key}&as_of=2026-11-23")).expect(200);
    let path = format!("/v1/regulations/{}/supersede", list.str("/data/0/id"));
    let body = json!({"value": value, "from": null, "instrument": "Quy định 1-QĐ/TU", "article": "3", "reason": "Tỉnh quy định"});
    office.officer.act(&path, "*", &body).expect(200);
}

#[test]
fn a_native_unit_is_recorded_beside_the_words_and_kept_as_it_was() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let ma_thi_ho = old_commune(&office, "03200");
    let mut body = json!({"full_name": "Lò Văn Hặc", "sex": "male", "born_on": "1985-05-04", "ethnic_group": "thai", "unit_id": here,
        "native_place": "Ma Thì Hồ", "native_unit_id": "01994f7e-1111-7000-8000-000000000bad"});
    let refused = officer.post("/v1/cadres", &body).problem(422, "refused");
    assert_eq!(refused.findings(), [("/native_unit_id", "unknown_reference")]);
    // A body is nobody's origin.
    let party = officer.get(&format!("/v1/units?parent_id={here}&kind=party")).expect(200);
    body["native_unit_id"] = party.body["data"][0]["id"].clone();
    officer.post("/v1/cadres", &body).problem(422, "refused");
    body["native_unit_id"] = json!(ma_thi_ho);
    let made = officer.post("/v1/cadres", &body).expect(201);
    let path = made.header("location").to_owned();
    assert_eq!((made.str("/native_unit/id"), made.str("/native_unit/label")), (ma_thi_ho.as_str(), "Xã Ma Thì Hồ"));
    let first = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);

    app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(1));
    let wrong = json!({"native_unit_id": party.body["data"][0]["id"]});
    let refused = officer.patch(&path, made.etag(), &wrong).problem(422, "refused");
    assert_eq!(refused.findings(), [("/native_unit_id", "unknown_reference")]);
    let other = office.commune("03181");
    let patched = officer.patch(&path, made.etag(), &json!({"native_unit_id": other})).expect(200);
    assert_eq!(patched.str("/native_unit/label"), "Xã Mường Tùng");
    let then = officer.get(&format!("{path}/profile?known_at={first}")).expect(200);
    assert_eq!(then.str("/cadre/native_unit/label"), "Xã Ma Thì Hồ");
    let cleared = officer.patch(&path, patched.etag(), &json!({"native_unit_id": null})).expect(200);
    assert_eq!(cleared.body["native_unit"], Value::Null);
    assert_eq!(cleared.str("/native_place"), "Ma Thì Hồ");

    // The officer of a commune names units that they see, and keeps what others have named.
    app.execute(&format!(
        "UPDATE grants SET unit_id = '{here}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer')"
    ));
    let near = app.sign_in("unit_officer");
    let refused = near.patch(&path, "*", &json!({"native_unit_id": other})).problem(422, "refused");
    assert_eq!(refused.findings(), [("/native_unit_id", "unknown_reference")]);
    officer.patch(&path, "*", &json!({"native_unit_id": other})).expect(200);
    let kept = near.patch(&path, "*", &json!({"recruited_on": "2009-01-01"})).expect(200);
    assert_eq!(kept.str("/native_unit/label"), "Xã Mường Tùng");

    // The person proposes it.
    let cadre = made.str("/id");
    app.execute(&format!("UPDATE accounts SET cadre_id = '{cadre}' WHERE user_name = 'cadre'"));
    let person = app.sign_in("cadre");
    let proposal = |unit: &Value| {
        json!({"record": {"native_unit_id": unit}, "reason": "Ghi sai",
            "evidence": {"number": "123/TLKH", "issuer": "UBND xã", "issued_on": "2024-07-15"}})
    };
    let proposals = format!("{path}/proposals");
    let refused = person.post(&proposals, &proposal(&party.body["data"][0]["id"])).problem(422, "refused");
    assert_eq!(refused.findings(), [("/record/native_unit_id", "unknown_reference")]);
    assert_eq!(
        person.post(&proposals, &proposal(&json!(other))).problem(422, "refused").findings(),
        [("/record/native_unit_id", "unchanged")]
    );
    let proposed = person.post(&proposals, &proposal(&json!(here))).expect(201);
    assert_eq!(proposed.str("/fields/0/would_be"), here);
    officer.act(&format!("/v1/proposals/{}/accept", proposed.str("/id")), "*", &json!({})).expect(200);
    assert_eq!(officer.get(&path).expect(200).str("/native_unit/label"), "Xã Na Sang");
}

#[test]
fn a_native_is_one_by_the_rule_of_the_province() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let post = office.post(&office.title("native", "commune"), &here);
    let cadre = office.holder("Lò Văn Hặc", &here, &post);
    let path = format!("/v1/cadres/{cadre}");
    let origin = |unit: Option<&str>| {
        officer.patch(&path, "*", &json!({"native_unit_id": unit})).expect(200);
    };
    let native = || derived(officer, &cadre, "native");
    assert_eq!(native()["state"], "unknown");
    set(&office, "native.definition", &json!("born_there"));
    assert_eq!(
        (&native()["state"], &native()["how_en"]),
        (&json!("unknown"), &json!("The definition born_there cannot be derived from the file"))
    );
    set(&office, "native.definition", &json!("native_place"));
    assert!(native()["how_en"].as_str().unwrap().contains("has no native unit"));
    origin(Some(&old_commune(&office, "03200")));
    let fact = native();
    assert_eq!((&fact["value"], &fact["confirmed"]), (&json!("yes"), &json!(false)));
    assert_eq!(fact["citation"], "Quy định 1-QĐ/TU, Điều 3");
    assert_eq!((&fact["facts"][0]["says"], &fact["facts"][1]["says"]), (&json!("Xã Na Sang"), &json!("Xã Ma Thì Hồ")));
    origin(Some(&old_commune(&office, "03181")));
    assert_eq!(native()["value"], "no");
    // The district is no more; it went into several communes, of which this is one.
    let district = officer.get("/v1/units?code=097&kind=district&as_of=2020-01-01").expect(200);
    origin(Some(district.str("/data/0/id")));
    assert_eq!(native()["state"], "unknown");
    assert!(native()["how_en"].as_str().unwrap().contains("higher level"), "{}", native());
    // By the frame of before the reform the same person held nothing.
    let then = officer.get(&format!("{path}/derived-facts?as_of=2020-01-01")).expect(200);
    assert_eq!(
        then.body["data"].as_array().unwrap().iter().find(|fact| fact["name"] == "native").unwrap()["state"],
        "not_applicable"
    );

    set(&office, "native.definition", &json!("native_place_or_work"));
    set(&office, "native.residence_years", &json!(1));
    assert_eq!(native()["value"], "yes", "16 months of work");
    set(&office, "native.residence_years", &json!(2));
    origin(Some(&old_commune(&office, "03181")));
    assert_eq!(native()["value"], "no");
    // Six years in the body of a commune that went into the present one.
    let committee = officer
        .get(&format!("/v1/units?parent_id={}&kind=party&as_of=2019-06-01", old_commune(&office, "03200")))
        .expect(200);
    let old = json!({"title_id": office.title("native_old", "commune"), "unit_id": committee.str("/data/0/id"), "from": "2015-01-01", "to": "2025-06-30"});
    let old = officer.post("/v1/posts", &old).expect(201).str("/id").to_owned();
    let held = json!({"post_id": old, "from": "2018-01-01", "to": "2023-12-31", "basis": "appointed"});
    officer.post(&format!("{path}/appointments"), &held).expect(201);
    let fact = native();
    assert_eq!((&fact["value"], fact["facts"].as_array().unwrap().len()), (&json!("yes"), 4), "{fact}");
}

#[test]
fn terms_in_a_row_go_on_in_the_unit_that_took_over() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let title = office.title("lineage", "commune");
    let committee = |of: &str, on: &str| {
        let found = officer.get(&format!("/v1/units?parent_id={of}&kind=party&as_of={on}&q=dang+uy")).expect(200);
        found.str("/data/0/id").to_owned()
    };
    let post = |unit: &str, from: &str, to: Option<&str>| {
        let body = json!({"title_id": title, "unit_id": unit, "from": from, "to": to, "term_months": 60});
        officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
    };
    let old = post(&committee(&old_commune(&office, "03200"), "2019-06-01"), "2015-01-01", Some("2025-06-30"));
    let new = post(&committee(&here, "2026-11-23"), "2025-07-01", None);
    let cadre = office.cadre("Lò Văn Hặc", &here);
    for (post, from, to) in [(&old, "2020-07-01", Some("2025-06-30")), (&new, "2025-07-01", None)] {
        let held = json!({"post_id": post, "from": from, "to": to, "basis": "elected"});
        officer.post(&format!("/v1/cadres/{cadre}/appointments"), &held).expect(201);
    }
    let terms = derived(officer, &cadre, "consecutive_terms");
    assert_eq!((&terms["value"], terms["facts"].as_array().unwrap().len()), (&json!("2"), 2), "{terms}");
    assert!(terms["how_vi"].as_str().unwrap().contains("tính cả đơn vị tiền thân"), "{terms}");
    assert_eq!(derived(officer, &cadre, "months_in_equivalent_posts")["value"], "76");
}

#[test]
fn the_people_of_the_demo_province_come_from_communes() {
    let app = TestApp::on(database::demo());
    let count = |condition: &str| {
        database::text(&app.database, &format!("SELECT count(*)::text AS text FROM cadres WHERE {condition}"))
    };
    assert_eq!(count("native_unit_id IS NULL"), "0");
    let same = "EXISTS (SELECT FROM unit_versions v WHERE v.unit_id = cadres.native_unit_id AND starts_with(cadres.native_place, v.name))";
    assert_eq!(count(&format!("NOT {same}")), "0");
}
