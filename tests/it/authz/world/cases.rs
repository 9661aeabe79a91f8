//! Cases in their steps and after their effect, each with what it yields.

use serde_json::{Value, json};

use super::Makers;
use crate::support::Client;
use crate::support::fixtures::{self, Office};

impl Makers<'_> {
    /// Cases by which somebody from outside is posted here: one of which anything can be recorded, one that is concluded.
    pub(super) fn postings(&self, unit: &str, cadre: &str, posts: &[String; 2]) -> Vec<(&'static str, String)> {
        let Office { officer, decider, .. } = self.office;
        let posted = |post: &String| {
            let step = json!({"kind": "secondment", "cadre_id": cadre, "from_outside": "Bộ Nội vụ", "to_post_id": post,
                "expected_end_on": "2027-06-30"});
            let case =
                json!({"subject": "Biệt phái", "effective_from": "2026-01-01", "unit_id": unit, "moves": [step]});
            let case = officer.post("/v1/rotations", &case).expect(201);
            let mut decision = fixtures::decision();
            decision["decided_on"] = json!("2025-12-20");
            decider.act(&format!("/v1/rotations/{}/decide", case.str("/id")), "*", &decision).expect(200);
            let case = officer.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200);
            let path = format!("/v1/rotations/{}", case.str("/id"));
            let review = json!({"cadre_id": cadre, "text": "x", "reviewed_on": "2026-11-20"});
            let review = officer.post(&format!("{path}/self-reviews"), &review).expect(201);
            let said = json!({"cadre_id": cadre, "occasion": "final", "from": "2026-01-01", "to": "2026-11-20", "text": "x",
                "evaluated_on": "2026-11-20"});
            let said = officer.post(&format!("{path}/evaluations"), &said).expect(201);
            (case, review.str("/id").to_owned(), said.str("/id").to_owned(), path)
        };
        let ((away, review, evaluation, path), (placed, .., placed_path)) = (posted(&posts[0]), posted(&posts[1]));
        let longer = json!({"cadre_id": cadre, "until": "2027-09-30", "reason": "x", "number": "1-QĐ/TU", "issuer": "x",
            "decided_on": "2026-11-20"});
        let extension = decider.post(&format!("{path}/extensions"), &longer).expect(201).str("/id").to_owned();
        let kept = json!({"cadre_id": cadre, "outcome": "kept", "kept_from": "2026-12-01", "conclusion": "x", "number": "1-KL/TU",
            "issuer": "x", "concluded_on": "2026-11-20"});
        let placement = decider.post(&format!("{placed_path}/placements"), &kept).expect(201).str("/id").to_owned();
        vec![
            ("away", away.str("/id").to_owned()),
            ("posting", away.str("/moves/0/id").to_owned()),
            ("placed", placed.str("/id").to_owned()),
            ("self-reviews", review),
            ("evaluations", evaluation),
            ("extensions", extension),
            ("placements", placement),
        ]
    }

    /// Cases of one move in several steps, and a paper of each kind.
    pub(super) fn stepwise(
        &self,
        unit: &str,
        voter: &str,
        moved: &str,
        step: &Value,
        direct: &str,
    ) -> Vec<(&'static str, String)> {
        let Office { officer, decider, .. } = self.office;
        let case = |body: &Value| officer.post("/v1/rotations", body).expect(201).str("/id").to_owned();
        let policy = case(&fixtures::policy(unit));
        let people = case(&fixtures::policy(unit));
        let path = |case: &str, what: &str| format!("/v1/rotations/{case}/{what}");
        decider.act(&path(&people, "approve-policy"), "*", &fixtures::approval()).expect(200);
        officer.act(&path(&people, "propose-people"), "*", &json!({"moves": [step]})).expect(200);
        let asked = case(&json!({"subject": "Điều động", "procedure": "agreement", "effective_from": "2026-12-01",
            "unit_id": unit, "moves": [step]}));
        let paper = |by: &Client, case: &str, what: &str, body: &Value| {
            by.post(&path(case, what), body).expect(201).str("/id").to_owned()
        };
        let nomination = paper(officer, &people, "nominations", &fixtures::nomination(moved, None));
        let conclusion = paper(officer, &people, "conclusions", &fixtures::conclusion(moved, true));
        paper(officer, &asked, "opinions", &fixtures::opinion(moved, "origin"));
        let opinion = paper(officer, &asked, "opinions", &fixtures::opinion(moved, "destination"));
        let interview = paper(officer, &asked, "interviews", &fixtures::interview(moved, true));
        let waiver = paper(decider, &asked, "waivers", &fixtures::waiver(moved));
        let document = paper(officer, &asked, "documents", &fixtures::document(moved));
        let election = paper(officer, direct, "elections", &fixtures::election(moved));
        let vote = paper(decider, direct, "votes", &fixtures::vote(voter, 1));
        vec![
            ("policy", policy),
            ("people", people),
            ("asked", asked),
            ("nominations", nomination),
            ("conclusions", conclusion),
            ("opinions", opinion),
            ("interviews", interview),
            ("waivers", waiver),
            ("documents", document),
            ("elections", election),
            ("votes", vote),
        ]
    }
}
