//! Programmes, courses, enrolments, results.

use std::time::Instant;

use canbo::cadres::CadreId;
use canbo::identity::Caller;
use canbo::platform::clock::Clock;
use canbo::platform::db::Db;
use canbo::platform::id::Ids;
use canbo::platform::period::Period;
use canbo::training::{NewCourseRow, NewProgrammeRow, ResultProposal, TrainingKind, TrainingOutcome, TrainingResult};
use serde_json::json;
use uuid::Uuid;

use crate::support::client::Client;
use crate::support::{Answer, TODAY, TestApp, database, day};

/// A province with one programme, and who keeps it.
struct Province {
    app: TestApp,
    officer: Client,
    trainer: Client,
    unit: String,
    programme: String,
}

impl Province {
    fn start() -> Self {
        let app = TestApp::start();
        let (officer, trainer) = (app.sign_in("organisation_officer"), app.sign_in("training_officer"));
        let unit = trainer.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
        let body = json!({"code": "TC-LLCT", "name": "Trung cấp lý luận chính trị", "kind": "political_theory", "level": "intermediate"});
        let programme = trainer.post("/v1/programmes", &body).expect(201).str("/id").to_owned();
        Self { app, officer, trainer, unit, programme }
    }

    fn course(&self, code: &str, seats: i32) -> String {
        let body = json!({"programme_id": self.programme, "code": code, "name": format!("Lớp {code}"), "institution": "Trường Chính trị tỉnh",
            "unit_id": self.unit, "from": "2026-03-01", "to": "2026-12-31", "seats": seats});
        self.trainer.post("/v1/courses", &body).expect(201).str("/id").to_owned()
    }

    fn person(&self, name: &str, status: &str) -> String {
        let body = json!({"full_name": name, "sex": "female", "born_on": "1990-05-01", "ethnic_group": "thai", "unit_id": self.unit, "status": status});
        self.officer.post("/v1/cadres", &body).expect(201).str("/id").to_owned()
    }
}

#[test]
fn a_pass_writes_the_qualification_and_each_names_the_other() {
    let province = Province::start();
    let trainer = &province.trainer;
    let course = province.course("K65", 60);
    let (an, binh) = (province.person("Lò Thị An", "active"), province.person("Vàng A Bình", "active"));
    let path = format!("/v1/courses/{course}/enrolments");
    let both = json!({"cadre_ids": [an, binh], "enrolled_on": "2026-03-01"});
    let dry = trainer.post(&format!("{path}?validate_only=true"), &both).expect(200);
    assert_eq!((dry.str("/effects/0/effect"), dry.str("/effects/1/label")), ("enrolment_made", "Vàng A Bình"));
    let made = trainer.post(&path, &both).expect(201);
    assert_eq!((made.str("/data/0/cadre/label"), made.str("/data/1/cadre/label")), ("Lò Thị An", "Vàng A Bình"));
    assert_eq!(made.str("/data/0/allowed_actions/0"), "record_result");
    let seen = trainer.get(&format!("/v1/courses/{course}")).expect(200);
    assert_eq!((&seen.body["enrolled"], &seen.body["free_seats"]), (&json!(2), &json!(58)));
    assert_eq!((seen.str("/timeline"), seen.str("/unit/label")), ("current", "Tỉnh Điện Biên"));

    let enrolment = format!("/v1/enrolments/{}", made.str("/data/0/id"));
    let action = format!("{enrolment}/record-result");
    let tag = trainer.get(&enrolment).expect(200).etag().to_owned();
    let pass = json!({"outcome": "passed", "result_on": "2026-11-20", "certificate_number": "125/2026"});
    trainer.post(&action, &pass).problem(428, "precondition_required");
    trainer.act(&action, "\"9-0\"", &pass).problem(412, "stale");
    let early = json!({"outcome": "failed", "result_on": "2026-02-28", "certificate_number": "1"});
    let refused = trainer.act(&action, &tag, &early).problem(422, "refused");
    assert_eq!(refused.findings(), [("/result_on", "bad_order"), ("/certificate_number", "invalid_body")]);
    province.officer.act(&action, &tag, &pass).problem(403, "forbidden");
    let told = province.officer.get(&enrolment).expect(200);
    assert_eq!(told.body["allowed_actions"], json!([]));

    let dry = trainer.act(&format!("{action}?validate_only=true"), &tag, &pass).expect(200);
    assert_eq!(
        (dry.str("/effects/0/effect"), dry.str("/effects/1/effect")),
        ("enrolment_passed", "qualification_recorded")
    );
    let passed = trainer.act(&action, &tag, &pass).expect(200);
    assert_eq!((passed.str("/state"), &passed.body["allowed_actions"]), ("passed", &json!([])));
    let qualifications = province.officer.get(&format!("/v1/cadres/{an}/qualifications")).expect(200);
    let qualification = &qualifications.rows()[0];
    assert_eq!(qualification["id"], passed.body["qualification_id"]);
    assert_eq!(qualification["enrolment_id"], made.body["data"][0]["id"]);
    assert_eq!((&qualification["kind"], &qualification["level"]), (&json!("political_theory"), &json!("intermediate")));
    trainer.act(&action, passed.etag(), &pass).problem(409, "wrong_state");
    let left = trainer.get(&format!("/v1/enrolments?cadre_id={binh}&state=enrolled&count=true")).expect(200);
    assert_eq!(left.body["total"], 1);
    let listed = trainer.get(&format!("{path}?limit=1")).expect(200);
    assert_eq!(listed.str("/data/0/cadre/label"), "Lò Thị An");
    let next = listed.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    assert_eq!(trainer.get(&next).expect(200).str("/data/0/cadre/label"), "Vàng A Bình");
}

