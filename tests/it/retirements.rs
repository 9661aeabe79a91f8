//! A retirement day that was decided counts wherever it is asked when somebody leaves.

use serde_json::{Value, json};

use crate::support::fixtures::Office;
use crate::support::plans::{Plans, nodes};
use crate::support::{Answer, TestApp, crowd, database};

/// Status, first vacant day and reason of a post on a day, which the list must tell alike.
fn status(office: &Office, post: &str, on: &str) -> (String, String, String) {
    let one = office.officer.get(&format!("/v1/posts/{post}?as_of={on}")).expect(200);
    let said = one.str("/status");
    for status in ["filled", "vacant", "vacant_soon"] {
        let list = office.officer.get(&format!("/v1/posts?status={status}&as_of={on}&limit=200")).expect(200);
        let found = list.rows().iter().any(|row| row["id"] == json!(post));
        assert_eq!(found, status == said, "{post} on {on} is {said}, and the list of {status} says otherwise");
    }
    let text = |field: &str| one.body[field].as_str().unwrap_or_default().to_owned();
    (said.to_owned(), text("vacant_from"), text("status_reason"))
}

fn is(status: &str, vacant_from: &str) -> (String, String, String) {
    (status.to_owned(), vacant_from.to_owned(), "retirement".to_owned())
}

fn decided(text: &str, from: &str) -> Value {
    json!({"topic": "retirement_day", "text": text, "from": from, "decision_number": "12-QĐ/TU"})
}

#[test]
fn a_post_is_vacant_when_it_was_decided_that_its_holder_retires() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let title = office.title("retiring", "commune");
    let post = office.post(&title, &here);
    // By the schedule he retires on 31 May 2047.
    let cadre = office.holder("Lò Văn Hặc", &here, &post);
    let particulars = format!("/v1/cadres/{cadre}/particulars");
    let now = |office: &Office| status(office, &post, "2026-11-23");
    assert_eq!(now(&office), is("filled", "2047-06-01"));

    // Earlier, later, about something else, withdrawn.
    let body = decided("2026-12-31: nghỉ hưu trước tuổi", "2026-11-01");
    let dry = officer.post(&format!("{particulars}?validate_only=true"), &body).expect(200);
    assert_eq!((dry.str("/effects/0/effect"), now(&office)), ("fact_recorded", is("filled", "2047-06-01")));
    let made = officer.post(&particulars, &body).expect(201);
    assert_eq!(now(&office), is("vacant_soon", "2027-01-01"));
    // On a day on which the decision did not count yet.
    assert_eq!(status(&office, &post, "2026-10-31"), is("filled", "2047-06-01"));
    let own = made.header("location").to_owned();
    let correct = |seen: &Answer, mut body: Value| {
        body["reason"] = json!("Nhập sai");
        officer.act(&format!("{own}/correct"), seen.etag(), &body).expect(200)
    };
    let later = correct(&made, decided("2049-12-31: kéo dài thời gian công tác", "2026-11-01"));
    assert_eq!(now(&office), is("filled", "2050-01-01"));
    let other = correct(&later, json!({"topic": "strength", "text": "Công tác dân vận"}));
    assert_eq!(now(&office), is("filled", "2047-06-01"));
    let again = correct(&other, decided("2026-12-31: nghỉ hưu trước tuổi", "2026-11-01"));
    assert_eq!(now(&office).0, "vacant_soon");
    let withdraw = format!("/v1/cadres/{cadre}/entries/{}/withdraw", made.str("/id"));
    officer.act(&withdraw, again.etag(), &json!({"reason": "Không có"})).expect(204);
    assert_eq!(now(&office), is("filled", "2047-06-01"));

    // One decision ends where the next begins; the profile of each day says the same.
    officer.post(&particulars, &decided("2026-12-31: nghỉ hưu trước tuổi", "2026-09-01")).expect(201);
    officer.post(&particulars, &decided("2030-06-30: theo nguyện vọng", "2026-11-10")).expect(201);
    for (on, expected) in [("2026-11-09", is("vacant_soon", "2027-01-01")), ("2026-11-10", is("filled", "2030-07-01"))]
    {
        assert_eq!(status(&office, &post, on), expected);
        let profile = officer.get(&format!("/v1/cadres/{cadre}/profile?as_of={on}")).expect(200);
        let derived = profile.body["derived"].as_array().unwrap();
        let day = derived.iter().find(|fact| fact["name"] == "retirement_day").unwrap()["value"].as_str().unwrap();
        let next = day.parse::<chrono::NaiveDate>().unwrap().succ_opt().unwrap().to_string();
        assert_eq!(next, expected.1, "{on}");
    }
}

