//! Where posts are, and the zones of administrative units.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::fixtures::Office;
use crate::support::plans::{Plans, nodes};

fn zone(zone: &str, from: &str, to: Option<&str>) -> Value {
    json!({"zone": zone, "from": from, "to": to, "decision_number": "861/QĐ-TTg", "decided_on": "2025-12-15"})
}

#[test]
fn a_unit_is_in_one_zone_at_a_time_and_nothing_is_overwritten() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, commune) = (&office.officer, office.commune("03172"));
    let path = format!("/v1/units/{commune}/zones");
    assert!(officer.get(&path).expect(200).rows().is_empty());
    assert_eq!(officer.get(&format!("/v1/units/{commune}")).expect(200).body["zone"], Value::Null);
    let dry = officer.post(&format!("{path}?validate_only=true"), &zone("iii", "2026-01-01", None)).expect(200);
    assert_eq!((dry.str("/effects/0/effect"), dry.str("/effects/0/on")), ("unit_zone_recorded", "2026-01-01"));
    let made = officer.post(&path, &zone("iii", "2026-01-01", Some("2030-12-31"))).expect(201);
    let own = made.header("location").to_owned();
    assert_eq!((made.str("/zone"), made.str("/timeline"), made.str("/during/to")), ("iii", "current", "2030-12-31"));
    assert_eq!(made.body, officer.get(&own).expect(200).body);
    assert_eq!(officer.get(&format!("/v1/units/{commune}")).expect(200).str("/zone"), "iii");
    officer.post(&path, &zone("ii", "2030-12-31", None)).problem(409, "duplicate");
    let next = officer.post(&path, &zone("ii", "2031-01-01", None)).expect(201);

    // Wrong in itself, of a body, beyond the life of the unit.
    let wrong = json!({"zone": "iii", "from": "2020-01-01", "to": "2019-01-01", "decision_number": " "});
    let refused = officer.post(&path, &wrong).problem(422, "refused");
    assert_eq!(refused.findings(), [("/to", "bad_period"), ("/decision_number", "required")]);
    let body = officer.get(&format!("/v1/units?parent_id={commune}&kind=party")).expect(200);
    let of_body = format!("/v1/units/{}/zones", body.str("/data/0/id"));
    let mut early = zone("i", "2020-01-01", None);
    early["decided_on"] = json!("2027-01-01");
    let refused = officer.post(&of_body, &early).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [("/zone", "out_of_range"), ("/from", "outside_validity"), ("/decided_on", "out_of_range")]
    );

    // An end sooner, a correction, and what was never true.
    officer.patch(&own, made.etag(), &json!({"to": null})).problem(409, "duplicate");
    officer.patch(&own, made.etag(), &json!({"to": "2025-01-01"})).problem(422, "refused");
    let change = json!({"to": "2028-12-31", "zone": "ii", "decided_on": null, "reason": "Nhập sai"});
    let changed = officer.patch(&own, made.etag(), &change).expect(200);
    assert_eq!(
        (changed.str("/id"), changed.str("/zone"), &changed.body["version"]),
        (made.str("/id"), "ii", &json!(2))
    );
    assert_eq!((changed.str("/during/to"), &changed.body["decided_on"]), ("2028-12-31", &Value::Null));
    officer.patch(&own, made.etag(), &change).problem(412, "stale");
    let later = next.header("location");
    let dry = officer.delete(&format!("{later}?validate_only=true"), next.etag()).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "unit_zone_withdrawn");
    officer.delete(later, next.etag()).expect(204);
    officer.get(later).problem(404, "not_found");
    assert_eq!(officer.get(&path).expect(200).rows().len(), 1);
    app.sign_in("reader").post(&path, &zone("i", "2031-01-01", None)).problem(403, "forbidden");
    app.sign_in("reader").get(&path).expect(200);
    let kept = crate::support::database::text(
        &app.database,
        "SELECT string_agg(format('%s %s %s', version, zone, superseded_at IS NULL), ', ' ORDER BY during, version) AS text FROM unit_zones",
    );
    assert_eq!(kept, "2 ii t, 1 iii f, 1 ii f");
}

