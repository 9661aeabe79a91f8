//! The token gate: what is no token of ours opens nothing, and what is one opens no more than it says.

mod scope;

use canbo::identity::model::Role;
use serde_json::json;

use crate::support::TestApp;
use crate::support::forge::Forge;

/// A client that holds every role at the province, and a token for it that is good.
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
