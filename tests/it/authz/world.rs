//! Two neighbouring communes with the same things in each, and callers of every role in either: what the tests of
//! authorisation walk through. Made once for the process; whoever uses it commits nothing.

mod cases;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use canbo::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::law::walker::{Call, NOBODY, Operation, resolved, sample};
use crate::support::fixtures::{self, Office, transfer};
use crate::support::{Answer, Client, TestApp, database};

const PASSWORD: &str = "mot mat khau dai";

/// Ids of the things of one commune, by what they are.
pub type Ids = BTreeMap<&'static str, String>;

/// The province of these tests.
pub struct World {
    /// The service.
    pub app: TestApp,
    /// Things of the commune of the callers.
    pub here: Ids,
    /// Things of the neighbour.
    pub there: Ids,
    /// People with a role in the commune.
    pub callers: BTreeMap<&'static str, Client>,
    /// People with the same role in the neighbouring one.
    pub neighbours: BTreeMap<&'static str, Client>,
    /// Systems with a role in the commune.
    pub machines: BTreeMap<&'static str, Client>,
    /// Somebody without a role.
    pub nobody: Client,
    /// Somebody whose token is no longer good.
    pub expired: Client,
}

/// The world.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

impl World {
    fn new() -> Self {
        let app = TestApp::start();
        let now = app.clock.now();
        app.clock.set(now - chrono::TimeDelta::hours(1));
        let expired = app.sign_in("organisation_officer");
        app.clock.set(now);
        let office = Office::new(&app);
        let administrator = app.sign_in("administrator");
        let training = app.sign_in("training_officer");
        let programme = json!({"code": "WALK", "name": "Lớp thử", "kind": "political_theory", "level": "intermediate"});
        let regulation = office.officer.get("/v1/regulations?key=rotation.minimum_months&as_of=2026-11-23").expect(200);
        let title = office.title("walk_title", "commune");
        let citation = json!({"instrument": "Quy định", "article": null, "confirmed": false});
        let standard = json!({"from": "2025-07-01", "criteria": [{"kind": "planning", "equal_title_counts": true, "citation": citation}]});
        let standard = office.officer.post(&format!("/v1/titles/{title}/standards"), &standard).expect(201);
        let shared = Ids::from([
            ("standard", standard.str("/id").to_owned()),
            ("regulation", regulation.str("/data/0/id").to_owned()),
            ("programme", training.post("/v1/programmes", &programme).expect(201).str("/id").to_owned()),
            ("title", title),
            ("planned", office.title("walk_planned", "commune")),
            ("authority", authority(&office)),
        ]);
        let makers = Makers { office: &office, administrator: &administrator, training: &training };
        let mut here = makers.place("03172", "here", &shared);
        let mut there = makers.place("03181", "there", &shared);
        let person = |role: &str, ids: &Ids, at: &str| {
            let name = format!("{}-{at}", role.replace('_', "-"));
            let cadre = if role == "cadre" { Some(ids["cadre"].as_str()) } else { None };
            let id = makers.account(&name, cadre);
            makers.give(&json!({"account_id": id, "role": role, "unit_id": ids["unit"]}));
            app.anonymous().signed_in(&name, PASSWORD)
        };
        let all = |ids: &Ids, at: &str| -> BTreeMap<&'static str, Client> {
            Role::ALL.iter().map(|role| (role.name(), person(role.name(), ids, at))).collect()
        };
        let (callers, neighbours) = (all(&here, "here"), all(&there, "there"));
        for (ids, callers) in [(&mut here, &callers), (&mut there, &neighbours)] {
            let proposals = format!("/v1/cadres/{}/proposals", ids["cadre"]);
            let proposal = callers["cadre"].post(&proposals, &correction()).expect(201).str("/id").to_owned();
            ids.insert("proposal", proposal);
        }
        let machine = |role: &Role| {
            let (id, client) = machine(&app, &administrator, &format!("system-{}", role.name().replace('_', "-")));
            makers.give(&json!({"client_id": id, "role": role.name(), "unit_id": here["unit"]}));
            (role.name(), client)
        };
        let machines = Role::ALL.iter().map(machine).collect();
        makers.account("no-role", None);
        let nobody = app.anonymous().signed_in("no-role", PASSWORD);
        Self { app, here, there, callers, neighbours, machines, nobody, expired }
    }
}

/// A correction that somebody proposes of their own record.
pub fn correction() -> Value {
    json!({"record": {"native_place": "Mường Phăng", "religion": "catholicism"}, "reason": "Ghi sai",
        "evidence": {"number": "123/TLKH", "issuer": "UBND xã", "issued_on": "2024-07-15"}})
}

