//! The cadre record: who may see what of it, how people are found, and what was known when.

use canbo::cadres::{
    self, CadreId, CadreProposal, CadreStatus, InitialAppointment, InitialQualification, PersonalData,
    QualificationKind, Sex,
};
use canbo::identity::{Caller, Scope};
use canbo::platform::period::Period;
use canbo::posts::{self, Basis, NewPostRow, TitleId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::posts::{person, post, title, unit, use_cases};
use crate::support::{TestApp, day};

fn lo_van_hac(unit: &str) -> Value {
    json!({"full_name": "  Lò  Văn Hặc ", "sex": "male", "born_on": "1978-05-04", "personal_number": "011078000123", "ethnic_group": "thai",
        "religion": "unknown", "party_joined_on": "2004-01-01", "recruited_on": "2001-09-01", "unit_id": unit})
}

#[test]
fn sensitive_fields_are_absent_without_the_permission() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    let made = officer.post("/v1/cadres", &lo_van_hac(&commune)).expect(201);
    let path = made.header("location").to_owned();
    assert_eq!((made.str("/full_name"), made.str("/personal_number")), ("Lò Văn Hặc", "011078000123"));
    officer.post("/v1/cadres", &lo_van_hac(&commune)).problem(409, "number_taken");
    let seen = app.sign_in("reader").get(&path).expect(200);
    assert_eq!(seen.str("/unit/label"), "Xã Na Sang");
    for field in ["personal_number", "ethnic_group", "religion", "party_joined_on"] {
        assert!(seen.body.get(field).is_none() && made.body.get(field).is_some(), "{field}");
    }
    assert!(
        app.sign_in("reader").get(&format!("{path}/profile")).expect(200).body["cadre"].get("ethnic_group").is_none()
    );
    app.sign_in("administrator").get(&path).problem(403, "forbidden");

    // The person reads their own file, whole, and nobody else's.
    let person = app.sign_in("cadre");
    person.get(&path).problem(404, "not_found");
    assert!(person.get("/v1/cadres").expect(200).rows().is_empty());
    app.execute(&format!("UPDATE accounts SET cadre_id = '{}' WHERE user_name = 'cadre'", made.str("/id")));
    let person = app.sign_in("cadre");
    assert_eq!(person.get(&path).expect(200).str("/personal_number"), "011078000123");
    assert_eq!(person.get("/v1/cadres?count=true").expect(200).body["total"], 1);
    for list in ["appointments", "qualifications", "plannings"] {
        assert!(person.get(&format!("{path}/{list}")).expect(200).rows().is_empty());
    }

    // Elsewhere there is no such record.
    let elsewhere = unit(&officer, "03203", "2025-07-01");
    app.execute(&format!(
        "UPDATE grants SET unit_id = '{elsewhere}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer')"
    ));
    let stranger = app.sign_in("unit_officer");
    let hidden = stranger.get(&path).problem(404, "not_found");
    let nothing = stranger.get(&format!("/v1/cadres/{}", Uuid::nil())).problem(404, "not_found");
    assert_eq!(hidden.body["detail"], nothing.body["detail"]);
    for list in ["appointments", "qualifications", "plannings", "profile"] {
        stranger.get(&format!("{path}/{list}")).problem(404, "not_found");
    }
    stranger.patch(&path, "*", &json!({"native_place": "x"})).problem(404, "not_found");
    let refused = stranger.post("/v1/cadres", &lo_van_hac(&commune)).problem(422, "refused");
    assert_eq!(refused.findings(), [("/unit_id", "unknown_reference")]);
}

#[test]
fn everything_wrong_is_told_at_once_and_a_mismatch_can_be_confirmed() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    let mut body = lo_van_hac(&commune);
    body["personal_number"] = json!("011178000123");
    body["ethnic_group"] = json!("nobody");
    body["born_on"] = json!("1995-01-01");
    let refused = officer.post("/v1/cadres", &body).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [("/personal_number", "number_mismatch"), ("/born_on", "out_of_range"), ("/ethnic_group", "unknown_code")]
    );
    let mut body = lo_van_hac(&commune);
    body["personal_number"] = json!("011178000123");
    body["confirm_number_mismatch"] = json!(true);
    let made = officer.post("/v1/cadres", &body).expect(201);
    let path = made.header("location").to_owned();
    let patched =
        officer.patch(&path, made.etag(), &json!({"religion": null, "native_place": "Mường Phăng"})).expect(200);
    assert_eq!((patched.str("/native_place"), patched.body.get("religion")), ("Mường Phăng", None));
    let asked = officer.patch(&path, patched.etag(), &json!({"born_on": "1979-05-04"})).problem(422, "refused");
    assert_eq!(asked.findings(), [("/personal_number", "number_mismatch")]);
    officer.patch(&path, patched.etag(), &json!({"unit_id": commune})).problem(422, "refused");
    officer.patch(&path, made.etag(), &json!({"status": "left"})).problem(412, "stale");
}

