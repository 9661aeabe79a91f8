//! The ten years that must remain: who they stop, whom the authority lets pass, and the two policies that ask for one term alone.

use serde_json::{Value, json};

use super::scene;
use crate::support::fixtures::Office;
use crate::support::{Answer, TestApp};

/// A head of the province's body since ten years, which is two terms, born on a day; and a free post of a commune.
struct Head {
    office: Office,
    cadre: String,
    held: String,
    free: String,
}

impl Head {
    fn born(app: &TestApp, day: &str, since: &str) -> Self {
        let office = scene(app).office;
        let post = json!({"title_id": office.title("test_director", "province"), "unit_id": office.province(), "from": "2016-01-01",
            "term_months": 60});
        let held = office.officer.post("/v1/posts", &post).expect(201).str("/id").to_owned();
        let body = json!({"full_name": "Cà Văn Tám", "sex": "male", "born_on": day, "ethnic_group": "thai", "unit_id": office.province()});
        let cadre = office.officer.post("/v1/cadres", &body).expect(201).str("/id").to_owned();
        let appointment = json!({"post_id": held, "from": since, "basis": "appointed"});
        office.officer.post(&format!("/v1/cadres/{cadre}/appointments"), &appointment).expect(201);
        let free = office.post(&office.title("test_secretary", "commune"), &office.commune("03172"));
        confirm(&office, "rotation.remaining_years");
        Self { office, cadre, held, free }
    }

    fn case(&self) -> Answer {
        let step = json!({"kind": "rotation", "cadre_id": self.cadre, "from_post_id": self.held, "to_post_id": self.free,
            "expected_end_on": "2029-12-31"});
        self.office.prepare("2026-12-01", &[step]).expect(201)
    }

    /// The check of a rule, of the one move of a case.
    fn check(&self, case: &Answer, rule: &str) -> Value {
        let judged = self.office.officer.get(&format!("/v1/rotations/{}/eligibility", case.str("/id"))).expect(200);
        let checks = judged.body["moves"][0]["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["rule"] == rule)
            .unwrap_or_else(|| panic!("no {rule} in {}", judged.text))
            .clone()
    }
}

fn confirm(office: &Office, key: &str) {
    let rule = office.officer.get(&format!("/v1/regulations?key={key}&as_of=2026-12-01")).expect(200);
    let against = json!({"against": "Công báo", "confirmed_on": "2026-11-23"});
    office.officer.act(&format!("/v1/regulations/{}/confirm", rule.str("/data/0/id")), "*", &against).expect(200);
}

#[test]
fn who_has_not_ten_years_left_is_moved_by_a_special_case_alone() {
    let app = TestApp::start();
    let head = Head::born(&app, "1967-05-04", "2025-01-01");
    let case = head.case();
    let before = head.check(&case, "rotation.remaining_years");
    assert_eq!((before["verdict"].clone(), before["confirmed"].clone()), (json!("fail"), json!(true)));
    assert!(before["facts_en"].as_str().unwrap().contains("30 months of service left < 120"), "{before}");
    let refused = head.office.decide(&case).problem(422, "refused");
    assert_eq!(refused.findings(), [("/moves/0", "rule_not_met")]);
    let waiver = json!({"cadre_id": head.cadre, "rule": "rotation.remaining_years", "reason": "Có sản phẩm cụ thể nổi trội",
        "number": "116-TB/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": "2026-11-20"});
    let path = format!("/v1/rotations/{}", case.str("/id"));
    head.office.decider.post(&format!("{path}/waivers"), &waiver).expect(201);
    let after = head.check(&case, "rotation.remaining_years");
    assert_eq!(
        (after["verdict"].clone(), after["waived_by"].clone()),
        (json!("waived"), json!("116-TB/TU Ban Thường vụ Tỉnh ủy"))
    );
    let seen = head.office.decider.get(&path).expect(200);
    head.office.decide(&seen).expect(200);
}

#[test]
fn who_has_led_for_two_terms_needs_one_term_only() {
    let app = TestApp::start();
    let head = Head::born(&app, "1970-05-04", "2016-11-01");
    let case = head.case();
    let check = head.check(&case, "rotation.remaining_months_exception");
    assert_eq!(check["verdict"], json!("pass"), "{check}");
    assert!(check["facts_en"].as_str().unwrap().contains("the most terms are over"), "{check}");
    head.office.decide(&case).expect(200);
}

#[test]
fn a_head_who_is_no_native_needs_one_term_only_and_a_native_ten_years() {
    let app = TestApp::start();
    let head = Head::born(&app, "1970-05-04", "2025-01-01");
    let officer = &head.office.officer;
    let known = officer.get("/v1/regulations?key=native.definition&as_of=2026-12-01").expect(200);
    let said =
        json!({"value": "native_place", "instrument": "Quy định 1-QĐ/TU", "article": "3", "reason": "Tỉnh quy định"});
    officer.act(&format!("/v1/regulations/{}/supersede", known.str("/data/0/id")), "*", &said).expect(200);
    let from = |code: &str| {
        let change = json!({"native_unit_id": head.office.commune(code)});
        officer.patch(&format!("/v1/cadres/{}", head.cadre), "*", &change).expect(200);
    };
    from("03181");
    let case = head.case();
    let check = head.check(&case, "rotation.remaining_months_exception");
    assert_eq!(check["verdict"], json!("pass"), "{check}");
    assert!(check["facts_en"].as_str().unwrap().contains("not a native"), "{check}");
    from("03172");
    assert_eq!(head.check(&case, "rotation.remaining_years")["verdict"], json!("fail"));
    head.office.decide(&case).problem(422, "refused");
    from("03181");
    head.office.decide(&case).expect(200);
}