/// A rule by which a post of the province decides on its own level.
fn authority(office: &Office) -> String {
    let post = office.post(&office.title("walk_secretary", "province"), office.province());
    let rule = json!({"level": "province", "authority_post_id": post, "from": "2026-01-01", "instrument": "12-QĐ/TU"});
    office.officer.post("/v1/appointing-authorities", &rule).expect(201).str("/id").to_owned()
}

/// A new client of a name: its id, and what calls as it.
pub fn machine(app: &TestApp, administrator: &Client, name: &str) -> (String, Client) {
    let made = administrator.post("/v1/clients", &json!({"client_id": name, "name": name})).expect(201);
    let secret = made.str("/client_secret");
    let form = [("grant_type", "client_credentials")];
    let token = app.anonymous().request(Method::POST, "/oauth/token").basic_auth(name, Some(secret)).form(&form);
    let token = Answer::of(token).expect(200);
    (made.str("/client/id").to_owned(), app.anonymous().with_token(token.str("/access_token")))
}

struct Makers<'a> {
    office: &'a Office,
    administrator: &'a Client,
    training: &'a Client,
}

impl Makers<'_> {
    fn account(&self, name: &str, cadre: Option<&str>) -> String {
        let body = json!({"user_name": name, "display_name": name, "password": PASSWORD, "cadre_id": cadre});
        self.administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned()
    }

    fn give(&self, grant: &Value) -> String {
        self.administrator.post("/v1/grants", grant).expect(201).str("/id").to_owned()
    }

    /// Two people, two posts, a case, a course with an enrolment, an account and a client, all in one commune.
    fn place(&self, code: &str, name: &str, shared: &Ids) -> Ids {
        let Office { officer, .. } = self.office;
        let unit = self.office.commune(code);
        let zone = json!({"zone": "iii", "from": "2026-01-01", "to": "2030-12-31", "decision_number": "861/QĐ-TTg"});
        let zone = officer.post(&format!("/v1/units/{unit}/zones"), &zone).expect(201).str("/id").to_owned();
        let (held, free) = (self.office.post(&shared["title"], &unit), self.office.post(&shared["title"], &unit));
        let made = |client: &Client, path: &str, body: Value| client.post(path, &body).expect(201);
        let id = |answer: &Answer| answer.str("/id").to_owned();
        let person = |name: &str, serial: u8| {
            let body = json!({"full_name": name, "sex": "male", "born_on": "1985-05-04", "unit_id": unit,
                "personal_number": format!("011085{serial}{code}"), "ethnic_group": "thai", "religion": "buddhism",
                "party_joined_on": "2010-02-03", "native_place": format!("Na Sang {code}"), "native_unit_id": unit, "recruited_on": "2008-01-01"});
            id(&made(officer, "/v1/cadres", body))
        };
        let frozen = self.office.post(&shared["title"], &unit);
        let freeze = json!({"from": "2026-01-01", "reason": "Sắp xếp tổ chức bộ máy"});
        officer.act(&format!("/v1/posts/{frozen}/freeze"), "*", &freeze).expect(200);
        let (holder, cadre) = (person("Lò Văn Giữ", 1), person("Quàng Văn Rỗi", 2));
        let appointment = json!({"post_id": held, "from": "2025-07-01", "basis": "appointed"});
        let appointment = id(&made(officer, &format!("/v1/cadres/{holder}/appointments"), appointment));
        // Nobody holds the other post since.
        let past = json!({"post_id": free, "from": "2025-07-01", "to": "2025-12-31", "basis": "appointed"});
        let past = id(&made(officer, &format!("/v1/cadres/{cadre}/appointments"), past));
        let learned = json!({"kind": "degree", "level": "university", "obtained_on": "2010-06-30"});
        let qualification = id(&made(officer, &format!("/v1/cadres/{cadre}/qualifications"), learned));
        let planned = json!({"title_id": shared["planned"], "from": "2025-10-01"});
        let planning = id(&made(officer, &format!("/v1/cadres/{cadre}/plannings"), planned));
        let file = facts().map(|(what, collection, body)| {
            (what, id(&made(officer, &format!("/v1/cadres/{cadre}/{collection}"), body)))
        });
        let course = json!({"programme_id": shared["programme"], "code": name, "name": name, "institution": "Trường",
            "unit_id": unit, "from": "2026-03-01", "to": "2026-12-31", "seats": 10});
        let course = id(&made(self.training, "/v1/courses", course));
        let enrolled = json!({"cadre_ids": [holder], "enrolled_on": "2026-03-01"});
        let enrolled = made(self.training, &format!("/v1/courses/{course}/enrolments"), enrolled);
        let enrolment = enrolled.str("/data/0/id").to_owned();
        let case = json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": unit,
            "moves": [transfer(&holder, Some(&held), &free)]});
        let rotation = id(&made(officer, "/v1/rotations", case));
        let plan = |body: &Value| made(officer, "/v1/rotation-plans", body.clone()).str("/id").to_owned();
        let outline = fixtures::plan(&unit, &[fixtures::plan_item(&shared["title"], Some(&unit), 1)]);
        let (draft_plan, plan) = (plan(&outline), plan(&outline));
        let approve = format!("/v1/rotation-plans/{plan}/approve");
        self.office.decider.act(&approve, "*", &fixtures::approval()).expect(200);
        let delegated = json!({"authority_post_id": free, "cadre_id": cadre, "from": "2026-11-01", "to": "2026-12-31",
            "number": "21-UQ/TU", "issuer": "Bí thư", "decided_on": "2026-10-28"});
        let delegation = id(&made(officer, "/v1/delegations", delegated));
        let stepwise = self.stepwise(&unit, &cadre, &holder, &transfer(&holder, Some(&held), &free), &rotation);
        let concurrent = || {
            let body = json!({"title_id": shared["title"], "unit_id": unit, "from": "2025-07-01", "full_time": false});
            id(&made(officer, "/v1/posts", body))
        };
        let postings = self.postings(&unit, &holder, &[concurrent(), concurrent()]);
        let account = self.account(&format!("someone-{name}"), None);
        let grant = self.give(&json!({"account_id": account, "role": "reader", "unit_id": unit}));
        let client = json!({"client_id": format!("system-{name}"), "name": name});
        let client = made(self.administrator, "/v1/clients", client).str("/client/id").to_owned();
        self.give(&json!({"client_id": client, "role": "reader", "unit_id": unit}));
        // Both communes go on: their act makes a body in each.
        let act = json!({"number": format!("{name}/NQ"), "title": "Nghị quyết", "issuer": "Hội đồng nhân dân", "legal_basis": "Luật",
            "decided_on": "2026-01-01", "effective_from": "2026-01-02",
            "changes": [{"create": {"kind": "mass", "name": format!("Hội {name}"), "parent": {"unit_id": unit}}}]});
        let reorganisation = id(&made(officer, "/v1/reorganisations", act));
        let own = [
            ("unit", unit),
            ("zone", zone),
            ("held", held),
            ("post", free),
            ("frozen", frozen),
            ("holder", holder),
            ("appointment", appointment),
            ("past", past),
            ("cadre", cadre),
            ("qualification", qualification),
            ("planning", planning),
            ("course", course),
            ("enrolment", enrolment),
            ("rotation", rotation),
            ("draft_plan", draft_plan),
            ("delegation", delegation),
            ("plan", plan),
            ("account", account),
            ("grant", grant),
            ("client", client),
            ("reorganisation", reorganisation),
        ];
        shared
            .iter()
            .map(|(name, id)| (*name, id.clone()))
            .chain(own)
            .chain(file)
            .chain(stepwise)
            .chain(postings)
            .collect()
    }
}

