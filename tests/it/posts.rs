//! Titles, posts, and who holds what when.

use std::collections::BTreeSet;

use canbo::identity::{Caller, Scope};
use canbo::platform::App;
use canbo::platform::db::{Db, Entry};
use canbo::platform::id::Ids;
use canbo::platform::period::Period;
use canbo::posts::{self, AppointmentId, Basis, Holder, NewAppointment, PostId};
use canbo::regulations::Sex;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::client::Client;
use crate::support::{TestApp, database, day};

/// The id of the unit with a code on a day.
pub fn unit(client: &Client, code: &str, on: &str) -> String {
    client.get(&format!("/v1/units?code={code}&as_of={on}")).expect(200).str("/data/0/id").to_owned()
}

/// A title of the commune level.
pub fn title(officer: &Client, code: &str, name: &str, rank: i32) -> String {
    let body = json!({"code": code, "name_vi": name, "name_en": code, "category": "party", "level": "commune", "leadership": true, "rank_order": rank});
    officer.post("/v1/titles", &body).expect(201).str("/id").to_owned()
}

/// A full-time post from a day on.
pub fn post(officer: &Client, title: &str, unit: &str, from: &str, to: Option<&str>) -> String {
    let body = json!({"title_id": title, "unit_id": unit, "from": from, "to": to});
    officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
}

/// A person at a unit.
pub fn person(officer: &Client, name: &str, unit: &str) -> String {
    let body =
        json!({"full_name": name, "sex": "male", "born_on": "1978-05-04", "ethnic_group": "thai", "unit_id": unit});
    officer.post("/v1/cadres", &body).expect(201).str("/id").to_owned()
}

/// The service's use cases, without HTTP.
pub fn use_cases<T: Send + 'static>(app: &TestApp, work: impl AsyncFnOnce(App) -> T + Send + 'static) -> T {
    let (settings, clock) = (database::settings(&app.database), app.clock.clone());
    database::wait(async move || {
        let app = canbo::app::unserved(Db::new(&settings, clock, Ids::random()).unwrap()).unwrap();
        let value = Box::pin(work(app.clone())).await;
        app.db.close();
        value
    })
}

#[test]
fn titles_are_kept_once_and_listed_by_rank() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let deputy = title(&officer, "commune_deputy", "Phó Bí thư Đảng ủy xã", 4);
    title(&officer, "commune_secretary", "Bí thư Đảng ủy xã", 2);
    let again = json!({"code": "commune_deputy", "name_vi": "x", "name_en": "x", "category": "party", "level": "commune", "leadership": true, "rank_order": 1});
    officer.post("/v1/titles", &again).problem(409, "duplicate");
    let bad = json!({"code": "Bad", "name_vi": " ", "name_en": "x", "category": "party", "level": "commune", "leadership": true, "rank_order": -1});
    let refused = officer.post("/v1/titles", &bad).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [("/code", "bad_format"), ("/name_vi", "required"), ("/rank_order", "out_of_range")]
    );

    let reader = app.sign_in("reader");
    let list = "/v1/titles?level=commune&limit=1&count=true";
    let first = reader.get(list).expect(200);
    assert_eq!(first.str("/data/0/code"), "commune_secretary");
    assert!(first.body["total"].as_i64().unwrap() > 2, "beside those that every province starts with");
    let next = reader.get(&format!("{list}&cursor={}", first.str("/next_cursor"))).expect(200);
    assert_eq!(next.str("/data/0/code"), "commune_deputy");

    let path = format!("/v1/titles/{deputy}");
    let seen = officer.get(&path).expect(200);
    let changed = officer.patch(&path, seen.etag(), &json!({"name_vi": "Phó Bí thư", "rank_order": 1})).expect(200);
    assert_eq!((changed.str("/name_vi"), &changed.body["version"]), ("Phó Bí thư", &json!(2)));
    officer.patch(&path, seen.etag(), &json!({"rank_order": 6})).problem(412, "stale");
    reader.patch(&path, changed.etag(), &json!({"rank_order": 6})).problem(403, "forbidden");

    // Who is a head is said, and not read out of a name; a head is a leader.
    let secretary = officer.get("/v1/titles?level=commune&leadership=true&limit=200").expect(200);
    let head = |code: &str| {
        let row = secretary.rows().iter().find(|row| row["code"] == code).unwrap_or_else(|| panic!("no {code}"));
        row["head"].clone()
    };
    assert_eq!((head("commune_party_secretary"), head("commune_party_deputy_secretary")), (json!(true), json!(false)));
    assert_eq!(changed.body["head"], json!(false));
    let mut clerk = bad.clone();
    for (field, value) in [("code", json!("commune_clerk")), ("name_vi", json!("Văn thư")), ("rank_order", json!(90))]
    {
        clerk[field] = value;
    }
    (clerk["leadership"], clerk["head"]) = (json!(false), json!(true));
    let refused = officer.post("/v1/titles", &clerk).problem(422, "refused");
    assert_eq!(refused.findings(), [("/head", "out_of_range")]);
    let led = officer.patch(&path, changed.etag(), &json!({"head": true})).expect(200);
    assert_eq!(led.body["head"], json!(true));
    let refused = officer.patch(&path, led.etag(), &json!({"leadership": false})).problem(422, "refused");
    assert_eq!(refused.findings(), [("/head", "out_of_range")]);
    officer.patch(&path, led.etag(), &json!({"leadership": false, "head": false})).expect(200);
    assert_eq!(reader.get(list).expect(200).str("/data/0/code"), "commune_deputy");
}

