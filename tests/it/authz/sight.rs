//! Lists, totals, searches, sort keys, reports and fields: who sees what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use canbo::identity::model::Role;
use serde_json::{Value, json};

use super::world::{fitting, is_of_province, permission, put, roles_with, world};
use crate::law::none;
use crate::law::walker::{Operation, document, operations, resolved, sample};
use crate::support::fixtures::{Office, transfer};
use crate::support::{Client, TestApp};

const FIELDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/authz/fields.txt");

fn lists(document: &Value) -> Vec<Operation> {
    let paged = |operation: &Operation| {
        !is_of_province(operation) && operation.parameters.iter().any(|parameter| parameter["name"] == "cursor")
    };
    let found: Vec<_> = operations(document).into_iter().filter(paged).collect();
    assert!(found.len() > 15, "only {} lists", found.len());
    found
}

/// Z05: the pages of a list hold nothing of the neighbour, and the total counts what they hold; nor does a cursor that
/// somebody with a wider view got open anything.
#[test]
fn what_is_hidden_is_neither_listed_nor_counted() {
    let (world, document) = (world(), document());
    let there: BTreeSet<&String> =
        world.there.iter().filter(|(name, id)| world.here[*name] != **id).map(|(_, id)| id).collect();
    let mut breaches = Vec::new();
    for operation in lists(&document) {
        let roles = roles_with(permission(&operation).unwrap());
        for role in [roles[0], roles[roles.len() - 1]] {
            let client = &world.callers[role];
            let mut call = fitting(&document, &operation, &world.here);
            let own = call.query.clone();
            let (mut rows, mut cursor, mut total) = (0, None::<String>, None);
            while rows < 60 {
                call.query.clone_from(&own);
                call.query.extend([("limit".to_owned(), "30".to_owned()), ("count".to_owned(), "true".to_owned())]);
                call.query.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
                let page = call.send(client, &operation).expect(200);
                rows += page.rows().len();
                total = page.body["total"].as_u64();
                for id in there.iter().filter(|id| page.text.contains(id.as_str())) {
                    breaches.push(format!("{} as {role} tells of {id}", operation.id));
                }
                cursor = page.body["next_cursor"].as_str().map(str::to_owned);
                if cursor.is_none() {
                    break;
                }
            }
            if cursor.is_none() && total != u64::try_from(rows).ok() {
                breaches.push(format!("{} as {role} counts {total:?} and shows {rows}", operation.id));
            }
            call.query.clone_from(&own);
            call.query.push(("limit".to_owned(), "1".to_owned()));
            let wider = call.send(&world.neighbours[role], &operation);
            if let Some(cursor) = wider.body["next_cursor"].as_str() {
                call.query.push(("cursor".to_owned(), cursor.to_owned()));
                let page = call.send(client, &operation).expect(200);
                for id in there.iter().filter(|id| page.text.contains(id.as_str())) {
                    breaches.push(format!("{} as {role} tells of {id} for the neighbour's cursor", operation.id));
                }
            }
        }
    }
    none("What is hidden is neither listed nor counted.", &breaches);
}

/// What is told only with `cadre.sensitive.read`.
const SENSITIVE: [&str; 5] = ["personal_number", "ethnic_group", "religion", "party_joined_on", "health"];

/// The parts of a file that are sensitive as a whole.
const SENSITIVE_PARTS: [&str; 6] =
    ["disciplines", "health-certificates", "memberships", "particulars", "relatives", "residences"];

fn is_sensitive(operation: &Operation) -> bool {
    SENSITIVE_PARTS.iter().any(|part| operation.path.starts_with(&format!("/v1/cadres/{{id}}/{part}")))
}

/// Z05: a sensitive part of a file, or of the profile, is seen with `cadre.sensitive.read` and by the person, and by
/// nobody else; to others it does not exist.
#[test]
fn a_sensitive_part_of_a_file_does_not_exist_for_others() {
    let (world, document) = (world(), document());
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for operation in operations(&document).iter().filter(|operation| is_sensitive(operation)) {
        for role in roles_with(permission(operation).unwrap()) {
            let of = Role::ALL.iter().find(|known| known.name() == role).unwrap();
            let may = of.permissions().iter().any(|p| p.name() == "cadre.sensitive.read") || *of == Role::Cadre;
            let status = fitting(&document, operation, &world.here).send(&world.callers[role], operation).status;
            seen += 1;
            if (status == 200) != may || status != 200 && status != 404 {
                breaches.push(format!("{} as {role}: {status}", operation.id));
            }
        }
    }
    assert!(seen > 80, "only {seen} calls");
    none("What is sensitive is not found by others.", &breaches);
}