#[test]
fn nobody_is_enrolled_when_anybody_cannot_be() {
    let province = Province::start();
    let trainer = &province.trainer;
    let course = province.course("K66", 2);
    let people = ["An", "Bình", "Chi"].map(|name| province.person(name, "active"));
    let retired = province.person("Dũng", "retired");
    let path = format!("/v1/courses/{course}/enrolments");
    let nobody = Uuid::nil().to_string();
    let ids = [&people[0], &retired, &people[0], &nobody, &people[1], &people[2]];
    let refused = trainer.post(&path, &json!({"cadre_ids": ids})).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [
            ("/cadre_ids/1", "not_active"),
            ("/cadre_ids/2", "repeated"),
            ("/cadre_ids/3", "unknown_reference"),
            ("/cadre_ids/5", "course_full"),
        ]
    );
    assert_eq!(trainer.get(&format!("{path}?count=true")).expect(200).body["total"], 0);
    trainer.post(&path, &json!({"cadre_ids": []})).problem(422, "refused");
    trainer.post(&format!("/v1/courses/{nobody}/enrolments"), &json!({"cadre_ids": ids})).problem(404, "not_found");
    trainer.post(&path, &json!({"cadre_ids": [people[0]]})).expect(201);
    let again = trainer.post(&path, &json!({"cadre_ids": [people[0]]})).problem(422, "refused");
    assert_eq!(again.findings(), [("/cadre_ids/0", "repeated")]);

    // One seat is left: of two who come at once, one gets it.
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asked = [&people[1], &people[2]].map(|id| {
            let path = &path;
            scope.spawn(move || trainer.post(path, &json!({"cadre_ids": [id]})))
        });
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    // Who withdraws gives the seat back.
    let won = answers.iter().find(|answer| answer.status == 201).unwrap();
    let out = json!({"outcome": "withdrawn", "result_on": TODAY, "reason": "Điều động công tác"});
    trainer.act(&format!("/v1/enrolments/{}/record-result", won.str("/data/0/id")), "*", &out).expect(200);
    let seen = trainer.get(&format!("/v1/courses/{course}")).expect(200);
    assert_eq!((&seen.body["free_seats"], &seen.body["withdrawn"]), (&json!(1), &json!(1)));
}

#[test]
fn programmes_and_courses_are_what_they_can_be() {
    let province = Province::start();
    let trainer = &province.trainer;
    let bad = json!({"code": "X", "name": "x", "kind": "political_theory", "level": "none"});
    assert_eq!(trainer.post("/v1/programmes", &bad).problem(422, "refused").findings(), [("/level", "unknown_code")]);
    let twice = json!({"code": "TC-LLCT", "name": "x", "kind": "foreign_language", "level": "A2"});
    trainer.post("/v1/programmes", &twice).problem(409, "duplicate");
    province.officer.post("/v1/programmes", &twice).problem(403, "forbidden");
    let nobody = Uuid::nil();
    let bad = json!({"programme_id": nobody, "code": "K1", "name": "x", "institution": "y", "unit_id": province.unit,
        "from": "2026-03-01", "to": "2026-03-31", "seats": 0});
    let refused = trainer.post("/v1/courses", &bad).problem(422, "refused");
    assert_eq!(refused.findings(), [("/programme_id", "unknown_reference"), ("/seats", "out_of_range")]);
    province.course("K1", 9);
    let listed =
        |query: &str| trainer.get(&format!("/v1/courses?count=true&{query}")).expect(200).body["total"].clone();
    assert_eq!(listed("as_of=2026-03-01"), 1);
    assert_eq!(listed("as_of=2027-01-01"), 0);
    assert_eq!(listed(&format!("kind=political_theory&unit_id={}", province.unit)), 1);
    assert_eq!(listed("kind=induction"), 0);
    assert_eq!(trainer.get("/v1/programmes?kind=political_theory").expect(200).rows().len(), 1);
}

