//! Each kind of change, and where things go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{accepting, proposals, today, with};
use crate::support::TestApp;
use crate::support::fixtures::{Office, transfer};

#[test]
fn a_unit_is_renamed_moved_and_keeps_everything() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang) = (&office.officer, office.commune("03172"));
    let body =
        officer.get(&format!("/v1/units?parent_id={na_sang}&kind=front")).expect(200).str("/data/0/id").to_owned();
    let other = office.commune("03181");
    let post = office.post(&office.title("test_chair", "commune"), &na_sang);
    office.holder("Lò Văn Một", &na_sang, &post);
    let changes = json!([
        {"rename": {"unit_id": na_sang, "name": "Phường Na Sang", "unit_type": "Phường"}},
        {"move": {"unit_id": body, "parent": {"unit_id": other}}},
    ]);
    let made = officer
        .post("/v1/reorganisations", &with(today("1/NQ", &changes), "effective_from", json!("2026-12-01")))
        .expect(201);
    assert_eq!(
        made.body["counts"],
        json!([{"effect": "unit_moved", "how_many": 1}, {"effect": "unit_renamed", "how_many": 1}])
    );
    let name = |on: &str| officer.get(&format!("/v1/units/{na_sang}?as_of={on}")).expect(200);
    assert_eq!((name("2026-11-30").str("/name"), name("2026-12-01").str("/name")), ("Xã Na Sang", "Phường Na Sang"));
    assert_eq!((name("2026-12-01").str("/code"), name("2026-12-01").str("/unit_type")), ("03172", "Phường"));
    let history = officer.get(&format!("/v1/units/{na_sang}/history")).expect(200);
    assert_eq!((history.rows().len(), history.str("/data/1/act/number")), (2, "1/NQ"));
    let parent = officer.get(&format!("/v1/units/{body}?as_of=2026-12-01")).expect(200);
    assert_eq!(parent.str("/parent/id"), other);
    assert_eq!(office.held_by(&post, "2026-12-01"), "Lò Văn Một");
    let label = officer.get(&format!("/v1/posts/{post}?as_of=2026-12-01")).expect(200);
    assert!(label.str("/label").ends_with("Phường Na Sang"), "{}", label.text);
    // The old name is known on its days, and a second act of a day before it is refused.
    let before = json!([{"rename": {"unit_id": na_sang, "name": "Xã Khác"}}]);
    let refused = officer.post("/v1/reorganisations", &today("2/NQ", &before)).problem(422, "refused");
    assert_eq!(refused.findings(), [("/changes/0/rename/unit_id", "overtaken")]);
    // The lines of an act are those of units that one sees.
    let changes = officer.get(&format!("/v1/reorganisations/{}/changes?count=true", made.str("/id"))).expect(200);
    let lines: Vec<_> = changes
        .rows()
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["unit"]["label"].as_str().unwrap()))
        .collect();
    assert_eq!((lines[0], lines.len()), (("rename", "Xã Na Sang"), 2));
}

#[test]
fn a_divided_commune_goes_on_in_its_parts() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let title = office.title("test_chair", "commune");
    let (held, free) = (office.post(&title, &na_sang), office.post(&title, &muong_tung));
    let cadre = office.holder("Lò Văn Một", &na_sang, &held);
    let split = |main: &str, other: &str| {
        json!([
            {"create": {"key": "moi", "kind": "commune", "name": "Xã Mới", "code": "99999", "unit_type": "Xã", "parent": {"unit_id": office.province()}}},
            {"split": {"unit_id": na_sang, "parts": [{"into": {"unit_id": muong_tung}, "share": main}, {"into": {"key": "moi"}, "share": other}]}},
        ])
    };
    let wrong = officer.post("/v1/reorganisations", &today("1/NQ", &split("part", "part"))).problem(422, "refused");
    assert_eq!(wrong.findings(), [("/changes/1/split/parts", "wrong_shares")]);
    let now = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let known = format!("/v1/cadres/{cadre}/profile?as_of=2026-11-01&known_at={now}");
    let before = officer.get(&known).expect(200);
    assert_eq!(before.str("/cadre/unit/label"), "Xã Na Sang");
    app.clock.set(app.clock.now() + chrono::TimeDelta::seconds(1));
    let made = officer.post("/v1/reorganisations", &accepting(today("1/NQ", &split("part_main", "part")))).expect(201);
    assert_eq!(made.body["back_dated"], false);
    assert_eq!(officer.get(&known).expect(200).body, before.body, "what was known stays known");
    let lineage = officer.get(&format!("/v1/units/{na_sang}/lineage")).expect(200);
    let edges: BTreeMap<&str, &str> = lineage
        .rows()
        .iter()
        .filter(|edge| edge["from"]["id"] == json!(na_sang))
        .map(|edge| (edge["to"]["label"].as_str().unwrap(), edge["share"].as_str().unwrap()))
        .collect();
    assert_eq!(edges, BTreeMap::from([("Xã Mường Tùng", "part_main"), ("Xã Mới", "part")]));
    // The free seat of the same title in the main part, and the file with it, at once: the day has come.
    assert_eq!(office.held_by(&free, "2026-11-23"), "Lò Văn Một");
    assert_eq!(officer.get(&format!("/v1/cadres/{cadre}")).expect(200).str("/unit/label"), "Xã Mường Tùng");
    assert_eq!(officer.get("/v1/units?code=99999").expect(200).str("/data/0/name"), "Xã Mới");
}

