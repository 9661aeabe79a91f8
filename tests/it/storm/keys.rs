//! One key, one effect: whoever sends it, however often, wherever.

use serde_json::{Value, json};

use super::{alone, at_once, patient};
use crate::support::fixtures::Office;
use crate::support::postgres::Postgres;
use crate::support::replicas::{replicas, rounds};
use crate::support::{Answer, Client};

pub fn person(name: &str, unit: &str) -> Value {
    json!({"full_name": name, "sex": "male", "born_on": "1985-05-04", "ethnic_group": "thai", "unit_id": unit})
}

pub fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    Answer::of(client.request(reqwest::Method::POST, path).header("idempotency-key", key).json(body))
}

pub fn cadres_named(server: &Postgres, name: &str) -> i64 {
    server.number(&format!("SELECT count(*) FROM cadres WHERE full_name = '{name}'"))
}

/// D08: one key and body a hundred times at once over three replicas: one effect, one status, one body.
#[test]
fn a_hundred_twins_have_one_effect() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(3, &server.url());
    let office = Office::of(&replicas[0].client());
    let unit = office.province().to_owned();
    for round in 0..rounds(2) {
        let name = format!("Lò Văn Khóa {round}");
        let answers = at_once(&replicas, 100, |_, replica| {
            let officer = office.officer.at(replica.address());
            // A twin that is still at work is told so, and comes again, as after a 503.
            loop {
                let (answer, _) =
                    patient(|| post(&officer, "/v1/cadres", &format!("twins-{round}"), &person(&name, &unit)));
                if answer.body["code"] != "key_in_flight" {
                    return answer;
                }
            }
        });
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body), "{answers:?}");
        let first = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
        assert_eq!((first, cadres_named(&server, &name)), (1, 1));
    }
}

/// D09: a key counts for one caller, one path and one body; and what a key may look like.
#[test]
fn a_key_belongs_to_a_caller_a_path_and_a_body() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(2, &server.url());
    let office = Office::of(&replicas[0].client());
    let unit = office.province().to_owned();
    let elsewhere = office.officer.at(replicas[1].address());
    let made = post(&office.officer, "/v1/cadres", "k-1", &person("Lò Văn Một", &unit)).expect(201);
    post(&elsewhere, "/v1/cadres", "k-1", &person("Lò Văn Hai", &unit)).problem(422, "key_reused");
    let again = post(&elsewhere, "/v1/cadres", "k-1", &person("Lò Văn Một", &unit)).expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &made.body));
    // Another caller, another path.
    let other = replicas[1].sign_in("unit_officer");
    let theirs = post(&other, "/v1/cadres", "k-1", &person("Lò Văn Hai", &unit));
    assert!(theirs.header("idempotency-replayed").is_empty() && theirs.body["code"] != "key_reused", "{theirs:?}");
    let title = json!({"code": "k_title", "name_vi": "Chức danh", "name_en": "Title", "category": "government",
        "level": "province", "leadership": true, "rank_order": 10});
    post(&elsewhere, "/v1/titles", "k-1", &title).expect(201);
    // The form of a key. None is asked for: a caller who does not repeat needs none.
    post(&elsewhere, "/v1/cadres", &"k".repeat(256), &person("Lò Văn Ba", &unit)).problem(400, "invalid_header");
    post(&elsewhere, "/v1/cadres", "", &person("Lò Văn Ba", &unit)).problem(400, "invalid_header");
    assert_eq!((cadres_named(&server, "Lò Văn Một"), cadres_named(&server, "Lò Văn Ba")), (1, 0));
}

/// D12: an answer is not given again to a caller who may no longer do what it tells of.
#[test]
fn a_key_gives_nothing_to_who_lost_the_permission() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replicas = replicas(2, &server.url());
    let office = Office::of(&replicas[0].client());
    let body = person("Lò Văn Quyền", office.province());
    post(&office.officer, "/v1/cadres", "lost-1", &body).expect(201);
    server.run(
        crate::support::postgres::DATABASE,
        "UPDATE grants SET during = daterange(lower(during), '2020-01-01') \
         WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'organisation_officer')",
    );
    for replica in &replicas {
        let answer =
            post(&office.officer.at(replica.address()), "/v1/cadres", "lost-1", &body).problem(403, "forbidden");
        assert!(!answer.text.contains("Quyền\",") && !answer.text.contains("1985-05-04"), "{}", answer.text);
    }
}
