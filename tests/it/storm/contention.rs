//! Many want what only one can have.

use std::process::Command;

use serde_json::json;

use super::{alone, appointment, at_once, patient, people, seat, today};
use crate::support::Answer;
use crate::support::fixtures::{Office, transfer};
use crate::support::postgres::Postgres;
use crate::support::replicas::{Replica, replicas, rounds};

const CALLERS: usize = 64;

/// Seats that are held twice, people with two full-time posts on a day: as PostgreSQL sees them.
const OVERLAPS: &str = "SELECT count(*) FROM appointments a JOIN appointments b ON a.during && b.during \
    AND a.superseded_at IS NULL AND b.superseded_at IS NULL AND a.id < b.id \
    WHERE a.post_id = b.post_id OR (a.cadre_id = b.cadre_id AND a.full_time AND b.full_time)";

/// What came back, in short.
fn told(answers: &[Answer]) -> Vec<(u16, &str)> {
    answers.iter().map(|answer| (answer.status, answer.body["code"].as_str().unwrap_or_default())).collect()
}

/// The office, signed in anew now and then: a token lasts ten minutes, and a long storm longer.
fn renewed(office: Office, replica: &Replica, round: usize) -> Office {
    if round % 50 == 49 { Office::of(&replica.client()) } else { office }
}

/// A title with seats left: a unit has 999 seats of one at most.
fn roomy(title: String, office: &Office, round: usize) -> String {
    if round % 100 == 99 { office.title(&format!("storm_after_{round}"), "province") } else { title }
}

/// Three replicas with a connection for each caller: what is tried is the thing that all want, not the pool (F06 tries
/// that).
fn ample(url: &str) -> Vec<Replica> {
    let with_connections = |serve: &mut Command| _ = serve.env("CANBO_POOL_SIZE", "22");
    (0..3).map(|_| Replica::start_with(url, with_connections)).collect()
}

/// How it went. Beside the other tests of a busy machine a caller may have to come again; alone nobody does.
fn summary(asked: usize, shed: usize) -> String {
    assert!(asked < 100 || shed == 0, "{shed} answers of {asked} rounds were 503");
    format!("{asked} rounds of {CALLERS}: one winner each; {shed} answers were 503 and asked again")
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// D01: 64 parallel appointments to one seat over three replicas: one wins each round, all others are 409.
#[test]
fn one_seat_has_one_holder() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = ample(&server.url());
    let mut office = Office::of(&replicas[0].client());
    let (mut title, unit) = (office.title("storm_seat", "province"), office.province().to_owned());
    let people = people(&office, CALLERS);
    let (asked, mut shed) = (rounds(3), 0);
    for round in 0..asked {
        office = renewed(office, &replicas[0], round);
        title = roomy(title, &office, round);
        let post = seat(&office.officer, &title, &unit, false);
        let answers = at_once(&replicas, CALLERS, |index, replica| {
            let officer = office.officer.at(replica.address());
            patient(|| officer.post(&format!("/v1/cadres/{}/appointments", people[index]), &appointment(&post)))
        });
        shed += answers.iter().map(|(_, busy)| busy).sum::<usize>();
        let answers: Vec<Answer> = answers.into_iter().map(|(answer, _)| answer).collect();
        assert_eq!(
            (count(&answers, 201), count(&answers, 409)),
            (1, CALLERS - 1),
            "round {round}: {:?}",
            told(&answers)
        );
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.body["code"] == "post_taken"));
        assert_eq!(server.number(&format!("SELECT count(*) FROM appointments WHERE post_id = '{post}'")), 1);
    }
    assert_eq!(server.number(OVERLAPS), 0);
    println!("{}", summary(asked, shed));
}