/// One fact of each kind: what it is, its collection, its body.
fn facts() -> [(&'static str, &'static str, Value); 9] {
    [
        ("assessment", "assessments", json!({"year": 2024, "class": "good"})),
        ("reward", "rewards", json!({"title": "Giấy khen", "awarded_on": "2020-12-31"})),
        ("discipline", "disciplines", json!({"measure": "reprimand", "side": "party", "from": "2015-03-01"})),
        ("membership", "memberships", json!({"organisation": "party", "joined_on": "2010-02-03"})),
        ("rank", "ranks", json!({"code": "specialist", "from": "2012-01-01"})),
        ("health_certificate", "health-certificates", json!({"issued_on": "2025-03-10", "institution": "Bệnh viện"})),
        ("relative", "relatives", json!({"relation": "mother", "side": "own", "full_name": "Lò Thị Mẹ"})),
        ("residence", "residences", json!({"purpose": "permanent", "address": "Na Sang", "from": "2010-01-01"})),
        ("particular", "particulars", json!({"topic": "other_name", "text": "Lò Văn Khác"})),
    ]
}

/// What an id of the API means: by the name of the parameter or field, or, for `id`, by the collection in the path.
pub fn meaning(name: &str, path: &str) -> &'static str {
    let collection = path.trim_start_matches("/v1/").split('/').next().unwrap_or_default();
    let name = if name == "id" { collection } else { name };
    match name {
        "units" | "unit_id" | "invited_unit_ids" | "parent_id" | "under" | "native_unit_id" | "locality_id" => "unit",
        "posts" if path.ends_with("/unfreeze") => "frozen",
        "reorganisations" => "reorganisation",
        "posts" | "to_post_id" | "authority_post_id" => "post",
        "post_id" if path.starts_with("/v1/cadres") => "post",
        "post_id" | "from_post_id" => "held",
        "cadres" | "cadre_ids" | "present_ids" | "excluded_ids" | "stand_in_id" | "signed_by_id" => "cadre",
        "cadre_id" => "holder",
        // Of what a reorganisation places.
        "appointments" | "subject_id" => "appointment",
        "appointment_id" => "past",
        "qualification_id" => "qualification",
        "planning_id" => "planning",
        "proposals" => "proposal",
        "assessment_id" | "entry_id" => "assessment",
        "reward_id" => "reward",
        "discipline_id" => "discipline",
        "membership_id" => "membership",
        "rank_id" => "rank",
        "health_certificate_id" => "health_certificate",
        "relative_id" => "relative",
        "residence_id" => "residence",
        "particular_id" => "particular",
        "courses" | "course_id" => "course",
        "enrolments" => "enrolment",
        "rotations" => step_of(path),
        "postings" => "posting",
        "rotation-plans" => "draft_plan",
        "appointing-authorities" => "authority",
        "delegations" => "delegation",
        "plan_id" => "plan",
        "target_id" => "rotation",
        "paper_id" => path.trim_start_matches("/v1/rotations/{id}/").split('/').next().and_then(paper).expect(path),
        "programmes" | "programme_id" => "programme",
        "titles" | "title_id" => "title",
        "regulations" => "regulation",
        "standard_id" => "standard",
        "zone_id" => "zone",
        // No session has that id: which sessions there are nobody else may know.
        "accounts" | "account_id" | "actor_id" | "me" => "account",
        "grants" => "grant",
        "clients" | "client_id" => "client",
        _ => panic!("{path}: say in tests/it/authz/world.rs what the id {name} means"),
    }
}

