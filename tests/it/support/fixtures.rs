//! A small organisation, made through the API as a caller would.

use serde_json::{Value, json};

use super::{Client, TestApp};

/// Two communes and a province body with posts and people in them.
pub struct Office {
    /// Keeps everything.
    pub officer: Client,
    /// Decides.
    pub decider: Client,
    province: String,
}

impl Office {
    /// In a running service.
    pub fn new(app: &TestApp) -> Self {
        Self::of(&app.anonymous())
    }

    /// Where this client calls.
    pub fn of(client: &Client) -> Self {
        let sign_in = |name: &str| client.signed_in(name, super::PASSWORD);
        let officer = sign_in("organisation_officer");
        let province = officer.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
        Self { officer, decider: sign_in("decider"), province }
    }

    /// Id of the unit at the top.
    pub fn province(&self) -> &str {
        &self.province
    }

    /// Id of the commune of today that bears a code.
    pub fn commune(&self, code: &str) -> String {
        self.officer.get(&format!("/v1/units?kind=commune&code={code}")).expect(200).str("/data/0/id").to_owned()
    }

    /// A title; its code tells titles of a test apart.
    pub fn title(&self, code: &str, level: &str) -> String {
        let body = json!({"code": code, "name_vi": format!("Chức danh {code}"), "name_en": code, "category": "government",
            "level": level, "leadership": true, "head": true, "rank_order": 10});
        self.officer.post("/v1/titles", &body).expect(201).str("/id").to_owned()
    }

    /// A full-time post since July 2025.
    pub fn post(&self, title: &str, unit: &str) -> String {
        let body = json!({"title_id": title, "unit_id": unit, "from": "2025-07-01"});
        self.officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
    }

    /// A person whose file is kept by a unit.
    pub fn cadre(&self, name: &str, unit: &str) -> String {
        let body =
            json!({"full_name": name, "sex": "male", "born_on": "1985-05-04", "ethnic_group": "thai", "unit_id": unit});
        self.officer.post("/v1/cadres", &body).expect(201).str("/id").to_owned()
    }

    /// A person who holds a post since July 2025.
    pub fn holder(&self, name: &str, unit: &str, post: &str) -> String {
        let cadre = self.cadre(name, unit);
        let body = json!({"post_id": post, "from": "2025-07-01", "basis": "appointed"});
        self.officer.post(&format!("/v1/cadres/{cadre}/appointments"), &body).expect(201);
        cadre
    }

    /// Who holds a post on a day; empty for nobody.
    pub fn held_by(&self, post: &str, on: &str) -> String {
        let post = self.officer.get(&format!("/v1/posts/{post}?as_of={on}")).expect(200);
        post.body["holder"]["label"].as_str().unwrap_or_default().to_owned()
    }

    /// Prepares a case for a day.
    pub fn prepare(&self, effective_from: &str, moves: &[Value]) -> super::Answer {
        let body = json!({"subject": "Điều động cán bộ", "effective_from": effective_from, "moves": moves, "unit_id": self.province});
        self.officer.post("/v1/rotations", &body)
    }

    /// Decides a case as it is now.
    pub fn decide(&self, case: &super::Answer) -> super::Answer {
        self.decider.act(&format!("/v1/rotations/{}/decide", case.str("/id")), case.etag(), &decision())
    }
}

/// A decision of today.
pub fn decision() -> Value {
    json!({"decision_number": "315-QĐ/TU", "decision_issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": super::TODAY})
}

/// A move by transfer.
pub fn transfer(cadre: &str, from: Option<&str>, to: &str) -> Value {
    json!({"kind": "transfer", "cadre_id": cadre, "from_post_id": from, "to_post_id": to})
}

/// A case that begins with its policy.
pub fn policy(unit: &str) -> Value {
    json!({"subject": "Luân chuyển cán bộ", "need": "Tăng cường cán bộ cho xã", "procedure": "five_steps",
        "effective_from": "2026-12-01", "unit_id": unit})
}

/// How its authority approves that.
pub fn approval() -> Value {
    json!({"number": "112-TB/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": super::TODAY})
}

/// A plan for the year of the tests.
pub fn plan(unit: &str, items: &[Value]) -> Value {
    json!({"subject": "Kế hoạch luân chuyển năm 2026", "unit_id": unit, "from": "2026-01-01", "to": "2026-12-31",
        "need": "Tăng cường cán bộ cho xã", "policy": "Hỗ trợ nhà công vụ", "items": items})
}

/// A line of a plan: so many transfers to posts of a title.
pub fn plan_item(title: &str, unit: Option<&str>, count: u32) -> Value {
    json!({"title_id": title, "unit_id": unit, "kind": "transfer", "count": count, "placement": "Trở về đơn vị cũ"})
}

/// Whom a unit proposes.
pub fn nomination(cadre: &str, title: Option<&str>) -> Value {
    json!({"cadre_id": cadre, "title_id": title, "reason": "Trong quy hoạch", "nominated_on": super::TODAY})
}

/// That a person meets the political standards, or does not.
pub fn conclusion(cadre: &str, meets: bool) -> Value {
    json!({"cadre_id": cadre, "meets": meets, "concluded_by": "Ban Tổ chức Tỉnh ủy", "concluded_on": super::TODAY})
}

/// What a unit says.
pub fn opinion(cadre: &str, side: &str) -> Value {
    json!({"cadre_id": cadre, "side": side, "agrees": true, "given_on": super::TODAY, "text": "Nhất trí"})
}

/// What a person says in the talk.
pub fn interview(cadre: &str, accepts: bool) -> Value {
    json!({"cadre_id": cadre, "held_on": super::TODAY, "held_by": "Trưởng ban", "purpose_explained": true, "accepts": accepts})
}

/// A vote of one member, in favour or not.
pub fn vote(member: &str, in_favour: u32) -> Value {
    json!({"body": "Ban Thường vụ Tỉnh ủy", "held_on": super::TODAY, "present_ids": [member],
        "ballot": {"members": 1, "in_favour": in_favour, "against": 1 - in_favour, "abstained": 0}})
}

/// The result of an election, confirmed.
pub fn election(cadre: &str) -> Value {
    json!({"cadre_id": cadre, "held_on": super::TODAY, "electors": 25, "in_favour": 24, "elected": true,
        "confirmed_on": super::TODAY, "confirmed_by": "Chủ tịch UBND tỉnh", "number": "1205/QĐ-UBND"})
}

/// A rule that a person need not meet.
pub fn waiver(cadre: &str) -> Value {
    json!({"cadre_id": cadre, "rule": "rotation.must_be_planned", "reason": "Năng lực nổi trội", "number": "116-TB/TU",
        "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": super::TODAY})
}

/// Where a paper of the dossier is.
pub fn document(cadre: &str) -> Value {
    json!({"cadre_id": cadre, "item": "self_assessment", "issued_on": super::TODAY, "issuer": "Cá nhân", "kept_at": "Tủ hồ sơ"})
}