/// Z05: no list filters or sorts by a sensitive field, whoever asks, and a search finds nobody by one.
#[test]
fn nothing_is_found_or_sorted_by_what_is_sensitive() {
    let (world, document) = (world(), document());
    let (mut breaches, mut sorts, mut searches) = (Vec::new(), 0, 0);
    for operation in lists(&document) {
        let roles = roles_with(permission(&operation).unwrap());
        let client = &world.callers[roles[0]];
        let known = |name: &str| operation.parameters.iter().find(|parameter| parameter["name"] == name);
        let good = fitting(&document, &operation, &world.here);
        let mut tried: Vec<(&str, &str)> = SENSITIVE.iter().map(|name| (*name, "thai")).collect();
        if let Some(sort) = known("sort") {
            sorts += 1;
            let all = resolved(&document, &sort["schema"])["enum"].to_string();
            tried.extend(SENSITIVE.iter().map(|name| ("sort", *name)));
            breaches.extend(
                SENSITIVE
                    .iter()
                    .filter(|name| all.contains(*name))
                    .map(|name| format!("{}: sort={name}", operation.id)),
            );
        }
        for (name, value) in tried {
            let mut call = good.clone();
            call.query.push((name.to_owned(), value.to_owned()));
            let answer = call.send(client, &operation);
            if answer.status != 400 {
                breaches.push(format!("{}?{name}={value}: {}", operation.id, answer.status));
            }
        }
        if known("q").is_some() {
            for secret in ["011085203172", "thai", "buddhism", "2010-02-03"] {
                searches += 1;
                let mut call = good.clone();
                call.query.push(("q".to_owned(), secret.to_owned()));
                let found = call.send(client, &operation).expect(200);
                if !found.rows().is_empty() {
                    breaches.push(format!("{}?q={secret} finds somebody", operation.id));
                }
            }
        }
    }
    assert!(sorts > 0 && searches > 4, "{sorts} sorts, {searches} searches");
    none("What is sensitive is no filter, no sort key and no search key.", &breaches);
}

/// Z05: a report tells of minorities only where the caller may see the field of everybody counted: somebody whose file
/// has gone elsewhere does not show as a count of one, in JSON or CSV, nor as the difference of two rows.
#[test]
fn a_count_of_one_does_not_tell_an_ethnic_group() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (here, there) = (office.commune("03172"), office.commune("03181"));
    let title = office.title("count_title", "commune");
    let posts: Vec<String> = [&here, &here, &here, &there].iter().map(|unit| office.post(&title, unit)).collect();
    let stays = office.holder("Lò Văn Ở", &here, &posts[0]);
    let goes = office.holder("Lò Văn Đi", &here, &posts[1]);
    let decide = |moves: &[Value]| office.decide(&office.prepare("2026-11-23", moves).expect(201)).expect(200);
    decide(&[transfer(&stays, Some(&posts[0]), &posts[2])]);
    decide(&[json!({"kind": "secondment", "cadre_id": goes, "from_post_id": posts[1], "to_post_id": posts[3],
        "expected_end_on": "2027-12-31"})]);
    let administrator = app.sign_in("administrator");
    let body = json!({"user_name": "na-sang", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    let give = |role: &str, unit: &str| {
        let body = json!({"account_id": account, "role": role, "unit_id": unit});
        administrator.post("/v1/grants", &body).expect(201);
    };
    give("unit_officer", &here);
    give("reader", office.province());
    let local = app.anonymous().signed_in("na-sang", "mot mat khau dai");
    let path = format!("/v1/reports/rotations?unit_id={here}&from=2026-01-01&to=2026-12-31");
    let minority = |client: &Client| -> BTreeMap<String, Value> {
        let report = client.get(&path).expect(200);
        let told = |row: &Value| row["figures"]["minority"]["persons"].clone();
        let rows = report.body["rows"].as_array().unwrap().iter();
        let rows = rows.map(|row| (row["kind"].as_str().unwrap().to_owned(), told(row)));
        rows.chain([("overall".to_owned(), report.body["overall"]["minority"]["persons"].clone())]).collect()
    };
    let named = |of: [(&str, Value); 3]| of.map(|(name, value)| (name.to_owned(), value)).into();
    assert_eq!(
        minority(&local),
        named([("transfer", json!(1)), ("secondment", Value::Null), ("overall", Value::Null)])
    );
    assert_eq!(
        minority(&app.sign_in("reader")),
        named(["transfer", "secondment", "overall"].map(|name| (name, Value::Null)))
    );
    let whole = named([("transfer", json!(1)), ("secondment", json!(1)), ("overall", json!(2))]);
    assert_eq!(minority(&app.sign_in("auditor")), whole);
    let csv = local.request(reqwest::Method::GET, &path).header("accept", "text/csv");
    let csv = crate::support::Answer::of(csv).expect(200);
    let gone = csv.text.lines().find(|line| line.contains("detail") && line.contains("secondment")).unwrap();
    assert!(gone.ends_with("0,0,0.0,0.0,,,,,0,0,0.0,0.0"), "{gone}");
}

/// The fields of a value, lists as one, each with whether it says anything.
fn fields(value: &Value, at: &str, found: &mut BTreeMap<String, bool>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                fields(part, &format!("{at}.{name}"), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                fields(item, &format!("{at}[]"), found);
            }
        }
        value => *found.entry(at.trim_start_matches('.').to_owned()).or_default() |= !value.is_null(),
    }
}