/// The kinds of papers of cases, by their collections.
fn paper(collection: &str) -> Option<&'static str> {
    let steps = ["nominations", "conclusions", "opinions", "interviews", "waivers", "documents", "elections", "votes"];
    steps
        .into_iter()
        .chain(["evaluations", "self-reviews", "extensions", "placements"])
        .find(|known| *known == collection)
}

/// The case that an operation is for: one in the step that it belongs to.
fn step_of(path: &str) -> &'static str {
    match path.trim_start_matches("/v1/rotations/{id}/").split('/').next().unwrap_or_default() {
        "approve-policy" => "policy",
        "propose-people" | "conclude-preparation" | "nominations" | "conclusions" | "slates" => "people",
        "placements" if path.ends_with("{paper_id}") => "placed",
        "evaluations" | "self-reviews" | "extensions" | "placements" | "compensate" => "away",
        "conclude-exchange" | "opinions" | "interviews" | "waivers" | "documents" | "dossier" => "asked",
        _ => "rotation",
    }
}

/// The places of ids in a body, as pointers with the name of the field; the first item stands for all of a list.
pub fn id_fields(document: &Value, schema: &Value, at: &str, found: &mut Vec<(String, String)>) {
    let schema = resolved(document, schema);
    if let Some(part) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        for part in part {
            id_fields(document, part, at, found);
        }
        return;
    }
    if schema["format"] == "uuid" {
        let name = at.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
        found.push((at.to_owned(), name.to_owned()));
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        id_fields(document, part, &format!("{at}/{name}"), found);
    }
    if let Some(items) = schema.get("items") {
        id_fields(document, items, &format!("{at}/0"), found);
    }
}

/// Puts a value at a pointer into a body, whose last field need not be there.
pub fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
        Value::Array(items) if items.len() == field.parse::<usize>().unwrap() => items.push(value),
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        parent => parent[field] = value,
    }
}