#[test]
fn people_are_found_by_words_initials_and_marks_and_sorted_by_given_name() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    for name in [
        "Nguyễn Văn Hoà",
        "Nguyễn Văn Hóa",
        "Trần Thị An",
        "Bùi Văn Án",
        "Lò Thị Ánh",
        "Đinh Văn Đông",
        "Nguyễn Thị Hoa",
    ] {
        person(&officer, name, &commune);
    }
    let names = |query: &str| {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = officer.get(&format!("/v1/cadres?limit=2&count=true{query}{cursor}")).expect(200);
            names.extend(page.rows().iter().map(|row| row["full_name"].as_str().unwrap().to_owned()));
            if let Some(next) = page.body["next_cursor"].as_str() {
                cursor = format!("&cursor={next}");
            } else {
                assert_eq!(page.body["total"], names.len());
                return names;
            }
        }
    };
    assert_eq!(
        names(""),
        [
            "Trần Thị An",
            "Bùi Văn Án",
            "Lò Thị Ánh",
            "Đinh Văn Đông",
            "Nguyễn Thị Hoa",
            "Nguyễn Văn Hoà",
            "Nguyễn Văn Hóa"
        ]
    );
    assert_eq!(names("&sort=born_on").len(), 7);
    assert_eq!(names("&q=h%C3%B2a"), ["Nguyễn Văn Hoà", "Nguyễn Thị Hoa", "Nguyễn Văn Hóa"], "hòa");
    assert_eq!(names("&q=HOA%20nguyen"), ["Nguyễn Thị Hoa", "Nguyễn Văn Hoà", "Nguyễn Văn Hóa"]);
    assert_eq!(names("&q=nvh"), ["Nguyễn Văn Hoà", "Nguyễn Văn Hóa"]);
    assert_eq!(names("&q=dvd"), ["Đinh Văn Đông"]);
    assert_eq!(names("&q=dong"), ["Đinh Văn Đông"]);
    for nobody in ["%25", "_", "zzz", "---"] {
        assert!(names(&format!("&q={nobody}")).is_empty(), "{nobody}");
    }
    assert!(names("&status=retired").is_empty());
    officer.get("/v1/cadres?ethnic_group=thai").problem(400, "invalid_query");
    officer.get("/v1/cadres?sort=ethnic_group").problem(400, "invalid_query");
}