/// Who comes to a post after the decision brings it along, and who would retire soon by the schedule may stay longer.
#[test]
fn a_decision_is_the_person_s_and_not_the_post_s() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let post = office.post(&office.title("retiring", "commune"), &here);
    let person = json!({"full_name": "Quàng Văn Già", "sex": "male", "born_on": "1965-05-20", "ethnic_group": "thai", "unit_id": here});
    let cadre = officer.post("/v1/cadres", &person).expect(201).str("/id").to_owned();
    let body = decided("2028-03-31: kéo dài thời gian công tác", "2026-01-01");
    let made = officer.post(&format!("/v1/cadres/{cadre}/particulars"), &body).expect(201);
    let held = json!({"post_id": post, "from": "2026-02-01", "basis": "appointed"});
    officer.post(&format!("/v1/cadres/{cadre}/appointments"), &held).expect(201);
    assert_eq!(status(&office, &post, "2026-11-23"), is("filled", "2028-04-01"));
    let withdraw = format!("/v1/cadres/{cadre}/entries/{}/withdraw", made.str("/id"));
    officer.act(&withdraw, "*", &json!({"reason": "Không có"})).expect(204);
    assert_eq!(status(&office, &post, "2026-11-23"), is("vacant_soon", "2026-12-01"));
}

/// The check of a move takes the day that was decided, as the profile does.
#[test]
fn a_move_is_held_against_the_day_that_was_decided() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, here) = (&office.officer, office.commune("03172"));
    let title = office.title("retiring", "commune");
    let (from, to) = (office.post(&title, &here), office.post(&title, &here));
    let cadre = office.holder("Lò Văn Hặc", &here, &from);
    let step = json!({"kind": "rotation", "cadre_id": cadre, "from_post_id": from, "to_post_id": to});
    let case = office.prepare("2026-12-01", &[step]).expect(201);
    let verdict = || {
        let told = officer.get(&format!("/v1/rotations/{}/eligibility", case.str("/id"))).expect(200).text;
        let told: Value = serde_json::from_str(&told).unwrap();
        let all = told.to_string();
        all.split("rotation.remaining_years").nth(1).unwrap_or_else(|| panic!("{all}")).to_owned()
    };
    let before = verdict();
    let body = decided("2027-12-31: nghỉ hưu trước tuổi", "2026-11-01");
    officer.post(&format!("/v1/cadres/{cadre}/particulars"), &body).expect(201);
    assert_ne!(verdict(), before);
}

/// One statement for the list, which looks decisions up by the person.
#[test]
fn decisions_are_looked_up_by_an_index() {
    let database = database::founded();
    crowd::gather(&database);
    let plans = Plans::of(&database);
    let app = TestApp::on(database);
    app.execute(
        "INSERT INTO decided_retirements (cadre_id, during, retires_on) SELECT id, '[2026-01-01,)', '2026-12-31' FROM cadres; \
         ANALYZE decided_retirements",
    );
    let reader = app.sign_in("reader");
    let commune = reader.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    let path = format!("/v1/posts?status=vacant_soon&limit=50&unit_id={commune}");
    let (page, told) = plans.during(|| reader.get(&path).expect(200));
    assert_eq!(page.rows().len(), 50);
    let read: Vec<_> = told.iter().flat_map(|told| nodes(&told["Plan"])).collect();
    let decisions: Vec<_> = read
        .iter()
        .filter(|(_, table, index)| table == "decided_retirements" || index.contains("decided_retirements"))
        .collect();
    assert!(!decisions.is_empty() && decisions.iter().all(|(kind, ..)| kind != "Seq Scan"), "{read:?}");
}
