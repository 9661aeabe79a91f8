//! The steps before a decision: policy, people, preparation, exchange, vote.

use serde_json::{Value, json};

use super::{Scene, scene};
use crate::support::fixtures::{
    Office, approval, conclusion, decision, document, election, interview, opinion, policy, transfer, vote, waiver,
};
use crate::support::{Answer, Client, TestApp};

/// A case and who acts on it.
struct Case<'a> {
    office: &'a Office,
    id: String,
}

impl<'a> Case<'a> {
    fn new(office: &'a Office, body: &Value) -> Self {
        let id = office.officer.post("/v1/rotations", body).expect(201).str("/id").to_owned();
        Self { office, id }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/rotations/{}/{what}", self.id)
    }

    fn seen(&self) -> Answer {
        self.office.officer.get(&format!("/v1/rotations/{}", self.id)).expect(200)
    }

    fn act(&self, by: &Client, action: &str, body: &Value) -> Answer {
        let seen = by.get(&format!("/v1/rotations/{}", self.id)).expect(200);
        by.act(&self.path(action), seen.etag(), body)
    }

    fn paper(&self, by: &Client, what: &str, body: &Value) -> Answer {
        by.post(&self.path(what), body)
    }

    fn lacks(&self) -> Vec<String> {
        let seen = self.seen();
        let lacking = seen.body["lacking"].as_array().unwrap();
        let told = |lack: &Value| {
            let side = lack["side"].as_str().unwrap_or("-");
            format!("{} {side} {}", lack["needed"].as_str().unwrap(), lack["against"])
        };
        lacking.iter().map(told).collect()
    }
}

/// The article's way: a policy, a person for it, standards, both units and the person asked, a vote, one day.
#[test]
fn five_steps_lead_to_a_decision_and_each_keeps_what_it_yields() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (officer, decider) = (&office.officer, &office.decider);
    let case = Case::new(&office, &policy(office.province()));
    assert_eq!((case.seen().str("/state"), case.seen().str("/procedure")), ("policy_proposed", "five_steps"));
    let step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    let slate = json!({"moves": [step]});
    case.act(officer, "propose-people", &slate).problem(409, "wrong_state");
    case.act(officer, "approve-policy", &approval()).problem(403, "forbidden");
    let approved = case.act(decider, "approve-policy", &approval()).expect(200);
    assert_eq!((approved.str("/state"), approved.str("/policy/number")), ("policy_approved", "112-TB/TU"));

    let proposed = case.act(officer, "propose-people", &slate).expect(200);
    assert_eq!((proposed.str("/state"), proposed.str("/moves/0/cadre/label")), ("people_proposed", "Lò Văn Một"));
    assert_eq!(case.lacks(), ["conclusion - false"]);
    let early = case.act(officer, "conclude-preparation", &Value::Null);
    let early = early.problem(409, "step_incomplete");
    assert_eq!(early.body["errors"][0]["pointer"], "/moves/0");
    case.paper(officer, "conclusions", &conclusion(&people[0], true)).expect(201);
    assert_eq!(case.act(officer, "conclude-preparation", &Value::Null).expect(200).str("/state"), "prepared");

    assert_eq!(case.lacks(), ["opinion origin false", "opinion destination false", "interview - false"]);
    for side in ["origin", "destination"] {
        case.paper(officer, "opinions", &opinion(&people[0], side)).expect(201);
    }
    case.paper(officer, "interviews", &interview(&people[0], true)).expect(201);
    assert_eq!(case.act(officer, "conclude-exchange", &Value::Null).expect(200).str("/state"), "exchanged");

    assert_eq!(case.lacks(), ["vote - false"]);
    case.act(decider, "decide", &decision()).problem(409, "step_incomplete");
    case.paper(officer, "votes", &vote(&people[1], 1)).problem(403, "forbidden");
    let voted = case.paper(decider, "votes", &vote(&people[1], 1)).expect(201);
    assert_eq!((voted.body["outcome"]["carried"].clone(), voted.str("/present/0/label")), (json!(true), "Giàng A Hai"));
    let second = json!({"number": "1205/QĐ-UBND", "issuer": "Chủ tịch UBND tỉnh", "decided_on": "2026-11-23"});
    let mut both = decision();
    both["state_decision"] = second;
    let done = case.act(decider, "decide", &both).expect(200);
    assert_eq!((done.str("/state"), done.str("/decision/state_decision/number")), ("decided", "1205/QĐ-UBND"));
    let career = officer.get(&format!("/v1/cadres/{}/appointments", people[0])).expect(200);
    let opened = career.rows().iter().find(|row| row["post"]["id"] == json!(posts[3])).unwrap().clone();
    assert_eq!(opened["decision_number"], "1205/QĐ-UBND", "the act that puts the person there");

    for (what, count) in [("slates", 1), ("conclusions", 1), ("opinions", 2), ("interviews", 1), ("votes", 1)] {
        assert_eq!(officer.get(&case.path(what)).expect(200).rows().len(), count, "{what}");
    }
}

