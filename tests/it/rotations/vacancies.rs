//! The posts that a case leaves vacant, and who may come to them.

use serde_json::{Value, json};

use super::{Scene, scene};
use crate::support::fixtures::{Office, transfer};
use crate::support::{Answer, Client, TestApp};

fn vacancies(client: &Client, case: &Answer) -> Answer {
    client.get(&format!("/v1/rotations/{}/vacancies", case.str("/id"))).expect(200)
}

fn ids(list: &Value, of: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row[of]["id"].as_str().unwrap().to_owned()).collect()
}

fn plan(office: &Office, person: &str, title: &str) {
    let planning = json!({"title_id": title, "from": "2026-01-01"});
    office.officer.post(&format!("/v1/cadres/{person}/plannings"), &planning).expect(201);
}

#[test]
fn each_post_that_a_case_leaves_has_people_for_it() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let unit = office.commune("03181");
    let title = office.officer.get(&format!("/v1/posts/{}", posts[1])).expect(200).str("/title/id").to_owned();
    let there: Vec<String> = (0..5).map(|n| office.cadre(&format!("Lò Văn Số {n}"), &unit)).collect();
    let planned = office.cadre("Quàng Văn Quy Hoạch", office.province());
    let (also, stranger) = (&there[3], office.cadre("Tòng Văn Ngoài", office.province()));
    plan(&office, &planned, &title);
    plan(&office, also, &title);
    // Who moves is planned too, and comes back to nothing.
    plan(&office, &people[1], &title);
    let chain = [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0])];
    let case = office.prepare("2026-12-01", &chain).expect(201);
    let seen = vacancies(&office.officer, &case);
    assert_eq!((seen.str("/as_of"), ids(&seen.body["data"], "post")), ("2026-12-01", vec![posts[1].clone()]));
    let proposed = &seen.body["data"][0]["proposals"];
    let order = ids(proposed, "cadre");
    // Planned, and of the unit at that; then planned; then of the unit, by id; five of six.
    let mut others: Vec<String> = there.iter().filter(|one| *one != also).cloned().collect();
    others.sort_unstable();
    let wanted: Vec<String> = [also.clone(), planned.clone()].into_iter().chain(others.into_iter().take(3)).collect();
    assert_eq!(order, wanted);
    assert!(!seen.text.contains(&stranger) && !seen.text.contains(&people[1]));
    assert_eq!((&proposed[0]["planned"], &proposed[0]["same_unit"]), (&json!(true), &json!(true)));
    assert_eq!((&proposed[1]["planned"], &proposed[1]["same_unit"]), (&json!(true), &json!(false)));

    // As they are told among all candidates.
    let question =
        json!({"post_id": posts[1], "kind": "appointment", "effective_from": "2026-12-01", "planned_only": true});
    let candidates = office.officer.post("/v1/eligibility-checks/candidates", &question).expect(200);
    assert_eq!(candidates.rows()[0], proposed[0]);
    assert!(proposed[0]["checks"].as_array().unwrap().iter().any(|check| check["citation"].is_string()));

    // The decision ends what stood there: nothing else changes.
    office.decide(&case).expect(200);
    assert_eq!(vacancies(&office.officer, &case).body, seen.body);
    // Who comes by another case, though later, fills it.
    let next = office.prepare("2027-03-01", &[transfer(&planned, None, &posts[1])]).expect(201);
    assert_eq!(vacancies(&office.officer, &case).rows().len(), 1, "no decision yet");
    office.decide(&next).expect(200);
    assert_eq!(vacancies(&office.officer, &case).body["data"], json!([]));
    assert_eq!(vacancies(&office.officer, &next).body["data"], json!([]), "an entry leaves nothing");
}

#[test]
fn a_case_that_came_to_nothing_leaves_nothing() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = office.prepare("2026-12-01", &[transfer(&people[0], Some(&posts[0]), &posts[3])]).expect(201);
    assert_eq!(ids(&vacancies(&office.officer, &case).body["data"], "post"), [posts[0].clone()]);
    let decided = office.decide(&case).expect(200);
    let withdraw = format!("/v1/rotations/{}/withdraw", case.str("/id"));
    office.decider.act(&withdraw, decided.etag(), &json!({"reason": "Nhập nhầm"})).expect(200);
    assert_eq!(vacancies(&office.officer, &case).body["data"], json!([]));
    office.officer.get("/v1/rotations/01994f7e-1111-7000-8000-000000000bad/vacancies").problem(404, "not_found");
}

/// A neighbour who sees the case sees nobody whose file is kept elsewhere, and nothing sensitive.
#[test]
fn proposals_tell_no_more_than_their_reader_may_see() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let far = office.cadre("Quàng Văn Xa", office.province());
    let near = office.cadre("Lò Văn Gần", &office.commune("03181"));
    let title = office.officer.get(&format!("/v1/posts/{}", posts[1])).expect(200).str("/title/id").to_owned();
    plan(&office, &far, &title);
    let warning = json!({"measure": "warning", "side": "party", "from": "2026-03-01"});
    office.officer.post(&format!("/v1/cadres/{near}/disciplines"), &warning).expect(201);
    let case = office.prepare("2026-12-01", &[transfer(&people[1], Some(&posts[1]), &posts[3])]).expect(201);
    let of = |client: &Client| ids(&vacancies(client, &case).body["data"][0]["proposals"], "cadre");
    assert_eq!(of(&office.officer), [far.clone(), near.clone()]);
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "muong-tung", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201);
    let grant = json!({"account_id": account.str("/id"), "role": "reader", "unit_id": office.commune("03181")});
    administrator.post("/v1/grants", &grant).expect(201);
    let unit = app.anonymous().signed_in("muong-tung", "mot mat khau dai");
    assert_eq!(of(&unit), [near]);
    let seen = vacancies(&unit, &case);
    let checks = seen.body["data"][0]["proposals"][0]["checks"].as_array().unwrap();
    let health = checks.iter().find(|check| check["rule"] == "dossier.health_certificate_months").unwrap();
    assert_eq!((&health["verdict"], &health["withheld"]), (&json!("unknown"), &json!(true)));
}