/// D02: one person is wanted for 64 full-time posts at once over three replicas: one gets them.
#[test]
fn one_person_has_one_full_time_post() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = ample(&server.url());
    let mut office = Office::of(&replicas[0].client());
    let (mut title, unit) = (office.title("storm_person", "province"), office.province().to_owned());
    let mut posts: Vec<String> = (0..CALLERS).map(|_| seat(&office.officer, &title, &unit, true)).collect();
    let (asked, mut shed) = (rounds(3), 0);
    for round in 0..asked {
        office = renewed(office, &replicas[0], round);
        title = roomy(title, &office, round);
        let cadre = office.cadre(&format!("Giàng A Sính {round}"), &unit);
        let answers = at_once(&replicas, CALLERS, |index, replica| {
            let officer = office.officer.at(replica.address());
            patient(|| officer.post(&format!("/v1/cadres/{cadre}/appointments"), &appointment(&posts[index])))
        });
        shed += answers.iter().map(|(_, busy)| busy).sum::<usize>();
        let answers: Vec<Answer> = answers.into_iter().map(|(answer, _)| answer).collect();
        assert_eq!(
            (count(&answers, 201), count(&answers, 409)),
            (1, CALLERS - 1),
            "round {round}: {:?}",
            told(&answers)
        );
        let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
        posts[winner] = seat(&office.officer, &title, &unit, true);
    }
    assert_eq!(server.number(OVERLAPS), 0);
    println!("{}", summary(asked, shed));
}

/// D04: two edits with one tag: one is done, the other is stale; and what else `If-Match` may say.
#[test]
fn one_tag_serves_one_edit() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(3, &server.url());
    let office = Office::of(&replicas[0].client());
    let unit = office.province().to_owned();
    let cadre = office.cadre("Lò Thị Thẻ", &unit);
    let path = format!("/v1/cadres/{cadre}");
    for round in 0..rounds(5) {
        let tag = office.officer.get(&path).expect(200).etag().to_owned();
        let answers: Vec<Answer> = at_once(&replicas, 12, |index, replica| {
            let officer = office.officer.at(replica.address());
            patient(|| officer.patch(&path, &tag, &json!({"full_name": format!("Lò Thị Thẻ {round} {index}")}))).0
        });
        assert_eq!((count(&answers, 200), count(&answers, 412)), (1, 11), "{:?}", told(&answers));
    }
    let now = office.officer.get(&path).expect(200);
    let other = office.officer.get(&format!("/v1/cadres/{}", office.cadre("Lò Thị Khác", &unit))).expect(200);
    let edit = json!({"full_name": "Lò Thị Mới"});
    let without = office.officer.request(reqwest::Method::PATCH, &path).json(&edit);
    Answer::of(without).problem(428, "precondition_required");
    // A weak tag does not say that the bytes are the same: it is no tag of an edit.
    office.officer.patch(&path, &format!("W/{}", now.etag()), &edit).problem(412, "stale");
    office.officer.patch(&path, "\"999-0000\"", &edit).problem(412, "stale");
    assert_ne!(now.etag(), other.etag());
    office.officer.patch(&path, other.etag(), &edit).problem(412, "stale");
    office.officer.patch(&path, "*", &edit).expect(200);
}

