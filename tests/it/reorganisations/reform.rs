//! The act of 1 July 2025 for a whole province.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Before, NEW, PHRASE, SUCCESSIONS, all, day_at, proposals, rows, told, with};
use crate::support::database;

/// The act yields exactly the 45 communes of the file, with their lineage. Gives how many lines it has.
fn exactly_the_file(before: &Before, location: &str) -> usize {
    let officer = &before.office.officer;
    let communes: BTreeSet<(String, String)> = all(officer, "/v1/units?kind=commune&as_of=2025-07-01")
        .iter()
        .map(|unit| (unit["code"].as_str().unwrap().to_owned(), unit["name"].as_str().unwrap().to_owned()))
        .collect();
    let expected: BTreeSet<(String, String)> =
        rows(NEW).iter().filter(|row| row[3] == "11").map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!((communes.len(), &communes), (45, &expected));
    assert_eq!(officer.get("/v1/units?kind=commune&as_of=2025-06-30&count=true").expect(200).body["total"], 129);
    assert_eq!(officer.get("/v1/units?kind=district&as_of=2025-07-01&count=true").expect(200).body["total"], 0);
    let changes = all(officer, &format!("{location}/changes"));
    let merged: BTreeSet<(&str, &str)> = changes
        .iter()
        .filter(|line| line["kind"] == "merge")
        .map(|line| (line["unit"]["id"].as_str().unwrap(), line["into"]["label"].as_str().unwrap()))
        .collect();
    let name: BTreeMap<&str, &str> = expected.iter().map(|(code, name)| (code.as_str(), name.as_str())).collect();
    let succeeded: BTreeSet<(&str, &str)> = rows(SUCCESSIONS)
        .into_iter()
        .filter(|row| before.units.contains_key(row[0]))
        .map(|row| (before.unit(row[0]), name[row[1]]))
        .collect();
    assert_eq!((merged.len(), &merged), (129, &succeeded));
    changes.len()
}

#[test]
fn the_reform_of_a_province_is_one_act() {
    let before = Before::new();
    let Before { app, office, .. } = &before;
    let officer = &office.officer;
    assert_eq!(before.units.len(), 139);
    let title = office.title("test_chair", "commune");
    let (ma_thi_ho, na_sang) = (before.committee("03200"), before.committee("03201"));
    let posts = [before.post(&title, &ma_thi_ho), before.post(&title, &na_sang)];
    let people =
        [before.holder("Lò Văn Một", &ma_thi_ho, &posts[0]), before.holder("Quàng Thị Hai", &na_sang, &posts[1])];
    let district = before.office.cadre("Giàng A Ba", before.unit("097"));
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "ma-thi-ho", "display_name": "Cán bộ xã", "password": PHRASE});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant =
        json!({"account_id": account, "role": "unit_officer", "unit_id": before.unit("03200"), "from": "2025-01-01"});
    let grant = administrator.post("/v1/grants", &grant).expect(201).str("/id").to_owned();
    let seats = json!([{"title_id": title, "seats": 1}]);
    let reform = before.reform(&seats);

    // Refused as a whole, with a proposal for each thing.
    let refused = officer.post("/v1/reorganisations", &reform).problem(422, "refused");
    assert_eq!(refused.findings(), [("/placements", "left_hanging"); 4]);
    let labels = ["Ủy ban nhân dân xã Ma Thì Hồ", "Ủy ban nhân dân xã Na Sang"]
        .map(|unit| format!("Chức danh test_chair, {unit}"));
    let seat = "Chức danh test_chair, Xã Na Sang";
    let found = proposals(&refused);
    assert_eq!(found.iter().filter(|one| one.0 == "post" && one.2 == "ends").count(), 2);
    let appointments: Vec<_> =
        found.iter().filter(|one| one.0 == "appointment").map(|one| (one.1, one.2, one.3)).collect();
    let (one, two) = (format!("Lò Văn Một: {}", labels[0]), format!("Quàng Thị Hai: {}", labels[1]));
    assert_eq!(appointments.len(), 2);
    assert!(
        appointments.contains(&(&one, "moves", seat)) != appointments.contains(&(&two, "moves", seat)),
        "{appointments:?}"
    );
    assert!(found.contains(&("grant", "unit_officer: ma-thi-ho, Xã Ma Thì Hồ", "moves", "Xã Na Sang")), "{found:?}");
    assert!(found.contains(&("cadre", "Giàng A Ba", "moves", "Tỉnh Điện Biên")), "{found:?}");
    assert_eq!(officer.get("/v1/units?kind=commune&as_of=2025-07-01&count=true").expect(200).body["total"], 129);

    // The dry run tells what the act then does.
    let accepted = with(reform.clone(), "accept_proposals", json!(true));
    let dry = officer.post("/v1/reorganisations?validate_only=true", &accepted).expect(200);
    let made = officer.post("/v1/reorganisations", &accepted).expect(201);
    let auditor = app.sign_in("auditor");
    let entry = auditor.get("/v1/audit/entries?action=reorganise_units&outcome=done").expect(200);
    assert_eq!(told(&entry.body["data"][0]["detail"]["effects"]), told(&dry.body["effects"]));
    assert_eq!((&made.body["back_dated"], made.str("/legal_basis")), (&json!(false), "Nghị quyết số 76/2025/UBTVQH15"));

    let location = made.header("location").to_owned();
    let changes = exactly_the_file(&before, &location);
    let lineage = officer.get(&format!("/v1/units/{ma_thi_ho}/lineage")).expect(200);
    assert_eq!(lineage.str("/data/0/to/label"), "Ủy ban nhân dân xã Na Sang");
    assert_eq!((lineage.str("/data/0/kind"), lineage.str("/data/0/act/number")), ("succession", "1661/NQ-UBTVQH15"));

    // At midnight one of the two has the seat; the other's appointment ends with the unit.
    let held: Vec<_> = people
        .iter()
        .map(|cadre| officer.get(&format!("/v1/appointments?cadre_id={cadre}&as_of=2025-07-01")).expect(200))
        .collect();
    let seated: Vec<_> = held.iter().flat_map(|page| page.rows()).filter(|row| row["timeline"] == "current").collect();
    assert_eq!(seated.len(), 1);
    assert_eq!((&seated[0]["post"]["label"], &seated[0]["basis"]), (&json!(seat), &json!("designated")));
    assert_eq!(seated[0]["decision_number"], "1661/NQ-UBTVQH15");
    for post in &posts {
        assert_eq!(officer.get(&format!("/v1/posts/{post}")).expect(200).str("/during/to"), "2025-06-30");
        assert_ne!(office.held_by(post, "2025-06-30"), "");
    }

    // The role goes on at the new commune from the day on.
    assert_eq!(administrator.get(&format!("/v1/grants/{grant}")).expect(200).str("/during/to"), "2025-06-30");
    let grants = administrator.get(&format!("/v1/grants?account_id={account}")).expect(200);
    let new = grants.rows().iter().find(|row| row["id"] != json!(grant)).unwrap();
    assert_eq!((&new["unit"]["label"], &new["during"]["from"]), (&json!("Xã Na Sang"), &json!("2025-07-01")));

    // Files have no periods: they go on the day, once.
    let file = |cadre: &str| officer.get(&format!("/v1/cadres/{cadre}")).expect(200).str("/unit/label").to_owned();
    assert_eq!(file(&district), "Huyện Mường Chà");
    app.clock.set(day_at("2025-07-01"));
    for _ in 0..2 {
        let service = app.app.clone();
        database::wait(async move || canbo::app::take_due_effects(&service).await.unwrap());
    }
    let officer = app.sign_in("organisation_officer");
    let file = |cadre: &str| officer.get(&format!("/v1/cadres/{cadre}")).expect(200).str("/unit/label").to_owned();
    assert_eq!(file(&district), "Tỉnh Điện Biên");
    assert!(people.iter().all(|cadre| ["Xã Na Sang", "Ủy ban nhân dân xã Na Sang"].contains(&file(cadre).as_str())));

    // The same act again changes nothing, and another one cannot have its number.
    let again = officer.post("/v1/reorganisations", &accepted).expect(200);
    assert_eq!(again.body, made.body);
    officer.post("/v1/reorganisations", &reform).expect(200);
    let other = with(reform, "title", json!("Nghị quyết khác"));
    let exists = officer.post("/v1/reorganisations", &other).problem(409, "act_exists");
    assert_eq!(exists.str("/detail"), location);
    assert_eq!(officer.get("/v1/reorganisations?count=true").expect(200).body["total"], 1);
    assert_eq!(all(&officer, &format!("{location}/changes")).len(), changes);
}