#[test]
fn a_post_lives_inside_its_unit_and_ends_when_it_is_vacated() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let old = unit(&officer, "03172", "2019-06-01");
    let new = unit(&officer, "03172", "2025-07-01");
    let outlives = json!({"title_id": secretary, "unit_id": old, "from": "2019-01-01"});
    assert_eq!(
        officer.post("/v1/posts", &outlives).problem(422, "refused").findings(),
        [("/from", "outside_validity")]
    );
    let nowhere = json!({"title_id": Uuid::nil(), "unit_id": Uuid::nil(), "from": "2019-01-01", "seat": 1000});
    assert_eq!(officer.post("/v1/posts", &nowhere).problem(422, "refused").findings(), [("/seat", "out_of_range")]);
    let nowhere = json!({"title_id": Uuid::nil(), "unit_id": Uuid::nil(), "from": "2019-01-01"});
    assert_eq!(
        officer.post("/v1/posts", &nowhere).problem(422, "refused").findings(),
        [("/title_id", "unknown_reference"), ("/unit_id", "unknown_reference")]
    );
    let gone = post(&officer, &secretary, &old, "2019-01-01", Some("2025-06-30"));
    let seen = officer.get(&format!("/v1/posts/{gone}")).expect(200);
    assert_eq!((seen.str("/label"), seen.str("/timeline")), ("Bí thư Đảng ủy, Thị trấn Mường Chà", "past"));
    assert_eq!((&seen.body["status"], &seen.body["holder"]), (&Value::Null, &Value::Null));
    let then = officer.get(&format!("/v1/posts/{gone}?as_of=2020-01-01")).expect(200);
    assert_eq!((then.str("/status"), then.str("/vacant_from")), ("vacant", "2019-01-01"));

    let dry = officer
        .post("/v1/posts?validate_only=true", &json!({"title_id": secretary, "unit_id": new, "from": "2025-07-01"}));
    assert_eq!(dry.expect(200).str("/effects/0/effect"), "post_created");
    let held = post(&officer, &secretary, &new, "2025-07-01", None);
    assert_eq!(officer.get(&format!("/v1/posts/{held}")).expect(200).body["seat"], 1);
    let second = post(&officer, &secretary, &new, "2025-07-01", None);
    assert_eq!(officer.get(&format!("/v1/posts/{second}")).expect(200).body["seat"], 2);
    let twice = json!({"title_id": secretary, "unit_id": new, "from": "2025-07-01", "seat": 2});
    officer.post("/v1/posts", &twice).problem(409, "duplicate");

    let holder = person(&officer, "Lò Văn Hặc", &new);
    let body = json!({"post_id": held, "from": "2025-07-01", "to": "2026-12-31", "basis": "designated"});
    officer.post(&format!("/v1/cadres/{holder}/appointments"), &body).expect(201);
    let path = format!("/v1/posts/{held}");
    let seen = officer.get(&path).expect(200);
    assert_eq!(
        (seen.str("/status"), seen.str("/vacant_from"), seen.str("/holder/label")),
        ("vacant_soon", "2027-01-01", "Lò Văn Hặc")
    );
    let refused = officer.patch(&path, seen.etag(), &json!({"to": "2026-12-30"})).problem(422, "refused");
    assert_eq!(refused.findings(), [("/to", "not_vacated")]);
    let ended = officer.patch(&path, seen.etag(), &json!({"to": "2026-12-31", "term_months": 60})).expect(200);
    assert_eq!((ended.str("/during/to"), &ended.body["term_months"]), ("2026-12-31", &json!(60)));
    let open = officer.patch(&path, ended.etag(), &json!({"to": null, "term_months": null})).expect(200);
    assert_eq!((&open.body["during"]["to"], &open.body["term_months"]), (&Value::Null, &Value::Null));
    let holders = officer.get(&format!("{path}/holders?count=true")).expect(200);
    assert_eq!((holders.str("/data/0/timeline"), &holders.body["total"]), ("current", &json!(1)));
    let flat = officer.get(&format!("/v1/appointments?cadre_id={holder}&as_of=2026-01-01&count=true")).expect(200);
    assert_eq!((flat.str("/data/0/post/label"), &flat.body["total"]), ("Bí thư Đảng ủy, Xã Na Sang", &json!(1)));
    assert!(officer.get(&format!("/v1/appointments?cadre_id={holder}&as_of=2025-06-30")).expect(200).rows().is_empty());
    officer.get(&format!("/v1/appointments/{}", flat.str("/data/0/id"))).expect(200);
}