#[test]
fn a_post_is_in_the_nearest_administrative_unit_and_its_zone() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, commune) = (&office.officer, office.commune("03172"));
    officer.post(&format!("/v1/units/{commune}/zones"), &zone("iii", "2026-01-01", None)).expect(201);
    let party = |of: &str| {
        let found = officer.get(&format!("/v1/units?parent_id={of}&kind=party")).expect(200);
        found.str("/data/0/id").to_owned()
    };
    let title = office.title("zoned", "commune");
    let (near, far) = (office.post(&title, &party(&commune)), office.post(&title, &party(office.province())));
    let seen = |post: &str, on: &str| officer.get(&format!("/v1/posts/{post}?as_of={on}")).expect(200);
    let post = seen(&near, "2026-11-23");
    assert_eq!((post.str("/locality/id"), post.str("/locality/label")), (commune.as_str(), "Xã Na Sang"));
    assert_eq!(post.str("/zone"), "iii");
    assert_eq!(seen(&near, "2025-12-31").body["zone"], Value::Null);
    // Before it existed: as on its first day.
    assert_eq!(seen(&near, "2019-06-01").str("/locality/label"), "Xã Na Sang");
    let post = seen(&far, "2026-11-23");
    assert_eq!((post.str("/locality/id"), &post.body["zone"]), (office.province(), &Value::Null));

    let ids = |query: &str| -> Vec<String> {
        let page = officer.get(&format!("/v1/posts?title_id={title}&count=true&{query}")).expect(200);
        assert_eq!(page.body["total"], json!(page.rows().len()), "{}", page.text);
        page.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&format!("locality_id={commune}")), std::slice::from_ref(&near));
    assert_eq!(ids(&format!("locality_id={}", office.province())), std::slice::from_ref(&far));
    assert_eq!(ids("zone=iii"), std::slice::from_ref(&near));
    assert!(ids("zone=iii&as_of=2025-12-31").is_empty() && ids("zone=i").is_empty());
    assert_eq!(ids(&format!("zone=iii&locality_id={commune}&status=vacant")), std::slice::from_ref(&near));
    assert!(ids(&format!("zone=iii&locality_id={}", office.province())).is_empty());
}

#[test]
fn the_zone_of_a_unit_ends_with_it_and_the_successor_gets_none() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let officer = &office.officer;
    let (here, there) = (office.commune("03172"), office.commune("03181"));
    let path = format!("/v1/units/{here}/zones");
    let now = officer.post(&path, &zone("iii", "2026-01-01", Some("2030-12-31"))).expect(201);
    officer.post(&path, &zone("ii", "2031-01-01", None)).expect(201);
    let act = json!({"number": "9/NQ", "title": "Nghị quyết", "issuer": "Ủy ban Thường vụ Quốc hội", "legal_basis": "Luật",
        "decided_on": "2026-11-20", "effective_from": "2027-01-01", "accept_proposals": true,
        "changes": [{"merge": {"units": [here], "into": {"unit_id": there}}}]});
    officer.post("/v1/reorganisations", &act).expect(201);
    let zones = officer.get(&path).expect(200);
    assert_eq!((zones.rows().len(), zones.str("/data/0/during/to")), (1, "2026-12-31"));
    assert_eq!((zones.str("/data/0/id"), &zones.body["data"][0]["version"]), (now.str("/id"), &json!(2)));
    officer.patch(now.header("location"), "*", &json!({"to": null})).problem(422, "refused");
    assert!(officer.get(&format!("/v1/units/{there}/zones")).expect(200).rows().is_empty());
    officer.post(&path, &zone("iii", "2027-01-01", None)).problem(422, "refused");
}

#[test]
fn a_page_of_posts_with_their_localities_is_cheap() {
    let database = crate::support::database::demo();
    let plans = Plans::of(&database);
    let app = TestApp::on(database);
    let reader = app.sign_in("reader");
    for query in ["limit=200", "limit=200&zone=iii", "limit=200&count=true&zone=i&status=vacant"] {
        let (page, told) = plans.during(|| reader.get(&format!("/v1/posts?{query}")).expect(200));
        assert!(!page.rows().is_empty(), "{query}");
        let read: Vec<_> = told.iter().flat_map(|told| nodes(&told["Plan"])).collect();
        assert!(read.iter().any(|(_, table, _)| table == "unit_zones"), "{query}: {read:?}");
        let whole = |(kind, table, _): &(String, String, String)| kind == "Seq Scan" && table == "unit_ancestors";
        assert!(!read.iter().any(whole), "{query}: {read:?}");
        assert!(told.iter().all(|told| told["JIT"].is_null()), "{query} is compiled");
    }
    let zones: Vec<_> = ["i", "ii", "iii"]
        .into_iter()
        .map(|zone| {
            let units = "/v1/units?kind=commune&limit=200";
            let page = reader.get(units).expect(200);
            page.rows().iter().filter(|row| row["zone"] == zone).count()
        })
        .collect();
    assert_eq!(zones, [2, 5, 38]);
}
