//! `allowed_actions` is what the calls say: for every thing in every state and every caller.

use std::collections::{BTreeMap, BTreeSet};

use canbo::identity::model::Role;
use serde_json::{Value, json};

use super::world::{Ids, correction, fitting, machine};
use crate::law::none;
use crate::law::walker::{Operation, document, operations, resolved};
use crate::support::fixtures::{self, Office, decision, transfer};
use crate::support::{Answer, Client, TestApp};

const PASSWORD: &str = "mot mat khau dai";

/// Things of each collection with actions, in each state that they can be in.
struct Scene {
    app: TestApp,
    things: BTreeMap<&'static str, Vec<(&'static str, String)>>,
    callers: Vec<(String, Client)>,
    ids: Ids,
}

fn person(app: &TestApp, administrator: &Client, name: &str, cadre: Option<&str>, grants: &[(&str, &str)]) -> Client {
    let body = json!({"user_name": name, "display_name": name, "password": PASSWORD, "cadre_id": cadre});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    for (role, unit) in grants {
        let grant = json!({"account_id": account, "role": role, "unit_id": unit});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    app.anonymous().signed_in(name, PASSWORD)
}

/// A value that nobody has confirmed, one that somebody has, one that is not known.
fn regulations(officer: &Client) -> Vec<(&'static str, String)> {
    let of_key = |key: &str| officer.get(&format!("/v1/regulations?key={key}&as_of=2026-11-23")).expect(200);
    let id = |key: &str| of_key(key).str("/data/0/id").to_owned();
    let confirmed = id("rotation.remaining_years");
    let against = json!({"against": "Công báo", "confirmed_on": "2026-11-23"});
    officer.act(&format!("/v1/regulations/{confirmed}/confirm"), "*", &against).expect(200);
    vec![
        ("unconfirmed", id("rotation.minimum_months")),
        ("confirmed", confirmed),
        ("unknown", id("terms.head_maximum_years")),
    ]
}

/// Corrections that somebody proposed of their own record, in each state.
fn proposals(person: &Client, officer: &Client, cadre: &str) -> Vec<(&'static str, String)> {
    let mut proposals = Vec::new();
    // The one that waits last: what was accepted before does not overtake it, as it does the first.
    let steps = [
        ("overtaken", None),
        ("accepted", Some("accept")),
        ("refused", Some("refuse")),
        ("taken_back", Some("take-back")),
        ("proposed", None),
    ];
    for (state, action) in steps {
        let mut correction = correction();
        correction["record"] = json!({"native_place": state});
        let made = person.post(&format!("/v1/cadres/{cadre}/proposals"), &correction).expect(201);
        let id = made.str("/id").to_owned();
        let (by, body) = match state {
            "accepted" => (officer, json!({})),
            "refused" => (officer, json!({"reason": "x"})),
            _ => (person, Value::Null),
        };
        if let Some(action) = action {
            by.act(&format!("/v1/proposals/{id}/{action}"), "*", &body).expect(200);
        }
        proposals.push((state, id));
    }
    proposals
}

/// Cases that take steps, in each of them: with what it needs, and without.
fn stepwise(
    preparer: &Client,
    decider: &Client,
    unit: &str,
    moved: &str,
    voter: &str,
    posts: &[String],
) -> Vec<(&'static str, String)> {
    let step = transfer(moved, Some(&posts[3]), &posts[7]);
    let policy = || preparer.post("/v1/rotations", &fixtures::policy(unit)).expect(201).str("/id").to_owned();
    let agreement = || {
        let body = json!({"subject": "x", "procedure": "agreement", "effective_from": "2026-12-01", "unit_id": unit,
            "moves": [step]});
        preparer.post("/v1/rotations", &body).expect(201).str("/id").to_owned()
    };
    let act = |by: &Client, case: &str, action: &str, body: &Value| {
        by.act(&format!("/v1/rotations/{case}/{action}"), "*", body).expect(200);
    };
    let paper = |by: &Client, case: &str, what: &str, body: &Value| {
        by.post(&format!("/v1/rotations/{case}/{what}"), body).expect(201);
    };
    let approved = || {
        let case = policy();
        act(decider, &case, "approve-policy", &fixtures::approval());
        case
    };
    let peopled = || {
        let case = approved();
        act(preparer, &case, "propose-people", &json!({"moves": [step]}));
        case
    };
    let asked = |case: &str| {
        for side in ["origin", "destination"] {
            paper(preparer, case, "opinions", &fixtures::opinion(moved, side));
        }
        paper(preparer, case, "interviews", &fixtures::interview(moved, true));
    };
    let concluded = || {
        let case = peopled();
        paper(preparer, &case, "conclusions", &fixtures::conclusion(moved, true));
        case
    };
    let to_exchange = || {
        let case = concluded();
        act(preparer, &case, "conclude-preparation", &Value::Null);
        case
    };
    let exchanged = || {
        let case = to_exchange();
        asked(&case);
        act(preparer, &case, "conclude-exchange", &Value::Null);
        case
    };
    let (ready, carried, refused) = (agreement(), exchanged(), agreement());
    asked(&ready);
    paper(decider, &carried, "votes", &fixtures::vote(voter, 1));
    act(preparer, &refused, "refuse", &json!({"reason": "x"}));
    vec![
        ("policy_proposed", policy()),
        ("policy_approved", approved()),
        ("people_proposed", peopled()),
        ("people_proposed, concluded", concluded()),
        ("prepared, to be exchanged", to_exchange()),
        ("agreement", agreement()),
        ("agreement, asked", ready),
        ("exchanged", exchanged()),
        ("exchanged, carried", carried),
        ("refused", refused),
    ]
}

/// Rules that say which post decides, and delegations, in each state.
fn authorities(
    officer: &Client,
    posts: &[String],
    titles: [&str; 3],
    people: &[String],
) -> [Vec<(&'static str, String)>; 2] {
    let rule = |title: &str| {
        let body = json!({"title_id": title, "authority_post_id": posts[0], "from": "2026-01-01", "instrument": "x"});
        officer.post("/v1/appointing-authorities", &body).expect(201).str("/id").to_owned()
    };
    let [open, bound, over] = titles.map(rule);
    let act = |path: String, body: &Value| officer.act(&path, "*", body).expect(200);
    let against = json!({"against": "Công báo", "confirmed_on": "2026-11-23"});
    act(format!("/v1/appointing-authorities/{bound}/confirm"), &against);
    let end = json!({"last_on": "2026-10-31", "reason": "x"});
    act(format!("/v1/appointing-authorities/{over}/end"), &end);
    let delegation = |person: &str, to: &str| {
        let body = json!({"authority_post_id": posts[0], "cadre_id": person, "from": "2026-01-01", "to": to,
            "number": "x", "issuer": "x", "decided_on": "2026-01-01"});
        officer.post("/v1/delegations", &body).expect(201).str("/id").to_owned()
    };
    let [holds, past, withdrawn] =
        [(1, "2026-12-31"), (2, "2026-11-22"), (3, "2026-12-31")].map(|(n, to)| delegation(&people[n], to));
    act(format!("/v1/delegations/{withdrawn}/withdraw"), &json!({"reason": "x"}));
    let rules = vec![("unconfirmed", open), ("confirmed", bound), ("over", over)];
    [rules, vec![("holds", holds), ("past", past), ("withdrawn", withdrawn)]]
}

/// Plans in each state.
fn plans(preparer: &Client, decider: &Client, unit: &str, title: &str) -> Vec<(&'static str, String)> {
    let body = fixtures::plan(unit, &[fixtures::plan_item(title, Some(unit), 1)]);
    let made = || preparer.post("/v1/rotation-plans", &body).expect(201).str("/id").to_owned();
    let (approved, withdrawn) = (made(), made());
    let path = |id: &str, action: &str| format!("/v1/rotation-plans/{id}/{action}");
    decider.act(&path(&approved, "approve"), "*", &fixtures::approval()).expect(200);
    preparer.act(&path(&withdrawn, "withdraw"), "*", &json!({"reason": "x"})).expect(200);
    vec![("draft", made()), ("approved", approved), ("withdrawn", withdrawn)]
}

/// Enrolments of these people in each state.
fn enrolments(app: &TestApp, unit: &str, people: &[String]) -> Vec<(&'static str, String)> {
    let training = app.sign_in("training_officer");
    let programme = json!({"code": "ACT", "name": "x", "kind": "political_theory", "level": "intermediate"});
    let programme = training.post("/v1/programmes", &programme).expect(201).str("/id").to_owned();
    let course = json!({"programme_id": programme, "code": "ACT-1", "name": "x", "institution": "x", "unit_id": unit,
        "from": "2026-01-01", "to": "2026-12-31", "seats": 9});
    let course = training.post("/v1/courses", &course).expect(201).str("/id").to_owned();
    let enrolled = json!({"cadre_ids": people, "enrolled_on": "2026-02-15"});
    let enrolled = training.post(&format!("/v1/courses/{course}/enrolments"), &enrolled).expect(201);
    let states = ["enrolled", "passed", "failed", "withdrawn"];
    let mut enrolments = Vec::new();
    for (row, state) in enrolled.rows().iter().zip(states) {
        let id = row["id"].as_str().unwrap().to_owned();
        if state != "enrolled" {
            let result = json!({"outcome": state, "result_on": "2026-09-30"});
            training.act(&format!("/v1/enrolments/{id}/record-result"), "*", &result).expect(200);
        }
        enrolments.push((state, id));
    }
    enrolments
}

fn scene() -> Scene {
    let app = TestApp::start();
    let office = Office::new(&app);
    let administrator = app.sign_in("administrator");
    let (here, there) = (office.commune("03172"), office.commune("03181"));
    let title = office.title("action_title", "commune");
    let posts: Vec<String> = (0..8).map(|_| office.post(&title, &here)).collect();
    let people: Vec<String> = (0..4).map(|n| office.holder(&format!("Lò Văn {n}"), &here, &posts[n])).collect();

    let both = [("organisation_officer", office.province()), ("decider", office.province())];
    let preparer = person(&app, &administrator, "both-roles", None, &both);
    let himself = person(
        &app,
        &administrator,
        "himself",
        Some(&people[0]),
        &[("organisation_officer", &here), ("decider", &here), ("training_officer", &here), ("cadre", &here)],
    );
    let case = |n: usize, on: &str| {
        let moves = [transfer(&people[n], Some(&posts[n]), &posts[n + 4])];
        let body = json!({"subject": "Điều động", "effective_from": on, "moves": moves, "unit_id": here});
        preparer.post("/v1/rotations", &body).expect(201)
    };
    let cases = [case(0, "2026-12-01"), case(1, "2026-12-01"), case(2, "2026-11-23"), case(3, "2026-12-01")];
    office.decide(&cases[1]).expect(200);
    office.decide(&cases[2]).expect(200);
    let path = format!("/v1/rotations/{}/withdraw", cases[3].str("/id"));
    office.decider.act(&path, cases[3].etag(), &json!({"reason": "x"})).expect(200);
    let rotations = ["prepared", "decided", "effective", "withdrawn"].into_iter().zip(&cases);
    let rotations: Vec<_> = rotations.map(|(state, case)| (state, case.str("/id").to_owned())).collect();
    let stepwise = stepwise(&preparer, &office.decider, &here, &people[3], &people[0], &posts);
    let rotations = rotations.into_iter().chain(stepwise).collect();
    let ids = [("unit", &here), ("holder", &people[3]), ("held", &posts[3]), ("post", &posts[7])];

    let others = [office.title("other_title", "commune"), office.title("third_title", "commune")];
    let [authorities, delegations] = authorities(&office.officer, &posts, [&others[0], &others[1], &title], &people);
    let plans = plans(&preparer, &office.decider, &here, &title);
    let proposals = proposals(&himself, &office.officer, &people[0]);

    let enrolments = enrolments(&app, &here, &people);

    let (local, _) = machine(&app, &administrator, "local-system");
    let (wide, _) = machine(&app, &administrator, "wide-system");
    for (client, unit) in [(&local, &here), (&wide, &here), (&wide, &there)] {
        let grant = json!({"client_id": client, "role": "reader", "unit_id": unit});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    let (bare, _) = machine(&app, &administrator, "ungranted-system");
    let clients = vec![("local", local), ("wide", wide), ("ungranted", bare)];
    let account = |name: &str, units: &[&String]| {
        let body = json!({"user_name": name, "display_name": name, "password": PASSWORD});
        let id = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        for unit in units {
            let grant = json!({"account_id": id, "role": "reader", "unit_id": unit});
            administrator.post("/v1/grants", &grant).expect(201);
        }
        id
    };
    let accounts = vec![
        ("local", account("local-person", &[&here])),
        ("wide", account("wide-person", &[&here, &there])),
        ("ungranted", account("ungranted-person", &[])),
    ];

    let mut callers = vec![("who prepared".to_owned(), preparer), ("who is moved".to_owned(), himself)];
    for role in Role::ALL {
        callers.push((role.name().to_owned(), app.sign_in(role.name())));
        for (place, unit) in [("here", &here), ("there", &there)] {
            let name = format!("{}-{place}", role.name().replace('_', "-"));
            callers.push((name.clone(), person(&app, &administrator, &name, None, &[(role.name(), unit)])));
        }
        let name = format!("system-{}", role.name().replace('_', "-"));
        let (id, client) = machine(&app, &administrator, &name);
        let grant = json!({"client_id": id, "role": role.name(), "unit_id": office.province()});
        administrator.post("/v1/grants", &grant).expect(201);
        callers.push((name, client));
    }
    let (open, frozen) = (office.post(&title, &here), office.post(&title, &here));
    let freeze = json!({"from": "2026-11-23", "reason": "Sắp xếp tổ chức bộ máy"});
    office.officer.act(&format!("/v1/posts/{frozen}/freeze"), "*", &freeze).expect(200);
    let things = BTreeMap::from([
        ("posts", vec![("open", open), ("frozen", frozen)]),
        ("regulations", regulations(&office.officer)),
        ("rotations", rotations),
        ("rotation-plans", plans),
        ("appointing-authorities", authorities),
        ("delegations", delegations),
        ("proposals", proposals),
        ("enrolments", enrolments),
        ("clients", clients),
        ("accounts", accounts),
    ]);
    let ids = ids.into_iter().map(|(what, id)| (what, id.clone())).collect();
    Scene { app, things, callers, ids }
}

/// The actions of the document: `POST /v1/{collection}/{id}/{action}` that make no new thing.
fn actions(document: &Value) -> Vec<(String, String, Operation)> {
    operations(document)
        .into_iter()
        .filter_map(|operation| {
            let parts: Vec<&str> = operation.path.trim_start_matches("/v1/").split('/').collect();
            let [collection, "{id}", action] = parts[..] else { return None };
            let makes = operation.value["responses"].get("201").is_some();
            let (collection, action) = (collection.to_owned(), action.replace('-', "_"));
            (operation.method == reqwest::Method::POST && !makes).then_some((collection, action, operation))
        })
        .collect()
}

/// Z09: for each state x caller x action: the action is allowed, by the thing alone and by the list, exactly where the call
/// (a dry run with a fitting body) is neither a 403 nor a 404 nor a 409. An action without things to try it on fails, and
/// so does a thing that does not tell.
#[test]
fn allowed_actions_are_what_the_guards_allow() {
    let (scene, document) = (scene(), document());
    let found = actions(&document);
    assert!(found.len() >= 4, "{:?}", found.iter().map(|(.., operation)| &operation.id).collect::<Vec<_>>());
    let (mut breaches, mut seen) = (Vec::new(), BTreeSet::new());
    let collections: BTreeSet<&String> = found.iter().map(|(collection, ..)| collection).collect();
    for collection in collections {
        let things = scene.things.get(collection.as_str());
        let things = things.unwrap_or_else(|| panic!("{collection} has actions: put its things in every state here"));
        let view = &document["paths"][format!("/v1/{collection}/{{id}}")]["get"]["responses"]["200"];
        let view = resolved(&document, &view["content"]["application/json"]["schema"]);
        let told = resolved(&document, &view["properties"]["allowed_actions"]["items"]);
        let named: BTreeSet<&str> = told["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let known: BTreeSet<&str> =
            found.iter().filter(|(of, ..)| of == collection).map(|(_, action, _)| action.as_str()).collect();
        assert_eq!(named, known, "{collection}: what allowed_actions may say, against the actions of the document");
        for (name, client) in &scene.callers {
            let list = client.get(&format!("/v1/{collection}?limit=200"));
            for (state, id) in things {
                let path = format!("/v1/{collection}/{id}");
                let thing = client.get(&path);
                let told = |value: &Value| -> BTreeSet<String> {
                    let actions = value["allowed_actions"].as_array().unwrap_or_else(|| panic!("{path} does not tell"));
                    actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect()
                };
                let allowed = if thing.status == 200 { told(&thing.body) } else { BTreeSet::new() };
                let row = list.body["data"].as_array().into_iter().flatten().find(|row| row["id"] == json!(id));
                if row.map(&told).unwrap_or_default() != allowed || row.is_some() != (thing.status == 200) {
                    breaches
                        .push(format!("{path} ({state}) as {name}: the list says {row:?}, the thing {}", thing.text));
                }
                for (_, action, operation) in found.iter().filter(|(of, ..)| of == collection) {
                    let mut ids = scene.ids.clone();
                    ids.insert(super::world::meaning("id", &operation.path), id.clone());
                    let answer = fitting(&document, operation, &ids).send(client, operation);
                    let open = !matches!(answer.status, 403 | 404 | 409);
                    if open && answer.status != 200 {
                        breaches.push(format!("{} of {state} is not a fitting call: {}", operation.id, answer.text));
                    }
                    if open != allowed.contains(action) {
                        breaches.push(format!("{action} of {state} as {name}: {}, allowed {allowed:?}", answer.status));
                    }
                    seen.insert((action.clone(), *state, open));
                }
            }
        }
    }
    for (_, action, operation) in &found {
        let times = |open| seen.iter().filter(|(of, _, was)| of == action && *was == open).count();
        assert!(times(true) > 0 && times(false) > 0, "{}: {seen:?}", operation.id);
    }
    drop(scene.app);
    none("allowed_actions is what the guards allow.", &breaches);
}

/// The answers of actions tell the same as a read that follows.
#[test]
fn an_action_tells_what_may_be_done_next() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("action_title", "commune");
    let posts = [office.post(&title, &here), office.post(&title, &here)];
    let cadre = office.holder("Lò Văn Một", &here, &posts[0]);
    let case = office.prepare("2026-12-01", &[transfer(&cadre, Some(&posts[0]), &posts[1])]).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let again = |answer: &Answer, client: &Client| {
        assert_eq!(answer.body, client.get(&path).expect(200).body);
        answer.body["allowed_actions"].clone()
    };
    assert_eq!(again(&case, &office.officer), json!(["refuse", "withdraw"]));
    let decided = office.decider.act(&format!("{path}/decide"), case.etag(), &decision()).expect(200);
    assert_eq!(again(&decided, &office.decider), json!(["withdraw"]));
    let withdrawn =
        office.decider.act(&format!("{path}/withdraw"), decided.etag(), &json!({"reason": "x"})).expect(200);
    assert_eq!(again(&withdrawn, &office.decider), json!([]));
}