/// All rows of a list, page by page.
fn all(client: &Client, path: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}&limit=3{cursor}")).expect(200);
        rows.extend(page.rows().iter().cloned());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// The periods of a post's appointments, and the post's own last day.
type Life = (&'static [(&'static str, Option<&'static str>)], Option<&'static str>);

#[test]
fn the_filter_of_statuses_agrees_with_the_rule_and_pages_keep_the_order() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let deputy = title(&officer, "commune_deputy", "Phó Bí thư Đảng ủy", 20);
    let communes = officer.get("/v1/units?kind=commune&limit=4").expect(200);
    let lives: &[Life] = &[
        (&[], None),
        (&[("2025-07-01", None)], None),
        (&[("2025-07-01", Some("2026-12-31"))], None),
        (&[("2025-07-01", Some("2026-11-23"))], None),
        (&[("2025-07-01", Some("2026-11-22"))], None),
        (&[("2025-07-01", Some("2026-03-01")), ("2026-03-02", Some("2026-12-01"))], None),
        (&[("2025-07-01", Some("2026-03-01")), ("2026-03-05", None)], None),
        (&[("2025-07-01", Some("2027-02-20"))], None),
        (&[("2025-07-01", Some("2027-02-21"))], None),
        (&[("2025-07-01", Some("2026-12-31"))], Some("2026-12-31")),
        (&[], Some("2026-12-31")),
    ];
    for (index, (periods, end)) in lives.iter().enumerate() {
        let unit = communes.rows()[index % 4]["id"].as_str().unwrap();
        let held = post(&officer, if index % 2 == 0 { &secretary } else { &deputy }, unit, "2025-07-01", *end);
        for (from, to) in *periods {
            let holder = person(&officer, "Lò Văn Hặc", unit);
            let body = json!({"post_id": held, "from": from, "to": to, "basis": "appointed"});
            officer.post(&format!("/v1/cadres/{holder}/appointments"), &body).expect(201);
        }
    }
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for as_of in [
        "2025-06-30",
        "2025-07-01",
        "2026-01-15",
        "2026-03-03",
        "2026-11-22",
        "2026-11-23",
        "2026-12-02",
        "2027-01-01",
        "2027-03-01",
    ] {
        let posts = all(&officer, &format!("/v1/posts?as_of={as_of}"));
        assert_eq!(posts.is_empty(), as_of == "2025-06-30", "{as_of}");
        let unique: BTreeSet<_> = ids(&posts).into_iter().collect();
        assert_eq!(unique.len(), posts.len());
        let key = |row: &Value| {
            (row["unit"]["label"].as_str().unwrap().to_owned(), row["rank_order"].as_i64(), row["seat"].as_i64())
        };
        let order: Vec<_> = posts.iter().map(key).collect();
        for pair in order.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0] < pair[1], "{pair:?}");
        }
        for status in ["filled", "vacant", "vacant_soon"] {
            let listed = all(&officer, &format!("/v1/posts?as_of={as_of}&status={status}"));
            let ruled: Vec<_> = posts.iter().filter(|row| row["status"] == status).cloned().collect();
            assert_eq!(ids(&listed), ids(&ruled), "{as_of} {status}");
            let count = officer.get(&format!("/v1/posts?as_of={as_of}&status={status}&limit=1&count=true")).expect(200);
            assert_eq!(count.body["total"], ruled.len());
        }
    }
    let province = officer.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let below = format!("/v1/posts?unit_id={province}&title_id={secretary}&full_time=true");
    assert_eq!(all(&officer, &below).len(), 6);
    assert!(all(&officer, "/v1/posts?full_time=false").is_empty());
    officer.get("/v1/posts?status=nothing").problem(400, "invalid_query");
    app.sign_in("administrator").get("/v1/posts").problem(403, "forbidden");
}

