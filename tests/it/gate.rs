//! The token gate: what is no token of ours opens nothing, and what is one opens no more than it says.

mod bounds;
mod carriers;
mod claims;
mod forged;
mod keys;
mod providers;
mod scope;

use canbo::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::forge::Forge;
use crate::support::{Answer, TestApp};

/// A service, a client that holds every role at the province, and a token for it that is good.
struct Gate {
    app: TestApp,
    forge: Forge,
    /// What every refusal says.
    refusal: String,
}

fn mighty(app: &TestApp) -> Forge {
    let administrator = app.sign_in("administrator");
    let body = json!({"client_id": "mighty", "name": "Hệ thống"});
    let id = administrator.post("/v1/clients", &body).expect(201).str("/client/id").to_owned();
    let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    for role in Role::ALL {
        let grant = json!({"client_id": id, "role": role, "unit_id": unit});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    Forge::client(&id, "mighty", app.clock.now())
}

impl Gate {
    fn new() -> Self {
        let app = TestApp::start();
        let forge = mighty(&app);
        let gate = Self { app, forge, refusal: String::new() };
        let refusal = Answer::of(gate.app.anonymous().request(Method::GET, "/v1/me").header("x-request-id", "gate"));
        assert!(refusal.text.contains("unauthenticated"));
        let gate = Self { refusal: refusal.text, ..gate };
        gate.takes("the token that all are made of", &gate.forge.token());
        gate
    }

    fn ask(&self, token: &str) -> Answer {
        let request = self.app.anonymous().request(Method::GET, "/v1/me").header("x-request-id", "gate");
        Answer::of(request.header("authorization", format!("Bearer {token}")))
    }

    #[track_caller]
    fn takes(&self, what: &str, token: &str) {
        let answer = self.ask(token);
        assert_eq!((answer.status, answer.body["name"].as_str()), (200, Some("mighty")), "{what}: {}", answer.text);
    }

    /// One answer for all: the cause is for the log.
    #[track_caller]
    fn refuses(&self, what: &str, token: &str) {
        let answer = self.ask(token);
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        assert_eq!(answer.text, self.refusal, "{what}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"canbo\"", "{what}");
    }

    /// The good token with another header member, signed by our key.
    #[track_caller]
    fn refuses_header(&self, name: &str, value: Value) {
        let mut forge = self.forge.clone();
        forge.header[name] = value;
        self.refuses(&forge.header.to_string(), &forge.token());
    }

    /// The good token with another claim, signed by our key.
    #[track_caller]
    fn refuses_claim(&self, name: &str, value: Value) {
        let forge = self.forge.clone().claim(name, value);
        self.refuses(&forge.claims.to_string(), &forge.token());
    }

    #[track_caller]
    fn refuses_without(&self, claim: &str) {
        let mut forge = self.forge.clone();
        forge.claims.as_object_mut().unwrap().remove(claim).unwrap();
        self.refuses(&format!("without {claim}"), &forge.token());
    }
}