#[test]
fn appointments_are_recorded_when_they_have_begun_and_the_file_follows() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let (here, there) = (unit(&officer, "03172", "2025-07-01"), unit(&officer, "03203", "2025-07-01"));
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let seats = [&here, &there].map(|unit| post(&officer, &secretary, unit, "2025-07-01", None));
    let people = ["Lò Văn An", "Lò Văn Bình"].map(|name| person(&officer, name, &here));
    let appoint = |person: usize, seat: usize, from: &str, to: Option<&str>| {
        let body = json!({"post_id": seats[seat], "from": from, "to": to, "basis": "designated", "decision_number": " 12-QĐ/TU "});
        officer.post(&format!("/v1/cadres/{}/appointments", people[person]), &body)
    };
    assert_eq!(appoint(0, 1, "2026-11-24", None).problem(422, "refused").findings(), [("/from", "needs_a_case")]);
    assert_eq!(appoint(0, 1, "2025-06-30", None).problem(422, "refused").findings(), [("/from", "outside_validity")]);
    assert_eq!(
        appoint(0, 1, "2025-08-01", Some("2025-07-01")).problem(422, "refused").findings(),
        [("/to", "bad_period")]
    );
    let made = appoint(0, 1, "2025-08-01", None).expect(201);
    assert_eq!((made.str("/decision_number"), made.str("/timeline")), ("12-QĐ/TU", "current"));
    officer.get(made.header("location")).expect(200);
    let moved = officer.get(&format!("/v1/cadres/{}", people[0])).expect(200);
    assert_eq!((moved.str("/unit/id"), &moved.body["version"]), (there.as_str(), &json!(2)));
    appoint(1, 1, "2026-01-01", Some("2026-02-01")).problem(409, "post_taken");
    appoint(0, 0, "2026-01-01", Some("2026-02-01")).problem(409, "person_taken");
    appoint(0, 0, "2025-07-01", Some("2025-07-31")).expect(201);
    appoint(1, 1, "2025-07-01", Some("2025-07-31")).expect(201);
    assert_eq!(officer.get(&format!("/v1/cadres/{}", people[1])).expect(200).str("/unit/id"), here);
    let career = officer.get(&format!("/v1/cadres/{}/appointments?limit=1&count=true", people[0])).expect(200);
    assert_eq!((&career.body["total"], career.str("/data/0/during/from")), (&json!(2), "2025-08-01"));
    let next =
        format!("/v1/cadres/{}/appointments?limit=1&count=true&cursor={}", people[0], career.str("/next_cursor"));
    assert_eq!(officer.get(&next).expect(200).str("/data/0/timeline"), "past");
    // Who sat there then, wherever their file is now; without a day, whose file is there.
    let rows = officer.get(&format!("/v1/cadres?unit_id={there}&as_of=2025-07-15&count=true")).expect(200);
    assert_eq!((rows.str("/data/0/id"), &rows.body["total"]), (people[1].as_str(), &json!(1)));
    assert!(rows.str("/data/0/post/label").starts_with("Bí thư Đảng ủy, Xã Na Son"), "{}", rows.text);
    let rows = officer.get(&format!("/v1/cadres?unit_id={there}&count=true")).expect(200);
    assert_eq!((rows.str("/data/0/id"), &rows.body["total"]), (people[0].as_str(), &json!(1)));

    // A new name is the name of the holder.
    let renamed = json!({"full_name": "Lò Văn Ân"});
    officer.patch(&format!("/v1/cadres/{}", people[0]), moved.etag(), &renamed).expect(200);
    assert_eq!(officer.get(&format!("/v1/posts/{}", seats[1])).expect(200).str("/holder/label"), "Lò Văn Ân");
}

#[test]
fn the_profile_shows_what_was_and_what_was_known() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let (old, new) = (unit(&officer, "03172", "2019-06-01"), unit(&officer, "03172", "2025-07-01"));
    let secretary = title(&officer, "commune_secretary", "Bí thư", 10);
    let seats = [
        post(&officer, &secretary, &old, "2015-01-01", Some("2025-06-30")),
        post(&officer, &secretary, &new, "2025-07-01", None),
    ];
    let person = person(&officer, "Lò Văn Hặc", &new);
    let path = format!("/v1/cadres/{person}");
    let learned = json!({"kind": "political_theory", "level": "intermediate", "obtained_on": "2019-06-30", "institution": "Trường Chính trị"});
    let made = officer.post(&format!("{path}/qualifications"), &learned).expect(201);
    officer.get(made.header("location")).expect(200);
    let wrong = json!({"kind": "political_theory", "level": "master", "obtained_on": "2029-06-30"});
    let refused = officer.post(&format!("{path}/qualifications"), &wrong).problem(422, "refused");
    assert_eq!(refused.findings(), [("/level", "unknown_code"), ("/obtained_on", "out_of_range")]);
    app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(2));
    let held = [(0, "2018-01-01", Some("2025-06-30")), (1, "2025-07-01", None)];
    for (seat, from, to) in held {
        let body = json!({"post_id": seats[seat], "from": from, "to": to, "basis": "elected"});
        officer.post(&format!("{path}/appointments"), &body).expect(201);
    }
    let planned = json!({"title_id": secretary, "from": "2025-10-01", "to": "2030-09-30"});
    let made = officer.post(&format!("{path}/plannings"), &planned).expect(201);
    officer.get(made.header("location")).expect(200);
    officer.post(&format!("{path}/plannings"), &planned).problem(409, "duplicate");
    let unknown = json!({"title_id": Uuid::nil(), "from": "2025-10-01"});
    assert_eq!(
        officer.post(&format!("{path}/plannings"), &unknown).problem(422, "refused").findings(),
        [("/title_id", "unknown_reference")]
    );

    let profile = |query: &str| officer.get(&format!("{path}/profile?{query}")).expect(200);
    let now = profile("");
    assert_eq!((now.str("/posts/0/post/label"), now.str("/cadre/full_name")), ("Bí thư, Xã Na Sang", "Lò Văn Hặc"));
    assert_eq!(now.str("/career/1/post/label"), "Bí thư, Thị trấn Mường Chà");
    assert_eq!((now.str("/plannings/0/timeline"), now.str("/qualifications/0/level")), ("current", "intermediate"));
    let then = profile("as_of=2019-06-01");
    assert_eq!(
        (then.str("/posts/0/post/label"), then.str("/posts/0/timeline")),
        ("Bí thư, Thị trấn Mường Chà", "current")
    );
    assert_eq!((then.str("/plannings/0/timeline"), then.str("/qualifications/0/timeline")), ("future", "future"));
    let unaware = profile("known_at=2026-11-23T01:01:00Z");
    assert_eq!(
        (unaware.body["career"].as_array().unwrap().len(), unaware.body["qualifications"].as_array().unwrap().len()),
        (0, 1)
    );
    officer.get(&format!("{path}/profile?known_at=yesterday")).problem(400, "invalid_query");
    let same = officer.request(reqwest::Method::GET, &format!("{path}/profile")).header("if-none-match", now.etag());
    assert_eq!(same.send().unwrap().status().as_u16(), 304);
}