#[test]
fn who_declines_in_the_talk_is_not_sent_and_the_case_ends() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    let body = json!({"subject": "Điều động", "procedure": "agreement", "effective_from": "2026-12-01", "unit_id": office.province(),
        "moves": [step]});
    let case = Case::new(&office, &body);
    for side in ["origin", "destination"] {
        case.paper(&office.officer, "opinions", &opinion(&people[0], side)).expect(201);
    }
    case.paper(&office.officer, "interviews", &interview(&people[0], false)).expect(201);
    assert_eq!(case.lacks(), ["interview - true"]);
    case.act(&office.officer, "conclude-exchange", &Value::Null).problem(409, "step_incomplete");
    let dry = format!("{}?validate_only=true", case.path("refuse"));
    let reason = json!({"reason": "Cán bộ không nhất trí"});
    let dry = office.officer.act(&dry, case.seen().etag(), &reason).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "rotation_refused");
    assert_eq!(case.seen().str("/state"), "prepared");
    let refused = case.act(&office.officer, "refuse", &reason).expect(200);
    assert_eq!((refused.str("/state"), refused.str("/refusal/state")), ("refused", "prepared"));
    assert_eq!(refused.body["allowed_actions"], json!([]));
    case.paper(&office.officer, "interviews", &interview(&people[0], true)).problem(409, "wrong_state");
    assert_eq!(office.held_by(&posts[0], "2026-12-01"), "Lò Văn Một");
}

#[test]
fn another_person_takes_the_place_of_one_who_does_not_meet_the_standards() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let officer = &office.officer;
    let case = Case::new(&office, &policy(office.province()));
    case.act(&office.decider, "approve-policy", &approval()).expect(200);
    let stays = transfer(&people[2], Some(&posts[2]), &posts[1]);
    let first = json!({"moves": [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0]), stays]});
    case.act(officer, "propose-people", &first).expect(200);
    for (person, meets) in people.iter().zip([false, true, true]) {
        case.paper(officer, "conclusions", &conclusion(person, meets)).expect(201);
    }
    assert_eq!(case.lacks(), ["conclusion - true"]);
    // The second goes where the first was to go, the third where they were to go anyway.
    let second =
        json!({"effective_from": "2026-12-15", "moves": [transfer(&people[1], Some(&posts[1]), &posts[3]), stays]});
    let proposed = case.act(officer, "propose-people", &second).expect(200);
    assert_eq!(proposed.str("/effective_from"), "2026-12-15");
    assert_eq!(case.lacks(), ["conclusion - false"], "what was said of another move does not count");
    let slates = officer.get(&case.path("slates")).expect(200);
    let stands = |slate: &Value| (slate["moves"].as_array().unwrap().len(), slate["superseded_at"].is_null());
    let mut moves: Vec<_> = slates.rows().iter().map(stands).collect();
    moves.sort_unstable();
    assert_eq!(moves, [(2, true), (3, false)]);
    let kept = officer.get(&case.path("conclusions")).expect(200);
    assert_eq!(kept.rows().len(), 3, "what was said stays readable");
}

#[test]
fn an_elected_post_waits_for_the_confirmed_result() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["by_election"] = json!(true);
    let body = json!({"subject": "Giới thiệu ứng cử", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": [step]});
    let case = Case::new(&office, &body);
    case.act(&office.decider, "decide", &decision()).problem(409, "step_incomplete");
    let mut result = election(&people[0]);
    for field in ["confirmed_on", "confirmed_by"] {
        result[field] = Value::Null;
    }
    case.paper(&office.officer, "elections", &result).expect(201);
    assert_eq!(case.lacks(), ["election - true"]);
    let recorded = case.paper(&office.officer, "elections", &election(&people[0])).expect(201);
    let location = recorded.header("location").to_owned();
    assert_eq!(office.officer.get(&location).expect(200).body, recorded.body);
    case.act(&office.decider, "decide", &decision()).expect(200);
    let career = office.officer.get(&format!("/v1/cadres/{}/appointments", people[0])).expect(200);
    assert!(career.rows().iter().any(|row| row["basis"] == "elected" && row["post"]["id"] == json!(posts[3])));
}

#[test]
fn a_vote_counts_by_the_rules_of_its_day() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    let case = Case::new(
        &office,
        &json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": [step]}),
    );
    let mut few = vote(&people[1], 1);
    few["ballot"]["members"] = json!(9);
    let told = case.paper(&office.decider, "votes", &few).expect(201);
    assert_eq!(
        (told.body["outcome"]["carried"].clone(), told.body["outcome"]["confirmed"].clone()),
        (json!(true), json!(false))
    );
    let rule = office
        .officer
        .get("/v1/regulations?key=collective.quorum&as_of=2026-11-23")
        .expect(200)
        .str("/data/0/id")
        .to_owned();
    let against = json!({"against": "Quy chế làm việc", "confirmed_on": "2026-11-23"});
    office.officer.act(&format!("/v1/regulations/{rule}/confirm"), "*", &against).expect(200);
    let told = case.paper(&office.decider, "votes", &few).expect(201);
    assert_eq!(told.body["outcome"]["carried"], json!(false), "one of nine is no quorum");
    case.act(&office.decider, "decide", &decision()).problem(409, "step_incomplete");
    let votes = office.officer.get(&case.path("votes")).expect(200);
    assert_eq!(votes.rows().len(), 2);

    let mut own = vote(&people[0], 1);
    own["ballot"] = json!({"members": 1, "in_favour": 2, "against": 0, "abstained": 0});
    let faults = case.paper(&office.decider, "votes", &own);
    let faults = faults.problem(422, "refused");
    let told: Vec<_> =
        faults.body["errors"].as_array().unwrap().iter().map(|fault| fault["code"].as_str().unwrap()).collect();
    assert_eq!(told, ["own_case", "out_of_range"]);
}