#[test]
fn the_caller_says_where_things_go() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let title = office.title("test_chair", "commune");
    let posts = [office.post(&title, &na_sang), office.post(&title, &na_sang)];
    let elsewhere = office.post(&title, office.province());
    let people =
        [office.holder("Lò Văn Một", &na_sang, &posts[0]), office.holder("Quàng Thị Hai", &na_sang, &posts[1])];
    let training = app.sign_in("training_officer");
    let programme = json!({"code": "LLCT", "name": "Lớp", "kind": "political_theory", "level": "intermediate"});
    let programme = training.post("/v1/programmes", &programme).expect(201).str("/id").to_owned();
    let course = json!({"programme_id": programme, "code": "K1", "name": "K1", "institution": "Trường", "unit_id": na_sang,
        "from": "2026-03-01", "to": "2026-12-31", "seats": 10});
    let course = training.post("/v1/courses", &course).expect(201).str("/id").to_owned();
    let case = office.prepare("2026-12-01", &[transfer(&people[0], Some(&posts[0]), &elsewhere)]).expect(201);
    let merge = json!([{"merge": {"units": [na_sang], "into": {"unit_id": muong_tung}}}]);
    let refused = officer.post("/v1/reorganisations", &today("1/NQ", &merge)).problem(422, "refused");
    let subjects: BTreeSet<&str> = proposals(&refused).iter().map(|one| one.0).collect();
    assert_eq!(subjects, BTreeSet::from(["post", "appointment", "cadre", "course", "rotation"]));
    let appointment = |cadre: &str| {
        officer.get(&format!("/v1/appointments?cadre_id={cadre}")).expect(200).str("/data/0/id").to_owned()
    };
    let (first, second) = (appointment(&people[0]), appointment(&people[1]));
    // One holder to a named post, the seat of the other goes to Mường Tùng with its holder, the course to the province.
    let placements = json!([
        {"subject": "appointment", "subject_id": first, "post_id": elsewhere},
        {"subject": "post", "subject_id": posts[1], "unit": {"unit_id": muong_tung}},
        {"subject": "course", "subject_id": course, "unit": {"unit_id": office.province()}},
    ]);
    let wrong = json!([
        {"subject": "appointment", "subject_id": course},
        {"subject": "course", "subject_id": course},
        {"subject": "appointment", "subject_id": first, "post_id": posts[1]},
        {"subject": "appointment", "subject_id": second, "unit": {"unit_id": na_sang}},
    ]);
    let wrong = accepting(with(today("1/NQ", &merge), "placements", wrong));
    let mut told: Vec<_> =
        officer.post("/v1/reorganisations", &wrong).problem(422, "refused").body["errors"].as_array().unwrap().clone();
    told.sort_by_key(|fault| fault["pointer"].as_str().unwrap().to_owned());
    let told: Vec<_> =
        told.iter().map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("/placements/0/subject_id", "unknown_reference"),
            ("/placements/1/unit", "required"),
            ("/placements/2/post_id", "unknown_reference"),
            ("/placements/3/unit", "unknown_reference"),
            ("/placements/3/unit/unit_id", "unknown_reference"),
        ]
    );
    let act = accepting(with(today("1/NQ", &merge), "placements", placements));
    officer.post("/v1/reorganisations", &act).expect(201);
    assert_eq!(office.held_by(&elsewhere, "2026-11-23"), "Lò Văn Một");
    let now = officer.get(&format!("/v1/appointments?cadre_id={}&as_of=2026-11-23", people[1])).expect(200);
    let now = now.rows().iter().find(|row| row["timeline"] == "current").unwrap().clone();
    assert_eq!(now["unit"]["label"], "Xã Mường Tùng");
    assert_eq!(training.get(&format!("/v1/courses/{course}")).expect(200).str("/unit/label"), "Tỉnh Điện Biên");
    let case = officer.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200);
    assert_eq!((case.str("/state"), case.str("/withdrawal/reason")), ("withdrawn", "1/NQ Ủy ban Thường vụ Quốc hội"));
    // Every body of the old commune ended with it.
    assert_eq!(
        officer.get(&format!("/v1/units?under={na_sang}&as_of=2026-11-23&count=true")).expect(200).body["total"],
        0
    );
}