#[test]
fn courses_and_enrolments_are_seen_where_they_are() {
    let province = Province::start();
    let administrator = province.app.sign_in("administrator");
    let commune = administrator.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    let account = json!({"user_name": "na-sang", "display_name": "Na Sang", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "reader", "unit_id": commune});
    administrator.post("/v1/grants", &grant).expect(201);
    let there = province.app.anonymous().signed_in("na-sang", "mot mat khau dai");

    let course = province.course("K65", 60);
    let local = json!({"full_name": "Quàng Văn Hòa", "sex": "male", "born_on": "1985-01-01", "ethnic_group": "thai", "unit_id": commune});
    let local = province.officer.post("/v1/cadres", &local).expect(201).str("/id").to_owned();
    let other = province.person("Lò Thị An", "active");
    let path = format!("/v1/courses/{course}/enrolments");
    let made = province.trainer.post(&path, &json!({"cadre_ids": [local, other]})).expect(201);
    // The province's course is not theirs to see; their own person on it is.
    there.get(&format!("/v1/courses/{course}")).problem(404, "not_found");
    there.get(&path).problem(404, "not_found");
    let seen = there.get("/v1/enrolments?count=true").expect(200);
    assert_eq!((&seen.body["total"], seen.str("/data/0/cadre/label")), (&json!(1), "Quàng Văn Hòa"));
    assert_eq!(seen.body["data"][0]["allowed_actions"], json!([]));
    there.get(&format!("/v1/enrolments/{}", made.str("/data/1/id"))).problem(404, "not_found");
}

/// Thousands of people put on courses and passed, as a loader does it.
#[test]
fn many_are_enrolled_and_pass_in_one_change_each() {
    let name = database::founded();
    let people = 500_u128;
    database::wait(async move || {
        let sql = format!(
            "INSERT INTO cadres (id, full_name, name_sort, search_key, marked_key, initials, sex, born_on, ethnic_group, unit_id, status, created_at, updated_at) \
             SELECT lpad(to_hex(n), 32, '0')::uuid, 'Người ' || n, n::text, n::text, n::text, 'n', 'male', '1980-01-01', 'kinh', \
                (SELECT unit_id FROM unit_versions WHERE parent_id IS NULL LIMIT 1), 'retired', now(), now() FROM generate_series(1, {people}) n"
        );
        database::execute(&name, &sql).await;
        let db = Db::new(&database::settings(&name), Clock::manual_on(day(TODAY)), Ids::seeded(2)).unwrap();
        let app = canbo::app::unserved(db).unwrap();
        let system = Caller::system("tests");
        let unit_id = canbo::organisations::root(&app).await.unwrap().0;
        let programme = NewProgrammeRow {
            code: "CC".to_owned(),
            name: "Cao cấp lý luận chính trị".to_owned(),
            kind: TrainingKind::PoliticalTheory,
            level: "advanced".to_owned(),
        };
        let programmes = canbo::training::create_programmes(&app, &system, &[programme]).await.unwrap().value;
        let courses: Vec<_> = (0..10)
            .map(|n| NewCourseRow {
                programme_id: programmes[0],
                code: format!("CC-{n}"),
                name: format!("Lớp {n}"),
                institution: "Học viện".to_owned(),
                unit_id,
                during: Period::new(Some(day("2016-01-01")), Some(day("2017-01-01"))).unwrap(),
                seats: 500,
            })
            .collect();
        let courses = canbo::training::create_courses(&app, &system, &courses).await.unwrap().value;
        let pairs: Vec<_> = courses
            .iter()
            .flat_map(|course| (1..=people).map(|n| (*course, CadreId(Uuid::from_u128(n)), day("2016-01-01"))))
            .collect();
        let started = Instant::now();
        let enrolments = canbo::training::enrol_many(&app, &system, &pairs).await.unwrap().value;
        let enrolled = started.elapsed();
        let result = TrainingResult {
            outcome: TrainingOutcome::Passed,
            result_on: day("2016-12-31"),
            certificate_number: None,
            reason: None,
        };
        let results: Vec<_> =
            enrolments.iter().map(|id| ResultProposal { enrolment_id: *id, result: result.clone() }).collect();
        let started = Instant::now();
        let written = canbo::training::record_results(&app, &system, &results).await.unwrap().value;
        println!("{} enrolments in {enrolled:?}, passes in {:?}", enrolments.len(), started.elapsed());
        assert!(written.iter().all(Option::is_some) && written.len() == 5000);
        let again = canbo::training::record_results(&app, &system, &results[..2]).await.unwrap_err();
        assert_eq!(again.findings().len(), 2);
        app.db.close();
    });
}
