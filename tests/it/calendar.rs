//! What comes: each kind of day, who is told it, pages, and the file that calendar programs read.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::fixtures::{Office, decision};
use crate::support::plans::{Plans, nodes};
use crate::support::{Answer, Client, TestApp, crowd, database};

/// Two communes in which something of each kind is to come.
struct Year {
    app: TestApp,
    office: Office,
    here: String,
    next: String,
    case: String,
    /// Who is appointed for a term, who for a time, who was rotated, who is seconded, who retires, for whom it was decided.
    people: [String; 6],
    posts: [String; 5],
}

fn person(office: &Office, name: &str, born_on: &str, unit: &str) -> String {
    let body = json!({"full_name": name, "sex": "male", "born_on": born_on, "ethnic_group": "thai", "unit_id": unit});
    office.officer.post("/v1/cadres", &body).expect(201).str("/id").to_owned()
}

fn appoint(office: &Office, cadre: &str, post: &str, basis: &str, to: Option<&str>) {
    let body = json!({"post_id": post, "from": "2025-07-01", "to": to, "basis": basis});
    office.officer.post(&format!("/v1/cadres/{cadre}/appointments"), &body).expect(201);
}

fn year() -> Year {
    let app = TestApp::start();
    let office = Office::new(&app);
    let officer = &office.officer;
    let (here, next) = (office.commune("03172"), office.commune("03181"));
    let title = office.title("calendar_chair", "commune");
    let term = json!({"title_id": title, "unit_id": here, "from": "2025-07-01", "term_months": 60});
    let term = officer.post("/v1/posts", &term).expect(201).str("/id").to_owned();
    let post = |unit: &str| office.post(&title, unit);
    let posts = [term, post(&here), post(&here), post(&here), post(&next)];
    let people = [
        person(&office, "Lò Văn Kỳ", "1985-05-04", &here),
        person(&office, "Quàng Văn Hạn", "1985-05-04", &here),
        person(&office, "Vì Văn Luân", "1985-05-04", &here),
        person(&office, "Tòng Văn Phái", "1985-05-04", &here),
        person(&office, "Lường Văn Hưu", "1965-05-20", &next),
        person(&office, "Cà Văn Định", "1985-05-04", &here),
    ];
    appoint(&office, &people[0], &posts[0], "appointed", None);
    appoint(&office, &people[1], &posts[1], "appointed", Some("2027-03-31"));
    appoint(&office, &people[2], &posts[2], "rotated", None);
    appoint(&office, &people[3], &posts[3], "appointed", None);
    let step = json!({"kind": "secondment", "cadre_id": people[3], "from_post_id": posts[3], "to_post_id": posts[4],
        "expected_end_on": "2027-12-31"});
    let case = office.prepare("2026-12-15", &[step]).expect(201);
    office.decide(&case).expect(200);
    let decided = json!({"topic": "retirement_day", "text": "2027-04-30: nghỉ hưu trước tuổi", "from": "2026-11-01",
        "decision_number": "12-QĐ/TU"});
    officer.post(&format!("/v1/cadres/{}/particulars", people[5]), &decided).expect(201);
    let trainer = app.sign_in("training_officer");
    let programme = json!({"code": "LICH", "name": "Bồi dưỡng", "kind": "political_theory", "level": "intermediate"});
    let programme = trainer.post("/v1/programmes", &programme).expect(201).str("/id").to_owned();
    let course = json!({"programme_id": programme, "code": "K1", "name": "Lớp K1; khóa \"đầu\", mới", "institution": "Trường Chính trị tỉnh",
        "unit_id": here, "from": "2027-01-10", "to": "2027-06-30", "seats": 40});
    trainer.post("/v1/courses", &course).expect(201);
    let act = json!({"number": "9/NQ", "title": "Đổi tên xã", "issuer": "UBTVQH", "legal_basis": "Luật", "decided_on": "2026-11-20",
        "effective_from": "2027-01-01", "changes": [{"rename": {"unit_id": next, "name": "Phường Mới", "unit_type": "Phường"}}]});
    officer.post("/v1/reorganisations", &act).expect(201);
    let rule = officer.get("/v1/regulations?key=rotation.minimum_months&as_of=2026-11-23").expect(200);
    let rule = rule.rows()[0].clone();
    let path = format!("/v1/regulations/{}/supersede", rule["id"].as_str().unwrap());
    let body = json!({"value": 24, "instrument": "Nghị định thử", "from": "2027-02-01", "reason": "Văn bản mới"});
    officer.act(&path, "*", &body).expect(200);
    Year { case: case.str("/id").to_owned(), app, office, here, next, people, posts }
}