#[test]
fn some_hundred_people_come_in_one_change() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune: Uuid = unit(&officer, "03172", "2025-07-01").parse().unwrap();
    let province: Uuid = officer.get("/v1/units?kind=province").expect(200).str("/data/0/id").parse().unwrap();
    let secretary = TitleId(title(&officer, "commune_secretary", "Bí thư", 10).parse().unwrap());
    use_cases(&app, async move |app| {
        let system = Caller::system("tests");
        let row = |seat: Option<i32>| NewPostRow {
            title_id: secretary,
            unit_id: commune,
            seat,
            full_time: true,
            term_months: Some(60),
            during: Period::since(day("2025-07-01")),
        };
        // Half of the seats are numbered by their caller, far from those that are not.
        let rows: Vec<_> = (1..=500).map(|n| row((n > 250).then_some(n + 300))).collect();
        let seats = posts::create_posts(&app, &system, &rows).await.unwrap().value;
        let proposal = |n: usize| CadreProposal {
            person: PersonalData {
                full_name: format!("Lò Văn {}", ["An", "Bình", "Đông"][n % 3]),
                sex: Sex::Male,
                born_on: day("1978-05-04"),
                personal_number: Some(format!("011078{n:06}")),
                ethnic_group: "thai".to_owned(),
                religion: None,
                native_place: None,
                native_unit_id: None,
                party_joined_on: None,
                recruited_on: None,
                status: CadreStatus::Active,
                confirm_number_mismatch: false,
            },
            unit_id: province,
            appointments: vec![InitialAppointment {
                post_id: seats[n],
                during: Period::since(day("2025-07-01")),
                full_time: None,
                basis: Basis::Designated,
                decision_number: None,
                decided_on: None,
                special_case: false,
            }],
            plannings: vec![(secretary, Period::since(day("2025-07-01")))],
            qualifications: vec![InitialQualification {
                kind: QualificationKind::Degree,
                level: "intermediate".to_owned(),
                field: None,
                institution: None,
                obtained_on: day("2001-01-01"),
                certificate_number: None,
            }],
            confirm_duplicate: false,
        };
        let mut proposals: Vec<_> = (0..500).map(proposal).collect();
        let ids = cadres::register(&app, &system, &proposals).await.unwrap().value;
        assert_eq!(ids.len(), 500);
        let mut conn = app.db.read().await.unwrap();
        let everybody = cadres::people(&mut conn, &Scope::everything(), &ids).await.unwrap();
        assert!(everybody.iter().all(|person| person.unit_id == commune) && everybody.len() == 500);
        let raw: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        assert_eq!(posts::posts_held(&mut conn, &raw, day("2026-01-01")).await.unwrap().len(), 500);
        assert_eq!(cadres::planned_titles(&mut conn, &ids, day("2026-01-01")).await.unwrap().len(), 500);
        proposals.truncate(2);
        proposals[1].person.ethnic_group = "nobody".to_owned();
        proposals[1].appointments[0].post_id = posts::PostId(Uuid::nil());
        let refused = cadres::register(&app, &system, &proposals).await.unwrap_err();
        let pointers: Vec<_> = refused.findings().iter().map(|finding| finding.pointer.to_string()).collect();
        assert_eq!(pointers, ["/1/ethnic_group", "/1/appointments/0/post_id"]);
        let moved = app.db.change(&system, "move", async |tx| {
            let locked = cadres::lock_people(tx, &Scope::everything(), &[ids[1], ids[0], CadreId(Uuid::nil())]).await?;
            assert!(locked.len() == 2 && locked[0].id < locked[1].id);
            cadres::move_to_unit(tx, ids[0], province).await?;
            Ok(((), canbo::platform::db::Entry::on("cadre", ids[0])))
        });
        moved.await.unwrap();
        assert_eq!(cadres::people(&mut conn, &Scope::everything(), &ids[..1]).await.unwrap()[0].version, 2);
    });
}