/// D05: a case decided twice, decided and withdrawn, decided while its seat is taken: one of them comes about.
#[test]
fn one_case_has_one_end() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(3, &server.url());
    let office = Office::of(&replicas[0].client());
    let unit = office.province().to_owned();
    let mut title = office.title("storm_case", "province");
    let decision =
        json!({"decision_number": "315-QĐ/TU", "decision_issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": today()});
    let from = (today() + chrono::Days::new(10)).to_string();
    for round in 0..rounds(2) {
        title = roomy(title, &office, round);
        let prepared = |name: &str| {
            let (left, entered) = (office.post(&title, &unit), office.post(&title, &unit));
            let person = office.holder(&format!("{name} {round}"), &unit, &left);
            let case = office.prepare(&from, &[transfer(&person, Some(&left), &entered)]).expect(201);
            (case, entered, person)
        };
        let path = |case: &Answer, verb: &str| format!("/v1/rotations/{}/{verb}", case.str("/id"));

        // Decided by many at once.
        let (case, ..) = prepared("Quyết");
        let tag = office.decider.get(path(&case, "").trim_end_matches('/')).expect(200).etag().to_owned();
        let answers: Vec<Answer> = at_once(&replicas, 6, |_, replica| {
            let decider = office.decider.at(replica.address());
            patient(|| decider.act(&path(&case, "decide"), &tag, &decision)).0
        });
        assert_eq!(count(&answers, 200), 1, "{:?}", told(&answers));
        assert_eq!(count(&answers, 409) + count(&answers, 412), 5, "{:?}", told(&answers));

        // Decided and withdrawn.
        let (case, entered, _) = prepared("Rút");
        let answers = at_once(&replicas, 2, |index, replica| {
            if index == 0 {
                let decider = office.decider.at(replica.address());
                patient(|| decider.act(&path(&case, "decide"), "*", &decision)).0
            } else {
                let decider = office.decider.at(replica.address());
                patient(|| decider.act(&path(&case, "withdraw"), case.etag(), &json!({"reason": "Không còn cần"}))).0
            }
        });
        let state = office.officer.get(path(&case, "").trim_end_matches('/')).expect(200).str("/state").to_owned();
        let held = office.held_by(&entered, &from);
        match (answers[0].status, answers[1].status) {
            (200, 409 | 412) => assert_eq!((state.as_str(), held.is_empty()), ("decided", false)),
            (409 | 412, 200) => assert_eq!((state.as_str(), held.is_empty()), ("withdrawn", true)),
            other => panic!("{other:?}: {:?}", told(&answers)),
        }

        // Decided while another takes the seat.
        let (case, entered, _) = prepared("Chỗ");
        let rival = office.cadre(&format!("Người thứ hai {round}"), &unit);
        let answers = at_once(&replicas, 2, |index, replica| {
            if index == 0 {
                let decider = office.decider.at(replica.address());
                patient(|| decider.act(&path(&case, "decide"), "*", &decision)).0
            } else {
                let officer = office.officer.at(replica.address());
                patient(|| officer.post(&format!("/v1/cadres/{rival}/appointments"), &appointment(&entered))).0
            }
        });
        let statuses = (answers[0].status, answers[1].status);
        assert!(matches!(statuses, (200, 409) | (409 | 422, 201)), "{statuses:?}: {:?}", told(&answers));
    }
    assert_eq!(server.number(OVERLAPS), 0);
}

/// D06: 64 enrolments into a course with ten seats, over three replicas: ten are enrolled.
#[test]
fn a_course_takes_as_many_as_it_has_seats() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(3, &server.url());
    let office = Office::of(&replicas[0].client());
    let people = people(&office, CALLERS);
    let trainer = replicas[0].sign_in("training_officer");
    let body = json!({"code": "TC-LLCT", "name": "Trung cấp lý luận chính trị", "kind": "political_theory", "level": "intermediate"});
    let programme = trainer.post("/v1/programmes", &body).expect(201).str("/id").to_owned();
    for round in 0..rounds(2) {
        let body = json!({"programme_id": programme, "code": format!("K{round}"), "name": "Lớp", "institution": "Trường Chính trị tỉnh",
            "unit_id": office.province(), "from": "2026-03-01", "to": "2027-12-31", "seats": 10});
        let course = trainer.post("/v1/courses", &body).expect(201).str("/id").to_owned();
        let answers: Vec<Answer> = at_once(&replicas, CALLERS, |index, replica| {
            let trainer = trainer.at(replica.address());
            let body = json!({"cadre_ids": [people[index]], "enrolled_on": "2026-03-01"});
            patient(|| trainer.post(&format!("/v1/courses/{course}/enrolments"), &body)).0
        });
        assert_eq!((count(&answers, 201), count(&answers, 422)), (10, CALLERS - 10), "{:?}", told(&answers));
        assert_eq!(server.number(&format!("SELECT count(*) FROM enrolments WHERE course_id = '{course}'")), 10);
    }
}