/// An id for a path parameter.
fn part(document: &Value, operation: &Operation, parameter: &Value, ids: &Ids) -> String {
    let name = parameter["name"].as_str().unwrap();
    if resolved(document, &parameter["schema"])["format"] == "uuid" {
        return ids[meaning(name, &operation.path)].clone();
    }
    let value = parameter.get("example").cloned().unwrap_or_else(|| sample(document, &parameter["schema"]));
    value.as_str().unwrap().to_owned()
}

/// A call with which nothing is wrong but perhaps the caller: ids of real things, a body that fits them, a dry run.
pub fn fitting(document: &Value, operation: &Operation, ids: &Ids) -> Call {
    let mut call = Call::of(document, operation);
    call.path.clone_from(&operation.path);
    for parameter in operation.parameters.iter().filter(|parameter| parameter["in"] == "path") {
        let value = part(document, operation, parameter, ids);
        call.path = call.path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &value);
    }
    for (name, value) in &mut call.query {
        if value == NOBODY {
            value.clone_from(&ids[meaning(name, &operation.path)]);
        }
    }
    for (name, value) in &mut call.headers {
        if name == "If-Match" {
            "*".clone_into(value);
        }
    }
    if let (Some(body), Some((_, schema))) = (&mut call.body, &operation.body) {
        let mut places = Vec::new();
        id_fields(document, schema, "", &mut places);
        for (pointer, name) in places.iter().filter(|(pointer, _)| !pointer.is_empty()) {
            if body.pointer(pointer).is_some_and(Value::is_string) {
                put(body, pointer, json!(ids[meaning(name, &operation.path)]));
            }
        }
        // What the example names is there already, or what it says does not fit the people of this world.
        match operation.id.as_str() {
            "createTitle" => body["code"] = json!("another_title"),
            "createCourse" => body["code"] = json!("another"),
            "endCadreAppointment" => body["last_on"] = json!("2025-10-31"),
            "createCadreAppointment" => body["from"] = json!("2026-02-01"),
            "recordEnrolmentResult" => body["result_on"] = json!("2026-09-30"),
            _ => {}
        }
    }
    call
}

/// The same call, committed when it is let through.
pub fn in_earnest(call: &Call) -> Call {
    let query = call.query.iter().filter(|(name, _)| name != "validate_only").cloned().collect();
    Call { query, ..call.clone() }
}

/// What the roles that have a permission are, in their order.
pub fn roles_with(permission: &str) -> Vec<&'static str> {
    let may = |role: &&Role| permission.is_empty() || role.permissions().iter().any(|p| p.name() == permission);
    Role::ALL.iter().filter(may).map(|role| role.name()).collect()
}

/// Whether an operation is for who holds the permission in the whole province: a role in one commune is not enough.
pub fn is_of_province(operation: &Operation) -> bool {
    ["getAuditVerification", "exportAuditEntries", "listAuditCheckpoints"].contains(&operation.id.as_str())
}

/// The permission that a call with a token needs; none for what is public.
pub fn permission(operation: &Operation) -> Option<&str> {
    operation.needs.as_ref().filter(|(scheme, _)| scheme == "bearer").map(|(_, permission)| permission.as_str())
}

/// An answer without what differs between any two: its time, the id of the request, and the id that was asked for.
pub fn bare(answer: &Answer, asked: &str) -> String {
    let request = answer.header("x-request-id").to_owned();
    // The order of a list in a header is each worker's own.
    let sorted = |value: &str| {
        let mut parts: Vec<String> = value.split(", ").map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    let headers: BTreeMap<&str, Vec<String>> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "traceresponse", "ratelimit"].contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), sorted(value.to_str().unwrap())))
        .collect();
    let text = format!("{} {headers:?} {}", answer.status, answer.text);
    text.replace(&request, "REQUEST").replace(asked, "ASKED")
}

/// A digest of everything that is kept, but for the records of calls themselves.
pub fn everything(app: &TestApp) -> String {
    let tables = "SELECT coalesce(string_agg(format('SELECT %L || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '''')) || count(*) AS text FROM %I t', \
        tablename || ' ', tablename), ' UNION ALL ' ORDER BY tablename), '') AS text FROM pg_tables WHERE schemaname = 'public' \
        AND tablename NOT IN ('audit_entries', 'audit_subjects', 'sessions', 'refresh_tokens', 'sign_in_tries') AND tablename NOT LIKE '\\_\\_%'";
    let each = database::text(&app.database, tables);
    assert!(each.matches("UNION ALL").count() > 15, "{each}");
    database::text(
        &app.database,
        &format!("SELECT string_agg(text, chr(10) ORDER BY text) AS text FROM ({each}) AS tables"),
    )
}