/// Planned while they are registered, people count as if they had been planned one after the other.
#[test]
fn plannings_of_a_batch_meet_the_limits_of_single_ones() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune: Uuid = unit(&officer, "03172", "2025-07-01").parse().unwrap();
    let wanted = TitleId(title(&officer, "commune_secretary", "Bí thư", 10).parse().unwrap());
    let lower = title(&officer, "commune_deputy", "Phó Bí thư", 20);
    let seat = posts::PostId(post(&officer, &lower, &commune.to_string(), "2025-07-01", None).parse().unwrap());
    let term = Period::new(Some(day("2026-01-01")), Some(day("2031-01-01"))).unwrap();
    let person = move |name: &str| CadreProposal {
        person: PersonalData {
            full_name: name.to_owned(),
            sex: Sex::Male,
            born_on: day("1978-05-04"),
            personal_number: None,
            ethnic_group: "thai".to_owned(),
            religion: None,
            native_place: None,
            native_unit_id: None,
            party_joined_on: None,
            recruited_on: None,
            status: CadreStatus::Active,
            confirm_number_mismatch: false,
        },
        unit_id: commune,
        appointments: Vec::new(),
        plannings: vec![(wanted, term)],
        qualifications: Vec::new(),
        confirm_duplicate: false,
    };
    let names = ["Lò Văn Một", "Lò Văn Hai", "Lò Văn Ba", "Lò Văn Bốn"];
    let (confirmer, database) = (app.sign_in("organisation_officer"), app.database.clone());
    use_cases(&app, async move |app| {
        let system = Caller::system("tests");
        let told = |effects: &[canbo::platform::db::Effect]| {
            effects.iter().filter(|effect| effect.effect == "unconfirmed_rule_not_met").count()
        };
        // The fourth is one too many: told, as long as nobody has confirmed the rule.
        let mut batch: Vec<CadreProposal> = names.map(person).into();
        batch[0].appointments.push(InitialAppointment {
            post_id: seat,
            during: Period::since(day("2025-07-01")),
            full_time: None,
            basis: Basis::Designated,
            decision_number: None,
            decided_on: None,
            special_case: false,
        });
        let made = cadres::register(&app, &system, &batch).await.unwrap();
        assert_eq!((made.value.len(), told(&made.effects)), (4, 1), "{:?}", made.effects);
        // Those who are planned already count too.
        let fifth = cadres::register(&app, &system, &[person("Lò Văn Năm")]).await.unwrap();
        assert_eq!(told(&fifth.effects), 1);
        let sql = "UPDATE regulations SET confirmed = true, confirmed_against = 'x', confirmed_on = '2026-11-23', confirmed_at = '2026-11-23', confirmed_by = 'x' \
            WHERE key = 'planning.maximum_people_per_title' AND superseded_at IS NULL";
        crate::support::database::execute(&database, sql).await;
        let mut batch = vec![person("Lò Văn Sáu"), person("Lò Văn Bảy")];
        batch[0].plannings.clear();
        let refused = cadres::register(&app, &system, &batch).await.unwrap_err();
        let found: Vec<_> =
            refused.findings().iter().map(|finding| (finding.pointer.to_string(), finding.code.name)).collect();
        assert_eq!(found, [("/1/plannings/0/title_id".to_owned(), "planning_limit")]);
    });
    assert_eq!(confirmer.get("/v1/cadres?q=bay&count=true").expect(200).body["total"], 0);
}

#[test]
fn catalogues_are_served_and_may_be_kept() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let list = reader.get("/v1/catalogues?limit=5&count=true").expect(200);
    assert!(list.rows().len() == 5 && list.body["total"].as_i64() > Some(11), "{}", list.text);
    let groups = reader.get("/v1/catalogues/ethnic_groups").expect(200);
    assert_eq!((groups.str("/items/2/code"), groups.header("cache-control")), ("thai", "private, no-cache"));
    reader.get("/v1/catalogues/nothing").problem(404, "not_found");
    app.anonymous().get("/v1/catalogues").problem(401, "unauthenticated");
}