/// Which fields of which answers each role gets, with something in them.
fn read_matrix(document: &Value, text: &mut String) {
    let world = world();
    // Somebody has read the file of the person, and the record has it.
    let file = format!("/v1/cadres/{}", world.here["cadre"]);
    world.callers["auditor"].get(&file).expect(200);
    std::thread::sleep(std::time::Duration::from_secs(1));
    for operation in operations(document) {
        let (Some(permission), true) =
            (permission(&operation), operation.method.is_safe() && !is_of_province(&operation))
        else {
            continue;
        };
        let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for role in roles_with(permission) {
            let call = fitting(document, &operation, &world.here);
            let answer = call.send(&world.callers[role], &operation);
            // A sensitive part of a file is not found by who may see the rest alone.
            if answer.status == 404 && is_sensitive(&operation) {
                continue;
            }
            let answer = answer.expect(200);
            let mut told = BTreeMap::new();
            fields(&answer.body, "", &mut told);
            // Whether there is a second page depends on how much was read before, not on who asks.
            told.remove("next_cursor");
            for field in told.into_iter().filter(|(_, says)| *says).map(|(field, _)| field) {
                seen.entry(field).or_default().push(role);
            }
        }
        for (field, roles) in seen {
            line(text, &format!("{} {field}", operation.id), |role| {
                if roles.contains(&role) { "yes" } else { "-" }.into()
            });
        }
    }
}

fn line(text: &mut String, name: &str, cell: impl Fn(&str) -> String) {
    let cells: Vec<String> = Role::ALL.iter().map(|role| format!("{:<5}", cell(role.name()))).collect();
    writeln!(text, "{}", format!("{name:<60}{}", cells.join("")).trim_end()).unwrap();
}

/// How each role's call ends that writes this field, alone where it is a change.
fn write_matrix(document: &Value, text: &mut String) {
    let world = world();
    for operation in operations(document) {
        let (Some(permission), Some((_, schema))) = (permission(&operation), &operation.body) else { continue };
        let roles = roles_with(permission);
        for (name, part) in resolved(document, schema)["properties"].as_object().unwrap() {
            let mut call = fitting(document, &operation, &world.here);
            let body = call.body.as_mut().unwrap();
            let part = resolved(document, part);
            let any = part.get("oneOf").and_then(|any| any.as_array()?.iter().find(|one| one["type"] != "null"));
            let part = any.unwrap_or(part);
            let value = body.get(name).cloned().unwrap_or_else(|| match name.as_str() {
                "password" => json!("mot mat khau dai"),
                "number" | "code" => json!("walk-1"),
                _ if part["type"].is_array() => {
                    sample(document, &json!({"type": part["type"][0], "format": part["format"]}))
                }
                _ if part["format"] == "uuid" => json!(world.here[super::world::meaning(name, &operation.path)]),
                _ => sample(document, part),
            });
            if operation.method == reqwest::Method::PATCH {
                *body = json!({});
            }
            put(body, &format!("/{name}"), value);
            let ends: BTreeMap<&str, String> = roles
                .iter()
                .map(|role| {
                    let status = call.send(&world.callers[role], &operation).status;
                    (*role, if status < 300 { "yes".to_owned() } else { status.to_string() })
                })
                .collect();
            line(text, &format!("{} {name}", operation.id), |role| ends.get(role).cloned().unwrap_or("-".to_owned()));
        }
    }
}

/// Z06: which field each role reads and writes is as the file says; the sensitive ones go to those with the permission.
#[test]
fn fields_are_read_and_written_by_whom_the_file_says() {
    let document = document();
    let mut text = String::from(
        "Who reads and writes which field, in a commune of their own. Written by the tests of authorisation.\n\n\
         READ: the answer has something in it.\n\n",
    );
    line(&mut text, "operation, field", |role| role.chars().take(4).collect());
    read_matrix(&document, &mut text);
    text.push_str("\nWRITE: the field is taken (yes), or the call is refused so; `-` lacks the permission.\n\n");
    line(&mut text, "operation, field", |role| role.chars().take(4).collect());
    write_matrix(&document, &mut text);
    let sensitive: Vec<&str> = text.lines().filter(|line| SENSITIVE.iter().any(|name| line.contains(name))).collect();
    assert!(sensitive.len() > 8, "{sensitive:?}");
    let reads = |line: &&str| line.starts_with("get") || line.starts_with("list");
    for line in sensitive.iter().filter(|line| reads(line)) {
        for (role, cell) in Role::ALL.iter().zip(line[60..].split_whitespace()) {
            // The cadre of this world reads their own file.
            let may = role.permissions().iter().any(|p| p.name() == "cadre.sensitive.read") || *role == Role::Cadre;
            assert!(cell == "-" || may, "{}: {line}", role.name());
        }
    }
    if text != std::fs::read_to_string(FIELDS).unwrap_or_default() {
        std::fs::write(FIELDS, &text).unwrap();
        panic!(
            "who reads or writes which field has changed: tests/it/authz/fields.txt is written anew, look at its diff and commit it"
        );
    }
}