/// 2,064 people in 129 communes: one act, one change, no statement of which takes too long.
#[test]
fn a_province_full_of_people_is_one_change() {
    let before = Before::new();
    let title = before.office.title("test_officer", "commune");
    before.app.execute(&format!(
        "INSERT INTO posts (id, title_id, unit_id, seat, full_time, during, created_at, updated_at)
            SELECT gen_random_uuid(), '{title}', v.unit_id, n, true, '[2020-01-01,)', now(), now()
            FROM unit_versions v JOIN unit_versions c ON c.unit_id = v.parent_id JOIN units u ON u.id = c.unit_id, generate_series(1, 16) n
            WHERE u.kind = 'commune' AND v.name LIKE 'Ủy ban nhân dân %';
        INSERT INTO cadres (id, full_name, name_sort, search_key, marked_key, initials, sex, born_on, ethnic_group, unit_id, status, created_at, updated_at)
            SELECT id, 'Người ' || seat, '', '', '', '', 'male', '1980-01-01', 'kinh', unit_id, 'active', now(), now() FROM posts;
        INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by)
            SELECT gen_random_uuid(), gen_random_uuid(), id, 'Người ' || seat, id, '[2020-01-01,)', true, 'appointed', now(), 'x' FROM posts;
        ANALYZE"
    ));
    let officer = &before.office.officer;
    let reform = before.reform(&json!([{"title_id": title, "seats": 40}]));
    let refused = officer.post("/v1/reorganisations", &reform).problem(422, "refused");
    assert_eq!(proposals(&refused).iter().filter(|one| one.0 == "appointment").count(), 2064);
    let made = officer.post("/v1/reorganisations", &with(reform, "accept_proposals", json!(true))).expect(201);
    let count = |effect: &str| {
        let counts = made.body["counts"].as_array().unwrap();
        counts.iter().find(|count| count["effect"] == effect).map_or(0, |count| count["how_many"].as_u64().unwrap())
    };
    assert_eq!((count("unit_merged"), count("post_ended"), count("appointment_closed")), (129, 2064, 2064));
    let seats = 45 * 40;
    assert!(
        count("appointment_opened") > seats / 2 && count("appointment_opened") <= seats && count("file_moved") == 2064
    );
}
