//! `allowed_actions` of the entries of a file is what the calls say: for every kind and every caller.

use std::collections::BTreeSet;

use canbo::identity::model::Role;
use serde_json::{Value, json};

use super::world::machine;
use crate::law::none;
use crate::law::walker::{document, operations, resolved};
use crate::support::fixtures::Office;
use crate::support::{Client, TestApp};

const PASSWORD: &str = "mot mat khau dai";

/// One fact of each kind: the part of the path, and what is recorded.
fn facts() -> Vec<(&'static str, Value)> {
    vec![
        ("assessments", json!({"year": 2025, "class": "good"})),
        ("rewards", json!({"title": "Giấy khen", "awarded_on": "2024-12-31"})),
        ("disciplines", json!({"measure": "reprimand", "side": "state", "from": "2024-03-01", "to": "2025-02-28"})),
        ("memberships", json!({"organisation": "trade_union", "joined_on": "2009-01-01"})),
        ("ranks", json!({"code": "specialist", "from": "2020-01-01"})),
        ("health-certificates", json!({"issued_on": "2026-03-10", "institution": "Bệnh viện Đa khoa tỉnh"})),
        ("relatives", json!({"relation": "sibling", "side": "own", "full_name": "Lò Thị Mai"})),
        ("residences", json!({"purpose": "present", "address": "Bản Co Củ", "from": "2020-05-01"})),
        ("particulars", json!({"topic": "strength", "text": "Công tác dân vận"})),
    ]
}

/// Every role at the province, here and next door, each as a system too, and the person themselves.
fn callers(app: &TestApp, office: &Office, cadre: &str) -> Vec<(String, Client)> {
    let administrator = app.sign_in("administrator");
    let account = |name: &str, role: &str, unit: &str, cadre: Option<&str>| {
        let body = json!({"user_name": name, "display_name": name, "password": PASSWORD, "cadre_id": cadre});
        let id = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        administrator.post("/v1/grants", &json!({"account_id": id, "role": role, "unit_id": unit})).expect(201);
        (name.to_owned(), app.anonymous().signed_in(name, PASSWORD))
    };
    let (here, there) = (office.commune("03172"), office.commune("03181"));
    let mut all = vec![account("himself", "organisation_officer", office.province(), Some(cadre))];
    for role in Role::ALL {
        all.push((role.name().to_owned(), app.sign_in(role.name())));
        for (place, unit) in [("here", &here), ("there", &there)] {
            all.push(account(&format!("{}-{place}", role.name().replace('_', "-")), role.name(), unit, None));
        }
        let name = format!("system-{}", role.name().replace('_', "-"));
        let (id, client) = machine(app, &administrator, &name);
        let grant = json!({"client_id": id, "role": role.name(), "unit_id": office.province()});
        administrator.post("/v1/grants", &grant).expect(201);
        all.push((name, client));
    }
    all
}

fn told(value: &Value) -> BTreeSet<String> {
    let actions = value["allowed_actions"].as_array().unwrap_or_else(|| panic!("{value} does not tell"));
    actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// For each kind x caller x action: the action is allowed, by the entry alone, the list and the profile, exactly where the
/// call (a dry run) is neither a 403 nor a 404 nor a 409.
#[test]
fn allowed_actions_of_facts_are_what_the_guards_allow() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Hặc", &office.commune("03172"));
    let path = format!("/v1/cadres/{cadre}");
    let (mut breaches, mut seen) = (Vec::new(), BTreeSet::new());
    let all = callers(&app, &office, &cadre);
    for (part, body) in facts() {
        let made = office.officer.post(&format!("{path}/{part}"), &body).expect(201);
        assert_eq!(told(&made.body), ["correct", "withdraw"].map(str::to_owned).into(), "{part}");
        let own = made.header("location").to_owned();
        let mut corrected = body.clone();
        corrected["reason"] = json!("Nhập sai");
        let withdraw = format!("{path}/entries/{}/withdraw", made.str("/id"));
        for (name, client) in &all {
            let one = client.get(&own);
            let allowed = if one.status == 200 { told(&one.body) } else { BTreeSet::new() };
            let find = |list: &Value| {
                list.as_array().and_then(|rows| rows.iter().find(|row| row["id"] == made.body["id"]).map(told))
            };
            let list = client.get(&format!("{path}/{part}"));
            let profile = client.get(&format!("{path}/profile"));
            for (place, row) in
                [("list", find(&list.body["data"])), ("profile", find(&profile.body[part.replace('-', "_")]))]
            {
                if row.clone().unwrap_or_default() != allowed || row.is_some() != (one.status == 200) {
                    breaches.push(format!("{part} as {name}: the {place} says {row:?}, the entry {}", one.text));
                }
            }
            let calls = [
                ("correct", client.act(&format!("{own}/correct?validate_only=true"), "*", &corrected)),
                ("withdraw", client.act(&format!("{withdraw}?validate_only=true"), "*", &json!({"reason": "x"}))),
            ];
            for (action, answer) in calls {
                let open = !matches!(answer.status, 403 | 404 | 409);
                if open != allowed.contains(action) || open && answer.status != 200 {
                    breaches.push(format!("{action} of {part} as {name}: {}, allowed {allowed:?}", answer.text));
                }
                seen.insert((part, action, open));
            }
        }
    }
    assert_eq!(seen.len(), facts().len() * 4, "each action of each kind was open to some and to others not: {seen:?}");
    // What was known once is not acted upon.
    let known = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let then = office.officer.get(&format!("{path}/profile?known_at={known}")).expect(200);
    assert_eq!(told(&then.body["ranks"][0]), BTreeSet::new());
    none("allowed_actions of facts is what the guards allow.", &breaches);
}

/// The document knows no other kinds of facts and no other actions of theirs than those that are tried above.
#[test]
fn every_kind_of_fact_tells_its_actions() {
    let document = document();
    let tried: BTreeSet<String> = facts().iter().map(|(part, _)| format!("/v1/cadres/{{id}}/{part}")).collect();
    let mut found = BTreeSet::new();
    for operation in operations(&document).iter().filter(|operation| operation.path.ends_with("/correct")) {
        let list = operation.path.rsplit('/').skip(2).collect::<Vec<_>>();
        let list = list.into_iter().rev().collect::<Vec<_>>().join("/");
        let view = resolved(&document, &operation.value["responses"]["200"]["content"]["application/json"]["schema"]);
        // Qualifications, plannings and appointments have rooms of their own.
        if view["properties"].get("allowed_actions").is_some() {
            let told = resolved(&document, &view["properties"]["allowed_actions"]["items"]);
            assert_eq!(told["enum"], json!(["correct", "withdraw"]), "{list}");
            found.insert(list);
        }
    }
    assert_eq!(found, tried);
}