const WIDE: &str = "/v1/calendar?from=2026-11-23&to=2030-12-31";

/// Day, kind and whom or what each event is about.
fn told(answer: &Answer) -> Vec<(String, String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let about = |row: &Value| {
        ["cadre", "course", "rotation", "reorganisation", "regulation"]
            .iter()
            .find_map(|field| row[*field]["label"].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    answer.rows().iter().map(|row| (text(row, "day"), text(row, "kind"), about(row))).collect()
}

fn row(answer: &Answer, kind: &str) -> Value {
    let found = answer.rows().iter().find(|row| row["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {}", answer.text)).clone()
}

#[test]
fn everything_that_comes_is_told_in_the_order_of_days() {
    let year = year();
    let seen = year.office.officer.get(WIDE).expect(200);
    let number = year.office.officer.get(&format!("/v1/rotations/{}", year.case)).expect(200).str("/number").to_owned();
    let course = "K1: Lớp K1; khóa \"đầu\", mới";
    let expected = [
        ("2026-11-30", "retirement", "Lường Văn Hưu"),
        ("2026-12-15", "case_effective", &number),
        ("2027-01-01", "reorganisation", "9/NQ: Đổi tên xã"),
        ("2027-01-10", "course_begin", course),
        ("2027-01-31", "regulation_end", "rotation.minimum_months"),
        ("2027-03-31", "appointment_end", "Quàng Văn Hạn"),
        ("2027-04-30", "retirement", "Cà Văn Định"),
        ("2027-06-30", "course_end", course),
        ("2027-12-31", "expected_end", "Tòng Văn Phái"),
        ("2028-07-01", "rotation_minimum", "Vì Văn Luân"),
        ("2030-06-30", "term_end", "Lò Văn Kỳ"),
    ];
    let expected: Vec<_> =
        expected.map(|(day, kind, about)| (day.to_owned(), kind.to_owned(), about.to_owned())).into();
    assert_eq!(told(&seen), expected);

    // What gave the day.
    let rotation = row(&seen, "rotation_minimum");
    assert!(rotation["citation"].as_str().unwrap().contains("170/2025/NĐ-CP"), "{rotation}");
    assert_eq!((&rotation["confirmed"], &rotation["post"]["id"]), (&json!(false), &json!(year.posts[2])));
    assert!(
        rotation["text_vi"].as_str().unwrap().starts_with("Vì Văn Luân: đủ 36 tháng luân chuyển tại "),
        "{rotation}"
    );
    let retirements: Vec<&Value> = seen.rows().iter().filter(|row| row["kind"] == "retirement").collect();
    assert!(retirements[0]["citation"].is_string() && retirements[0]["confirmed"].is_boolean());
    assert_eq!((&retirements[1]["citation"], &retirements[1]["confirmed"]), (&Value::Null, &Value::Null));
    for (at, cadre) in [(0, 4), (1, 5)] {
        let profile = year.office.officer.get(&format!("/v1/cadres/{}/profile", year.people[cadre])).expect(200);
        let derived = profile.body["derived"].as_array().unwrap();
        let day = derived.iter().find(|fact| fact["name"] == "retirement_day").unwrap()["value"].clone();
        assert_eq!(retirements[at]["day"], day, "as the profile says");
    }
    let seconded = row(&seen, "expected_end");
    assert_eq!((&seconded["rotation"]["id"], &seconded["post"]["id"]), (&json!(year.case), &json!(year.posts[4])));
    assert_eq!(seconded["post"]["label"], "Chức danh calendar_chair, Phường Mới", "by its name on that day");
    assert_eq!(row(&seen, "term_end")["unit"]["id"], json!(year.here));
    assert_eq!(row(&seen, "case_effective")["id"], json!(year.case));
    assert!(row(&seen, "regulation_end")["citation"].as_str().unwrap().contains("170/2025/NĐ-CP"));

    // Without a span: from today, for a year.
    let usual = year.office.officer.get("/v1/calendar").expect(200);
    assert_eq!(told(&usual), told(&seen)[..8]);
    let kind = year.office.officer.get(&format!("{WIDE}&kind=course_end")).expect(200);
    assert_eq!(told(&kind), told(&seen)[7..8]);
    // Both borders are included.
    for (day, kind) in [
        ("2026-11-30", "retirement"),
        ("2027-03-31", "appointment_end"),
        ("2028-07-01", "rotation_minimum"),
        ("2030-06-30", "term_end"),
        ("2027-06-30", "course_end"),
        ("2027-01-31", "regulation_end"),
        ("2026-12-15", "case_effective"),
    ] {
        let one = year.office.officer.get(&format!("/v1/calendar?from={day}&to={day}")).expect(200);
        assert_eq!(told(&one).iter().map(|(_, kind, _)| kind.as_str()).collect::<Vec<_>>(), [kind], "{day}");
    }
}

/// What is over or taken back comes no more; what took effect stays on its day.
#[test]
fn the_calendar_follows_what_is_decided() {
    let year = year();
    let Year { office, people, .. } = &year;
    let kinds = |client: &Client| -> BTreeSet<String> {
        client.get(WIDE).expect(200).rows().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
    };
    // Who is moved away reaches neither the least months nor the end of the term; the case says so instead.
    let step =
        json!({"kind": "transfer", "cadre_id": people[2], "from_post_id": year.posts[2], "to_post_id": year.posts[3]});
    let away = office.prepare("2026-12-20", &[step]).expect(201);
    assert!(kinds(&office.officer).contains("rotation_minimum"), "nothing is decided");
    office.decide(&away).expect(200);
    assert!(!kinds(&office.officer).contains("rotation_minimum"));
    let back = office.decider.get(&format!("/v1/rotations/{}", away.str("/id"))).expect(200);
    office
        .decider
        .act(&format!("/v1/rotations/{}/withdraw", away.str("/id")), back.etag(), &json!({"reason": "Thôi"}))
        .expect(200);
    assert!(kinds(&office.officer).contains("rotation_minimum"));
    let case = office.decider.get(&format!("/v1/rotations/{}", year.case)).expect(200);
    office
        .decider
        .act(&format!("/v1/rotations/{}/withdraw", year.case), case.etag(), &json!({"reason": "Thôi"}))
        .expect(200);
    let left = kinds(&office.officer);
    assert!(!left.contains("case_effective") && !left.contains("expected_end"));
    // A past day is read as what happened on it.
    let today = office.prepare("2026-11-23", &[json!({"kind": "transfer", "cadre_id": people[3], "from_post_id": year.posts[3], "to_post_id": year.posts[4]})]);
    let done = office
        .decider
        .act(&format!("/v1/rotations/{}/decide", today.str("/id")), today.etag(), &decision())
        .expect(200);
    assert_eq!(done.str("/state"), "effective");
    let seen = office.officer.get("/v1/calendar?from=2026-11-01&to=2026-11-29").expect(200);
    assert_eq!(
        told(&seen).iter().map(|(day, kind, _)| format!("{day} {kind}")).collect::<Vec<_>>(),
        ["2026-11-23 case_effective"]
    );
}

#[test]
fn a_caller_is_told_what_they_may_read_where_they_may() {
    let year = year();
    let administrator = year.app.sign_in("administrator");
    let made = |name: &str, role: &str, unit: &str| {
        let account = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai"});
        let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
        administrator.post("/v1/grants", &json!({"account_id": account, "role": role, "unit_id": unit})).expect(201);
        year.app.anonymous().signed_in(name, "mot mat khau dai")
    };
    let kinds = |client: &Client, rest: &str| -> Vec<String> {
        let page = client.get(&format!("{WIDE}&count=true{rest}")).expect(200);
        assert_eq!(page.body["total"], page.rows().len());
        page.rows().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
    };
    let local = made("lich-here", "reader", &year.here);
    let all = [
        "case_effective",
        "course_begin",
        "regulation_end",
        "appointment_end",
        "retirement",
        "course_end",
        "expected_end",
        "rotation_minimum",
        "term_end",
    ];
    assert_eq!(kinds(&local, ""), all, "neither the act next door nor who retires there");
    let neighbour = made("lich-next", "reader", &year.next);
    let next = ["retirement", "case_effective", "reorganisation", "regulation_end", "expected_end"];
    assert_eq!(kinds(&neighbour, ""), next);
    let trainer = made("lich-train", "training_officer", &year.here);
    assert_eq!(
        kinds(&trainer, ""),
        all.iter()
            .filter(|kind| !["case_effective", "expected_end", "rotation_minimum"].contains(kind))
            .copied()
            .collect::<Vec<_>>()
    );
    assert!(kinds(&trainer, "&kind=case_effective").is_empty());
    assert_eq!(kinds(&administrator, ""), ["reorganisation"]);
    year.app.anonymous().get("/v1/calendar").problem(401, "unauthenticated");
    // A unit and what is below it; what is not in sight is not found there.
    assert_eq!(kinds(&year.office.officer, &format!("&unit_id={}", year.next)), next);
    assert_eq!(kinds(&local, &format!("&unit_id={}", year.next)), ["regulation_end"]);
    assert_eq!(kinds(&year.office.officer, &format!("&unit_id={}", year.office.province())).len(), 11);
    // A token for less tells less.
    let client = administrator.post("/v1/clients", &json!({"client_id": "lich", "name": "Lịch"})).expect(201);
    let grant = json!({"client_id": client.str("/client/id"), "role": "reader", "unit_id": year.here});
    administrator.post("/v1/grants", &grant).expect(201);
    let form = [("grant_type", "client_credentials"), ("scope", "units.read training.read")];
    let request = year.app.anonymous().request(Method::POST, "/oauth/token").form(&form);
    let token = Answer::of(request.basic_auth("lich", Some(client.str("/client_secret")))).expect(200);
    let narrow = year.app.anonymous().with_token(token.str("/access_token"));
    assert_eq!(kinds(&narrow, ""), ["course_begin", "course_end"]);
}

#[test]
fn pages_hold_everything_once_and_bad_questions_are_refused() {
    let year = year();
    let officer = &year.office.officer;
    let whole = told(&officer.get(WIDE).expect(200));
    for limit in [1, 2, 4, 10, 11] {
        let (mut walked, mut next) = (Vec::new(), format!("{WIDE}&limit={limit}"));
        loop {
            let page = officer.get(&next).expect(200);
            walked.extend(told(&page));
            match page.header("link") {
                "" => break,
                link => link.trim_start_matches('<').split('>').next().unwrap().clone_into(&mut next),
            }
        }
        assert_eq!(walked, whole, "{limit} at a time");
    }
    let first = officer.get(&format!("{WIDE}&limit=1")).expect(200);
    let elsewhere = format!("/v1/calendar?cursor={}", first.str("/next_cursor"));
    officer.get(&elsewhere).problem(400, "invalid_cursor");
    for (query, finding) in [
        ("from=2026-12-01&to=2026-11-30", ("to", "bad_period")),
        ("to=2026-11-22", ("to", "bad_period")),
        ("from=2026-12-01&to=2031-12-02", ("to", "out_of_range")),
        ("from=1899-12-31&to=1900-01-01", ("from", "out_of_range")),
        ("from=2999-12-31&to=3000-01-01", ("to", "out_of_range")),
    ] {
        let refused = officer.get(&format!("/v1/calendar?{query}")).problem(400, "invalid_query");
        assert_eq!(refused.findings(), [finding], "{query}");
    }
    officer.get("/v1/calendar?from=2026-12-01&to=2031-12-01").expect(200);
    for query in ["kind=birthday", "from=2026-02-30", "colour=red", "unit_id=x"] {
        officer.get(&format!("/v1/calendar?{query}")).problem(400, "invalid_query");
    }
}

/// The content lines of a calendar file, unfolded; each as it was sent is 75 octets at most.
fn unfolded(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let mut found: Vec<String> = Vec::new();
    for line in lines {
        match line.strip_prefix(' ') {
            Some(rest) => found.last_mut().unwrap().push_str(rest),
            None => found.push(line.to_owned()),
        }
    }
    found
}

#[test]
fn calendar_programs_read_it_as_a_file() {
    let year = year();
    let officer = &year.office.officer;
    let file = |client: &Client, language: &str, path: &str| {
        let request =
            client.request(Method::GET, path).header("accept", "text/calendar").header("accept-language", language);
        Answer::of(request).expect(200)
    };
    let answer = file(officer, "vi", WIDE);
    assert_eq!(
        (answer.header("content-type"), answer.header("cache-control")),
        ("text/calendar; charset=utf-8", "no-store")
    );
    let lines = unfolded(&answer.text);
    assert_eq!(lines[..4], ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//canbo//calendar//VI", "CALSCALE:GREGORIAN"]);
    assert_eq!(lines.last().unwrap(), "END:VCALENDAR");
    let events: Vec<&[String]> = lines[4..lines.len() - 1].split_inclusive(|line| line == "END:VEVENT").collect();
    let rows = officer.get(WIDE).expect(200);
    assert_eq!(events.len(), rows.rows().len());
    let value = |event: &[String], name: &str| {
        let found: Vec<&str> = event.iter().filter_map(|line| line.strip_prefix(name)).collect();
        assert_eq!(found.len(), 1, "one {name} in {event:?}");
        found[0].to_owned()
    };
    let plain = |text: &str| text.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
    let mut ids = BTreeSet::new();
    for (event, row) in events.iter().zip(rows.rows()) {
        assert_eq!(event[0], "BEGIN:VEVENT");
        assert_eq!(value(event, "DTSTART;VALUE=DATE:"), row["day"].as_str().unwrap().replace('-', ""));
        assert_eq!(plain(&value(event, "SUMMARY:")), row["text_vi"].as_str().unwrap());
        assert_eq!(value(event, "DTSTAMP:"), "20261123T010000Z");
        assert_eq!(value(event, "CATEGORIES:"), row["kind"].as_str().unwrap());
        ids.insert(value(event, "UID:"));
    }
    assert_eq!(ids.len(), events.len(), "each has an id of its own");
    let course = lines.iter().find(|line| line.starts_with("SUMMARY:Khai")).unwrap();
    assert_eq!(course, "SUMMARY:Khai giảng: K1: Lớp K1\\; khóa \"đầu\"\\, mới");
    // The next day the ids are the same; the words follow the caller; pages are not for files.
    year.app.clock.set_day(crate::support::day("2026-11-24"));
    let tomorrow = year.app.sign_in("organisation_officer");
    let later = unfolded(&file(&tomorrow, "en", &format!("{WIDE}&limit=1")).text);
    let uids: BTreeSet<String> = later.iter().filter_map(|line| line.strip_prefix("UID:")).map(str::to_owned).collect();
    assert_eq!(uids, ids);
    assert!(
        later.iter().any(|line| line.starts_with("SUMMARY:Lò Văn Kỳ: last day of the term at the post")),
        "{later:?}"
    );
    let refused = Answer::of(tomorrow.request(Method::GET, WIDE).header("accept", "application/pdf"));
    refused.problem(406, "not_acceptable");
}

/// Among 40,000 people with posts of a term the calendar reads by indexes, in as many statements as ever.
#[test]
fn the_calendar_reads_no_whole_table() {
    let database = database::founded();
    crowd::gather(&database);
    let plans = Plans::of(&database);
    let app = TestApp::on(database.clone());
    app.execute(
        "UPDATE posts SET term_months = CASE WHEN seat % 3 = 0 THEN 36 ELSE 60 END; \
         UPDATE appointments SET during = daterange('2020-01-01'::date + (hashtext(id::text) & 2047), upper(during)), \
            basis = CASE WHEN hashtext(id::text) & 7 = 0 THEN 'rotated' ELSE basis END; \
         ANALYZE posts; ANALYZE appointments",
    );
    let sql = "SELECT string_agg(relname, ' ') AS text FROM pg_class WHERE relkind = 'r' AND reltuples > 10000 AND relnamespace = 'public'::regnamespace";
    let large: BTreeSet<String> = database::text(&database, sql).split(' ').map(str::to_owned).collect();
    assert!(["cadres", "posts", "appointments"].iter().all(|table| large.contains(*table)), "{large:?}");
    let officer = app.sign_in("organisation_officer");
    let commune = officer.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    let (mut breaches, mut statements) = (Vec::new(), BTreeSet::new());
    for path in [
        "/v1/calendar?".to_owned(),
        format!("/v1/calendar?unit_id={commune}"),
        "/v1/calendar?kind=retirement".to_owned(),
        "/v1/calendar?from=2026-12-01&to=2026-12-31&limit=200".to_owned(),
    ] {
        let mut cursor = String::new();
        for _ in 0..2 {
            let (page, seen) = plans.during(|| officer.get(&format!("{path}{cursor}")).expect(200));
            // Who calls is asked again now and then.
            let asks = |one: &&Value| !one["Query Text"].as_str().unwrap_or_default().contains("sessions");
            statements.insert(seen.iter().filter(asks).count());
            for (kind, table, _) in seen.iter().flat_map(|one| nodes(&one["Plan"])) {
                if kind == "Seq Scan" && large.contains(&table) || kind.starts_with("Gather") {
                    breaches.push(format!("{path}: {kind} {table}"));
                }
            }
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
    assert_eq!(statements.len(), 1, "a fixed number of statements: {statements:?}");
}