#[test]
fn what_a_case_opened_and_closed_can_be_taken_back() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let commune = unit(&officer, "03172", "2025-07-01");
    let id = |text: String| text.parse::<Uuid>().unwrap();
    let seats = [(); 2].map(|()| PostId(id(post(&officer, &secretary, &commune, "2025-07-01", None))));
    let people = ["Lò Văn An", "Lò Văn Bình"].map(|name| id(person(&officer, name, &commune)));
    let case = Uuid::from_u128(7);
    app.execute(&format!(
        "INSERT INTO rotations (id, number, subject, unit_id, state, effective_from, prepared_by, prepared_at, created_at, updated_at) \
         VALUES ('{case}', '1', 'x', '{commune}', 'prepared', '2026-12-01', '{case}', now(), now(), now())"
    ));
    let after = use_cases(&app, async move |app| {
        let system = Caller::system("tests");
        let new = |person: usize, post: usize, from: &str, case: Option<Uuid>| NewAppointment {
            holder: Holder { id: people[person], name: "Lò".to_owned(), born_on: day("1978-05-04"), sex: Sex::Male },
            post_id: seats[post],
            during: Period::since(day(from)),
            full_time: true,
            basis: Basis::Rotated,
            decision_number: None,
            decided_on: None,
            rotation_id: case,
        };
        let stands = async || {
            let mut conn = app.db.read().await.unwrap();
            let rows = posts::standing(&mut conn, &seats, &[], day("2015-01-01")).await.unwrap();
            rows.into_iter()
                .map(|row| (row.id, row.cadre_id, row.post_id, row.during, row.rotation_id))
                .collect::<Vec<_>>()
        };
        let opened = app.db.change(&system, "open", async |tx| {
            let ids = posts::open(tx, &[new(0, 0, "2025-07-01", None), new(1, 1, "2025-07-01", None)]).await?;
            Ok((ids, Entry::on("test", Uuid::nil())))
        });
        let opened: Vec<AppointmentId> = opened.await.unwrap().value;
        let before = stands().await;
        assert_eq!(before.len(), 2);
        // A swap: both end, then both begin.
        let swap = async || {
            app.db
                .change(&system, "swap", async |tx| {
                    posts::close(tx, &opened, day("2026-12-01"), "Luân chuyển", Some(case)).await?;
                    posts::open(tx, &[new(0, 1, "2026-12-01", Some(case)), new(1, 0, "2026-12-01", Some(case))])
                        .await?;
                    Ok(((), Entry::on("test", Uuid::nil())))
                })
                .await
                .unwrap();
        };
        swap().await;
        assert_eq!(stands().await.len(), 4);
        let undo = async || {
            app.db
                .change(&system, "undo", async |tx| {
                    posts::undo(tx, case, "Rút quyết định").await?;
                    Ok(((), Entry::on("test", Uuid::nil())))
                })
                .await
                .unwrap();
        };
        undo().await;
        assert_eq!(stands().await, before);
        undo().await;
        assert_eq!(stands().await, before, "nothing is left to be undone");
        swap().await;
        assert_eq!(stands().await.len(), 4);
        undo().await;
        assert_eq!(stands().await, before, "a second round comes back to the same");
        // Closing what does not begin before the day, or is not there, is a conflict.
        for (ids, on) in [(opened.clone(), "2025-07-01"), (vec![AppointmentId(Uuid::nil())], "2026-12-01")] {
            let refused = app.db.change(&system, "close", async |tx| {
                posts::close(tx, &ids, day(on), "x", None).await?;
                Ok(((), Entry::on("test", Uuid::nil())))
            });
            assert_eq!(refused.await.unwrap_err().code().name, "conflict");
        }
        let taken = app.db.change(&system, "open", async |tx| {
            let ids = posts::open(tx, &[new(0, 1, "2026-01-01", None)]).await?;
            Ok((ids, Entry::on("test", Uuid::nil())))
        });
        assert!(["post_taken", "person_taken"].contains(&taken.await.unwrap_err().code().name));
        let mut conn = app.db.read().await.unwrap();
        let seen = posts::seats(&mut conn, &Scope::everything(), &seats).await.unwrap();
        assert_eq!((seen.len(), seen[0].label.as_str()), (2, "Bí thư Đảng ủy, Xã Na Sang"));
        assert!(posts::seats(&mut conn, &Scope::of(Vec::new(), None), &seats).await.unwrap().is_empty());
        stands().await.len()
    });
    assert_eq!(after, 2);
}

