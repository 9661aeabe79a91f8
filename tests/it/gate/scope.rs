//! The `scope` of a token narrows what its caller may do, everywhere.

use canbo::identity::model::Permission;
use serde_json::{Value, json};

use super::mighty;
use crate::law::walker::{Call, document, operations};
use crate::support::TestApp;
use crate::support::fixtures::Office;

/// J27: on every operation, a token whose scope has every permission but the one needed is refused, and one that has it
/// alone is let in.
#[test]
fn a_scope_narrows_on_every_operation() {
    let (app, document) = (TestApp::start(), document());
    let token = mighty(&app);
    let mut seen = 0;
    for operation in operations(&document) {
        let Some((_, needed)) = operation
            .needs
            .as_ref()
            .filter(|(scheme, name)| scheme == "bearer" && !["", "signed_in"].contains(&name.as_str()))
        else {
            continue;
        };
        let call = Call::of(&document, &operation);
        let others: Vec<&str> = Permission::ALL.iter().map(|one| one.name()).filter(|name| name != needed).collect();
        let without = token.clone().claim("scope", json!(others.join(" "))).token();
        let answer = call.send(&app.anonymous().with_token(&without), &operation).problem(403, "forbidden");
        assert!(answer.str("/detail").contains(needed.as_str()), "{}: {}", operation.id, answer.text);
        let with = token.clone().claim("scope", json!(needed)).token();
        let answer = call.send(&app.anonymous().with_token(&with), &operation);
        assert_ne!(answer.status, 401, "{}: {}", operation.id, answer.text);
        // What is for people alone no scope gives to a system.
        let people = Permission::ALL.iter().any(|one| one.name() == needed && one.is_for_people_alone());
        assert_eq!(answer.body["code"] == "forbidden", people, "{}: {}", operation.id, answer.text);
        seen += 1;
    }
    assert!(seen > 40, "only {seen} operations need a permission");
}

/// J27: no spelling of a scope gives what it does not name, and what is no list of names in one string is no token.
#[test]
fn no_scope_gives_more_than_it_names() {
    let app = TestApp::start();
    let token = mighty(&app);
    let ask = |scope: Value| app.anonymous().with_token(&token.clone().claim("scope", scope).token());

    let all = app.anonymous().with_token(&token.token()).get("/v1/me").expect(200);
    assert_eq!(
        all.body["permissions"].as_array().unwrap().len(),
        Permission::ALL.iter().filter(|one| !one.is_for_people_alone()).count()
    );
    let narrow = ask(json!("posts.read units.read unknown.name"));
    let me = narrow.get("/v1/me").expect(200);
    assert_eq!(me.body["permissions"], json!(["signed_in", "units.read", "posts.read"]));
    narrow.get("/v1/units").expect(200);
    narrow.get("/v1/cadres").problem(403, "forbidden");

    for nothing in ["*", "all", "admin", "Units.Read", "units.*", "units.read,posts.read", "signed_in"] {
        let caller = ask(json!(nothing));
        assert_eq!(caller.get("/v1/me").expect(200).body["permissions"], json!(["signed_in"]), "{nothing}");
        caller.get("/v1/units").problem(403, "forbidden");
    }
    for malformed in [
        json!(["units.read"]),
        json!(null),
        json!({}),
        json!(1),
        json!(""),
        json!(" units.read"),
        json!("units.read  posts.read"),
        json!("units.read units.read"),
        json!("units.read\u{0}"),
        json!("units.read\u{0} posts.read"),
    ] {
        ask(malformed).get("/v1/me").problem(401, "unauthenticated");
    }
}

/// J27: what a permission shows in other answers is narrowed too: sensitive fields need their own.
#[test]
fn a_scope_without_the_sensitive_fields_shows_none() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let path = format!("/v1/cadres/{}", office.cadre("Lò Văn An", office.province()));
    let token = mighty(&app);
    let ask = |scope: &str| {
        let token = token.clone().claim("scope", json!(scope)).token();
        app.anonymous().with_token(&token).get(&path).expect(200).text
    };
    assert!(ask("cadres.read cadre.sensitive.read").contains("ethnic_group"));
    assert!(!ask("cadres.read").contains("ethnic_group"));
}