#[test]
fn papers_are_for_few_and_name_only_whom_the_case_moves() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["kind"] = json!("rotation");
    let body = json!({"subject": "Điều động", "procedure": "agreement", "effective_from": "2026-12-01", "unit_id": office.province(),
        "moves": [step]});
    let case = Case::new(&office, &body);
    case.paper(&office.officer, "documents", &document(&people[0])).expect(201);
    case.paper(&office.decider, "waivers", &waiver(&people[0])).expect(201);
    case.paper(&office.officer, "waivers", &waiver(&people[0])).problem(403, "forbidden");
    let checks = office.officer.get(&case.path("eligibility")).expect(200);
    let checks = checks.body["moves"][0]["checks"].as_array().unwrap().clone();
    let passed = checks.iter().find(|check| check["rule"] == "rotation.must_be_planned").unwrap();
    assert_eq!(passed["verdict"], "waived");
    assert_eq!(passed["waived_by"], "116-TB/TU Ban Thường vụ Tỉnh ủy");
    let reader = app.sign_in("reader");
    assert_eq!(reader.get(&format!("/v1/rotations/{}", case.id)).expect(200).body["lacking"], json!([]));
    reader.get(&case.path("waivers")).problem(403, "forbidden");
    let unknown = case.paper(&office.officer, "interviews", &interview(&people[1], true));
    assert_eq!(unknown.problem(422, "refused").body["errors"][0]["pointer"], "/cadre_id");
    let mut faulty = document(&people[0]);
    faulty["sha256"] = json!("0".repeat(63));
    case.paper(&office.officer, "documents", &faulty).problem(422, "refused");
    let dossier = office.officer.get(&case.path("dossier")).expect(200);
    let entries = dossier.body["data"][0]["entries"].as_array().unwrap();
    let there: Vec<_> = entries.iter().filter(|entry| entry["there"] == true).map(|entry| &entry["item"]).collect();
    assert_eq!((entries.len(), there), (10, vec![&json!("self_assessment")]));
    let auditor = app.sign_in("auditor");
    let seen = auditor.get(&format!("/v1/cadres/{}/accesses", people[0])).expect(200);
    assert!(!seen.rows().is_empty(), "who read the dossier is on record");
}

/// A rule that is confirmed binds; a special case lets a person pass it; what was decided on is kept and can be judged again.
#[test]
fn a_confirmed_rule_refuses_a_decision_unless_it_is_waived_and_the_verdict_stays() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["kind"] = json!("rotation");
    let body = json!({"subject": "Luân chuyển", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": [step]});
    let case = Case::new(&office, &body);
    let key = "rotation.must_be_planned";
    let rule = office.officer.get(&format!("/v1/regulations?key={key}&as_of=2026-11-23")).expect(200);
    let against = json!({"against": "Công báo", "confirmed_on": "2026-11-23"});
    let confirm = format!("/v1/regulations/{}/confirm", rule.str("/data/0/id"));
    office.officer.act(&confirm, "*", &against).expect(200);
    let refused = case.act(&office.decider, "decide", &decision()).problem(422, "refused");
    assert_eq!((refused.str("/errors/0/pointer"), refused.str("/errors/0/code")), ("/moves/0", "rule_not_met"));
    assert!(!refused.str("/errors/0/citation").is_empty());
    assert!(office.officer.get(&case.path("verdicts")).expect(200).rows().is_empty());

    case.paper(&office.decider, "waivers", &waiver(&people[0])).expect(201);
    case.act(&office.decider, "decide", &decision()).expect(200);
    let kept = office.officer.get(&case.path("verdicts")).expect(200);
    assert_eq!((kept.rows().len(), kept.body["data"][0]["replays"].clone()), (1, json!(true)));
    // The file changes, and so does the rule: what was decided on does not.
    let planned = json!({"title_id": office.title("later", "province"), "from": "2026-11-01"});
    office.officer.post(&format!("/v1/cadres/{}/plannings", people[0]), &planned).expect(201);
    assert_eq!(office.officer.get(&case.path("verdicts")).expect(200).body, kept.body);
    app.sign_in("reader").get(&case.path("verdicts")).problem(403, "forbidden");
}