#[test]
fn many_posts_are_made_at_once_or_none() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let commune = unit(&officer, "03172", "2025-07-01");
    let one = json!({"title_id": secretary, "unit_id": commune, "from": "2025-07-01"});
    let with = |field: &str, value: Value| {
        let mut post = one.clone();
        post[field] = value;
        post
    };
    let count = || officer.get("/v1/posts?count=true&limit=1").expect(200).body["total"].as_i64().unwrap();
    let before = count();
    let bad = json!({"posts": [one, with("seat", json!(1000)), with("to", json!("2025-06-30")), with("term_months", json!(0))]});
    let refused = officer.post("/v1/bulk/posts", &bad).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [("/posts/1/seat", "out_of_range"), ("/posts/2/to", "bad_period"), ("/posts/3/term_months", "out_of_range")]
    );
    let bad = json!({"posts": [with("unit_id", json!(Uuid::nil())), one, with("from", json!("2020-01-01")), with("title_id", json!(Uuid::nil()))]});
    let refused = officer.post("/v1/bulk/posts", &bad).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [
            ("/posts/0/unit_id", "unknown_reference"),
            ("/posts/2/from", "outside_validity"),
            ("/posts/3/title_id", "unknown_reference")
        ]
    );
    officer.post("/v1/bulk/posts", &json!({"posts": []})).problem(422, "refused");
    let refused = officer.post("/v1/bulk/posts", &json!({"posts": vec![&one; 501]})).problem(422, "refused");
    assert_eq!(refused.findings(), [("/posts", "out_of_range")]);
    // The second would sit on the first: none is made.
    let twice = json!({"posts": [with("seat", json!(7)), with("seat", json!(7))]});
    officer.post("/v1/bulk/posts", &twice).problem(409, "duplicate");
    let dry = officer.post("/v1/bulk/posts?validate_only=true", &json!({"posts": [one, one]})).expect(200);
    assert_eq!(dry.body["effects"].as_array().unwrap().len(), 2);
    assert_eq!(count(), before);
    let made = officer.post("/v1/bulk/posts", &json!({"posts": vec![&one; 200]})).expect(201);
    let last = officer.get(&format!("/v1/posts/{}", made.str("/data/199/id"))).expect(200);
    assert_eq!((&last.body["seat"], last.str("/label")), (&json!(200), "Bí thư Đảng ủy, Xã Na Sang"));
    assert_eq!(count(), before + 200);
    app.sign_in("reader").post("/v1/bulk/posts", &json!({"posts": [one]})).problem(403, "forbidden");
}

/// Term, basis, birth, sex, appointment; the status and reason on 2026-11-23.
type Expectation = (
    Option<i32>,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, Option<&'static str>),
    &'static str,
    Option<&'static str>,
);

#[test]
fn statuses_follow_from_terms_rotations_and_retirement_and_the_filter_agrees() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let secretary = title(&officer, "commune_secretary", "Bí thư Đảng ủy", 10);
    let commune = unit(&officer, "03172", "2025-07-01");
    let cases: &[Expectation] = &[
        (None, "appointed", "1985-05-04", "male", ("2025-07-01", None), "filled", Some("retirement")),
        (Some(18), "appointed", "1985-05-04", "male", ("2025-08-01", None), "vacant_soon", Some("end_of_term")),
        (Some(60), "appointed", "1985-05-04", "male", ("2025-08-01", None), "filled", Some("end_of_term")),
        (Some(12), "elected", "1985-05-04", "male", ("2025-08-01", None), "vacant_soon", Some("end_of_term")),
        (None, "rotated", "1985-05-04", "male", ("2025-08-01", None), "filled", Some("rotation_minimum")),
        // Men at 61 years and 6 months, women at 57 years, who reach that in 2026.
        (None, "appointed", "1965-05-20", "male", ("2025-08-01", None), "vacant_soon", Some("retirement")),
        (None, "appointed", "1965-12-20", "male", ("2025-08-01", None), "filled", Some("retirement")),
        (None, "appointed", "1969-11-20", "female", ("2025-08-01", None), "vacant_soon", Some("retirement")),
        (None, "appointed", "1971-11-20", "female", ("2025-08-01", None), "filled", Some("retirement")),
        (
            Some(18),
            "appointed",
            "1965-05-20",
            "male",
            ("2025-08-01", Some("2026-12-31")),
            "vacant_soon",
            Some("recorded_end"),
        ),
        (
            Some(18),
            "appointed",
            "1985-05-04",
            "male",
            ("2025-08-01", Some("2027-12-31")),
            "vacant_soon",
            Some("end_of_term"),
        ),
        (Some(18), "appointed", "1985-05-04", "male", ("2025-08-01", Some("2026-11-22")), "vacant", Some("left")),
    ];
    for (term, basis, born, sex, (from, to), status, reason) in cases {
        let body = json!({"title_id": secretary, "unit_id": commune, "from": "2025-07-01", "term_months": term});
        let post = officer.post("/v1/posts", &body).expect(201).str("/id").to_owned();
        let holder =
            json!({"full_name": "Lò Văn Hặc", "sex": sex, "born_on": born, "ethnic_group": "thai", "unit_id": commune});
        let holder = officer.post("/v1/cadres", &holder).expect(201).str("/id").to_owned();
        let held = json!({"post_id": post, "from": from, "to": to, "basis": basis});
        officer.post(&format!("/v1/cadres/{holder}/appointments"), &held).expect(201);
        let seen = officer.get(&format!("/v1/posts/{post}")).expect(200);
        let found = (seen.str("/status"), seen.body["status_reason"].as_str());
        assert_eq!(found, (*status, *reason), "{term:?} {basis} {born} {from} {to:?}: {}", seen.text);
    }
    for as_of in ["2025-07-01", "2025-12-01", "2026-06-01", "2026-11-23", "2027-02-01", "2028-06-01", "2029-01-01"] {
        let posts = all(&officer, &format!("/v1/posts?as_of={as_of}"));
        for status in ["filled", "vacant", "vacant_soon"] {
            let listed = all(&officer, &format!("/v1/posts?as_of={as_of}&status={status}"));
            let ruled: Vec<_> = posts.iter().filter(|row| row["status"] == status).cloned().collect();
            assert_eq!(listed, ruled, "{as_of} {status}");
        }
    }
    // A correction of the birth moves the retirement, and another rule moves what is soon.
    let soon = officer.get("/v1/regulations?key=posts.vacant_soon_days").expect(200);
    let path = format!("/v1/regulations/{}/supersede", soon.str("/data/0/id"));
    let never = json!({"value": null, "instrument": "Thông báo", "reason": "x"});
    officer.act(&path, "*", &never).expect(200);
    assert!(all(&officer, "/v1/posts?status=vacant_soon").is_empty());
    let filled = all(&officer, "/v1/posts?status=filled");
    assert_eq!(filled.len(), cases.len() - 1);
    let born = filled.iter().find(|row| row["vacant_from"] == "2026-12-01").unwrap();
    let holder = format!("/v1/cadres/{}", born["holder"]["id"].as_str().unwrap());
    officer.patch(&holder, "*", &json!({"born_on": "1985-05-04"})).expect(200);
    let later = officer.get(&format!("/v1/posts/{}", born["id"].as_str().unwrap())).expect(200);
    assert!(later.str("/vacant_from") > "2040-01-01", "{}", later.text);
}
