//! Counts of moves and passes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::{Answer, TestApp};

/// The unit that bore a code on a day.
fn unit(reader: &Client, code: &str, on: &str) -> String {
    reader.get(&format!("/v1/units?code={code}&as_of={on}")).expect(200).str("/data/0/id").to_owned()
}

/// A service whose database has a few people, moves and passes; with the units district Mường Chà, Ma Thì Hồ, Na Sang.
fn told() -> (TestApp, String, String, String) {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let ma_thi_ho = reader.get("/v1/units?code=03200&as_of=2019-06-01").expect(200);
    let (commune, district) = (ma_thi_ho.str("/data/0/id").to_owned(), ma_thi_ho.str("/data/0/parent/id").to_owned());
    let heir = unit(&reader, "03172", "2025-07-01");
    let elsewhere = unit(&reader, "03127", "2019-06-01");
    let sql = format!(
        "CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;
        INSERT INTO titles (id, code, name_vi, name_en, category, level, leadership, rank_order, elected, created_at, updated_at)
            VALUES (pg_temp.id(1), 'test_title', 'Chức danh', 'Title', 'government', 'commune', true, 1, false, now(), now());
        INSERT INTO posts (id, title_id, unit_id, seat, full_time, during, created_at, updated_at)
            SELECT pg_temp.id(n), pg_temp.id(1), u::uuid, n, true, '(,)', now(), now() FROM (VALUES
                (10, '{district}'), (11, '{district}'), (12, '{commune}'), (13, '{commune}'), (14, '{heir}'), (15, '{elsewhere}')) p (n, u);
        INSERT INTO cadres (id, full_name, name_sort, search_key, marked_key, initials, sex, born_on, ethnic_group, unit_id, status, created_at, updated_at)
            SELECT pg_temp.id(n), 'Người ' || n, '', '', '', '', sex, '1980-01-01', g, '{district}', 'active', now(), now() FROM (VALUES
                (20, 'female', 'hmong'), (21, 'male', 'kinh'), (22, 'female', 'kinh'), (23, 'male', 'thai')) c (n, sex, g);
        INSERT INTO plannings (id, cadre_id, title_id, during, recorded_at, recorded_by, superseded_at, superseded_by, supersede_reason) VALUES
            (pg_temp.id(30), pg_temp.id(20), pg_temp.id(1), '[2018-01-01,2019-01-01)', now(), 'x', NULL, NULL, NULL),
            (pg_temp.id(31), pg_temp.id(21), pg_temp.id(1), '[2018-01-01,2019-01-01)', now(), 'x', now(), 'x', 'x');
        INSERT INTO rotations (id, number, subject, unit_id, state, effective_from, prepared_by, prepared_at, decision_number, decision_issuer,
                decided_on, decided_by, decided_at, took_effect_at, created_at, updated_at)
            SELECT pg_temp.id(n), n::text, 'x', '{district}', s, d::date, pg_temp.id(1), now(), '1', 'x', d::date, pg_temp.id(2), now(),
                CASE WHEN s = 'effective' THEN now() END, now(), now() FROM (VALUES
                (40, 'effective', '2018-03-01'), (41, 'effective', '2020-05-01'), (42, 'decided', '2020-06-01'),
                (43, 'effective', '2025-07-01'), (44, 'effective', '2016-12-31')) r (n, s, d);
        INSERT INTO rotation_moves (id, rotation_id, position, kind, direction, cadre_id, from_post_id, to_post_id)
            SELECT pg_temp.id(n), pg_temp.id(r), n, k, d, pg_temp.id(c), pg_temp.id(f), pg_temp.id(t) FROM (VALUES
                (50, 40, 'rotation', 'down', 20, 10, 12), (51, 40, 'transfer', 'sideways', 21, 12, 15),
                (52, 41, 'rotation', 'up', 20, 12, 10), (53, 42, 'rotation', 'up', 22, 13, 11),
                (54, 43, 'transfer', 'sideways', 22, 13, 14), (55, 44, 'transfer', 'sideways', 23, 10, 11)) m (n, r, k, d, c, f, t);
        INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by)
            SELECT pg_temp.id(n), pg_temp.id(n), pg_temp.id(c), 'x', pg_temp.id(p), d::daterange, f, 'appointed', now(), 'x' FROM (VALUES
                (60, 20, 12, '[2018-03-01,2020-05-01)', true), (61, 20, 10, '[2020-05-01,)', true), (62, 21, 15, '[2018-03-01,)', true),
                (63, 21, 11, '[2018-03-01,)', false), (64, 22, 13, '[2015-01-01,2025-07-01)', true)) a (n, c, p, d, f);
        INSERT INTO programmes (id, code, name, kind, level, created_at, updated_at)
            SELECT pg_temp.id(n), n::text, 'x', k, l, now(), now() FROM (VALUES
                (70, 'political_theory', 'advanced'), (71, 'political_theory', 'intermediate'), (72, 'job_position_skills', '=cmd')) g (n, k, l);
        INSERT INTO courses (id, programme_id, code, name, institution, unit_id, during, seats, created_at, updated_at)
            SELECT pg_temp.id(n + 10), pg_temp.id(n), n::text, 'x', 'x', '{district}', '[2015-01-01,2026-01-01)', 60, now(), now()
            FROM generate_series(70, 72) n;
        BEGIN;
        INSERT INTO qualifications (id, cadre_id, kind, level, obtained_on, enrolment_id, recorded_at, recorded_by)
            SELECT pg_temp.id(n + 10), pg_temp.id(c), 'digital', 'x', '2019-01-01', pg_temp.id(n), now(), 'x' FROM (VALUES
                (100, 20), (101, 20), (102, 21), (103, 22), (104, 22)) q (n, c);
        INSERT INTO enrolments (id, course_id, cadre_id, state, enrolled_on, result_on, qualification_id, created_at, updated_at)
            SELECT pg_temp.id(n), pg_temp.id(o), pg_temp.id(c), 'passed', '2015-01-01', d::date, pg_temp.id(n + 10), now(), now() FROM (VALUES
                (100, 80, 20, '2018-06-01'), (101, 81, 20, '2021-06-01'), (102, 80, 21, '2019-06-01'), (103, 81, 22, '2025-06-30'),
                (104, 82, 22, '2019-06-01')) e (n, o, c, d);
        COMMIT;"
    );
    app.execute(&sql);
    (app, district, commune, heir)
}

/// Turns and persons of each part.
fn figures(row: &Value) -> [(i64, i64); 4] {
    ["total", "women", "minority", "in_planning"]
        .map(|part| (row[part]["turns"].as_i64().unwrap(), row[part]["persons"].as_i64().unwrap()))
}

#[test]
fn moves_are_counted_by_kind_and_direction_where_they_touch() {
    let (app, district, commune, heir) = told();
    let auditor = app.sign_in("auditor");
    let report = |unit: &str, from: &str, to: &str| {
        auditor.get(&format!("/v1/reports/rotations?unit_id={unit}&from={from}&to={to}")).expect(200)
    };
    let seen = report(&district, "2017-01-01", "2026-12-31");
    let rows = seen.body["rows"].as_array().unwrap();
    let named: Vec<_> =
        rows.iter().map(|row| (row["kind"].as_str().unwrap(), row["direction"].as_str().unwrap())).collect();
    assert_eq!(named, [("rotation", "down"), ("rotation", "up"), ("transfer", "sideways")]);
    // From the district's office to its commune: one turn, though it touches the district at both ends.
    assert_eq!(figures(&rows[0]["figures"]), [(1, 1), (1, 1), (1, 1), (1, 1)]);
    assert_eq!(figures(&rows[1]["figures"]), [(1, 1), (1, 1), (1, 1), (0, 0)]);
    // A planning that was superseded does not count; the commune was the district's until the day before.
    assert_eq!(figures(&rows[2]["figures"]), [(2, 2), (1, 1), (0, 0), (0, 0)]);
    assert_eq!(figures(&seen.body["kinds"][0]["figures"]), [(2, 1), (2, 1), (2, 1), (1, 1)]);
    assert_eq!(figures(&seen.body["overall"]), [(4, 3), (3, 2), (2, 1), (1, 1)]);
    let women = &seen.body["overall"]["women"];
    assert_eq!((&women["turns_percent"], &women["persons_percent"]), (&json!(75.0), &json!(66.7)));

    // Ma Thì Hồ alone; Na Sang since 2025; a day of the period included at either end.
    assert_eq!(figures(&report(&commune, "2017-01-01", "2026-12-31").body["overall"])[0], (4, 3));
    assert_eq!(figures(&report(&heir, "2025-07-01", "2025-07-01").body["overall"])[0], (1, 1));
    let none = report(&district, "2025-07-02", "2026-12-31");
    assert_eq!((figures(&none.body["overall"])[0], &none.body["rows"]), ((0, 0), &json!([])));
    assert_eq!(none.body["overall"]["women"]["turns_percent"], Value::Null);

    let by_year = format!("/v1/reports/rotations?unit_id={district}&from=2016-01-01&to=2026-12-31&group=year");
    let by_year = auditor.get(&by_year).expect(200);
    let years: Vec<_> = by_year.body["rows"].as_array().unwrap().iter().map(|row| row["year"].clone()).collect();
    assert_eq!(years, [2018, 2020, 2016, 2018, 2025]);
}

#[test]
fn passes_count_where_the_person_then_had_a_full_time_post() {
    let (app, district, commune, _) = told();
    let auditor = app.sign_in("auditor");
    let report = |unit: &str| {
        auditor.get(&format!("/v1/reports/training?unit_id={unit}&from=2015-01-01&to=2026-12-31")).expect(200)
    };
    // 21 is full-time elsewhere, and holds a concurrent post in the district.
    let seen = report(&district);
    let rows = seen.body["rows"].as_array().unwrap();
    let named: Vec<_> =
        rows.iter().map(|row| (row["kind"].as_str().unwrap(), row["level"].as_str().unwrap())).collect();
    assert_eq!(
        named,
        [("political_theory", "intermediate"), ("political_theory", "advanced"), ("job_position_skills", "=cmd")]
    );
    assert_eq!(figures(&rows[0]["figures"]), [(2, 2), (2, 2), (1, 1), (0, 0)]);
    assert_eq!(figures(&rows[1]["figures"]), [(1, 1), (1, 1), (1, 1), (1, 1)]);
    assert_eq!(figures(&seen.body["kinds"][0]["figures"]), [(3, 2), (3, 2), (2, 1), (1, 1)]);
    assert_eq!(figures(&seen.body["overall"])[0], (4, 2));
    // In 2021 person 20 was back at the district's own office.
    assert_eq!(figures(&report(&commune).body["overall"])[0], (3, 2));
}

#[test]
fn sensitive_counts_are_hidden_and_tables_are_harmless() {
    let (app, district, ..) = told();
    let (reader, auditor) = (app.sign_in("reader"), app.sign_in("auditor"));
    let path = format!("/v1/reports/training?unit_id={district}&from=2015-01-01&to=2026-12-31");
    let hidden = reader.get(&path).expect(200);
    assert_eq!(
        hidden.body["overall"]["minority"],
        json!({"turns": null, "persons": null, "turns_percent": null, "persons_percent": null})
    );
    assert_eq!(hidden.body["overall"]["women"]["turns"], 4);
    let table = |client: &Client, accept: &str| Answer::of(client.request(Method::GET, &path).header("accept", accept));
    let open = table(&auditor, "text/csv").expect(200);
    assert!(open.header("content-type").starts_with("text/csv; charset=utf-8"));
    let lines: Vec<_> = open.text.lines().collect();
    assert!(lines[0].starts_with("row,unit,from,to,kind,level,turns,persons,women_turns,"), "{}", lines[0]);
    assert_eq!(
        lines[1],
        "detail,Huyện Mường Chà,2015-01-01,2026-12-31,political_theory,intermediate,2,2,2,2,100.0,100.0,1,1,50.0,50.0,0,0,0.0,0.0"
    );
    assert!(lines[3].contains(",job_position_skills,'=cmd,"), "{}", lines[3]);
    assert_eq!(lines.len(), 7);
    let closed = table(&reader, "text/csv").expect(200);
    assert!(closed.text.lines().nth(1).unwrap().ends_with("2,2,2,2,100.0,100.0,,,,,0,0,0.0,0.0"));
    table(&reader, "application/pdf").problem(406, "not_acceptable");
    table(&reader, "text/html, */*;q=0.1").expect(200);
}

#[test]
fn a_report_needs_its_days_and_a_unit_in_scope() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let unit = reader.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let get = |query: &str| reader.get(&format!("/v1/reports/rotations?{query}"));
    get(&format!("unit_id={unit}&from=2026-01-01")).problem(400, "invalid_query");
    get("from=2026-01-01&to=2026-12-31").problem(400, "invalid_query");
    let backwards = get(&format!("unit_id={unit}&from=2026-02-01&to=2026-01-31")).problem(400, "invalid_query");
    assert_eq!(backwards.findings(), [("to", "bad_period")]);
    let far = get(&format!("unit_id={unit}&from=0001-01-01&to=9999-12-31")).problem(400, "invalid_query");
    assert_eq!(far.findings(), [("from", "out_of_range"), ("to", "out_of_range")]);
    get("unit_id=01994f7e-0000-7000-8000-000000000002&from=2026-01-01&to=2026-12-31").problem(404, "not_found");
    get(&format!("unit_id={unit}&from=2026-01-01&to=2026-12-31")).expect(200);
    app.sign_in("cadre")
        .get(&format!("/v1/reports/training?unit_id={unit}&from=2026-01-01&to=2026-01-01"))
        .problem(403, "forbidden");
}

/// The turns of each part, over all rows.
fn summed(report: &Value) -> [i64; 4] {
    report["rows"].as_array().unwrap().iter().fold([0; 4], |mut sums, row| {
        for (sum, (turns, _)) in sums.iter_mut().zip(figures(&row["figures"])) {
            *sum += turns;
        }
        sums
    })
}

/// Whatever the unit, the days and the frame: the rows add up to the same total, and it is that of the report without units.
#[test]
fn both_frames_count_the_same() {
    let app = TestApp::on(crate::support::database::demo());
    let auditor = app.sign_in("auditor");
    let province = auditor.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let units = [
        province.clone(),
        unit(&auditor, "097", "2020-01-01"),
        unit(&auditor, "103", "2020-01-01"),
        unit(&auditor, "03200", "2020-01-01"),
        unit(&auditor, "03172", "2020-01-01"),
        unit(&auditor, "03172", "2026-01-01"),
        unit(&auditor, "03127", "2026-01-01"),
    ];
    let days = ["2015-01-01", "2018-03-01", "2021-06-15", "2025-06-30", "2025-07-01", "2026-10-31"];
    let (mut seen, mut turns) = (0, 0);
    for (report, plain) in [("rotations", "direction"), ("training", "level")] {
        for unit in &units {
            for (at, from) in days.iter().enumerate() {
                for to in &days[at..] {
                    let path = format!("/v1/reports/{report}?unit_id={unit}&from={from}&to={to}");
                    let ask = |more: &str| auditor.get(&format!("{path}{more}")).expect(200).body;
                    let whole = ask(&format!("&group={plain}"));
                    for frame in ["then", "now"] {
                        let told = ask(&format!("&group=unit&frame={frame}"));
                        assert_eq!(told["overall"], whole["overall"], "{path} {frame}");
                        assert_eq!(told["kinds"], whole["kinds"], "{path} {frame}");
                        assert_eq!(summed(&told), figures(&whole["overall"]).map(|(turns, _)| turns), "{path} {frame}");
                        assert!(told["rows"].as_array().unwrap().iter().all(|row| row["unit"]["id"].is_string()));
                        seen += 1;
                    }
                    turns += figures(&whole["overall"])[0].0;
                }
            }
        }
    }
    assert!(seen > 500 && turns > 10_000, "{seen} reports, {turns} turns");

    // What Ma Thì Hồ did is told as Na Sang's today; the district that nobody followed is told as it was.
    let names = |unit: &str, frame: &str| -> Vec<String> {
        let path =
            format!("/v1/reports/training?unit_id={unit}&from=2015-01-01&to=2025-06-30&group=unit&frame={frame}");
        let rows = auditor.get(&path).expect(200).body["rows"].clone();
        rows.as_array().unwrap().iter().map(|row| row["unit"]["label"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names(&units[3], "then").iter().all(|name| name == "Xã Ma Thì Hồ"));
    assert!(names(&units[3], "now").iter().all(|name| name == "Xã Na Sang"));
    let district = names(&units[1], "now");
    assert!(
        ["Xã Na Sang", "Huyện Mường Chà"].iter().all(|name| district.iter().any(|one| one == name)),
        "{district:?}"
    );
    let table = format!("/v1/reports/rotations?unit_id={}&from=2017-01-01&to=2025-06-30&group=unit", units[1]);
    let table = Answer::of(auditor.request(Method::GET, &table).header("accept", "text/csv")).expect(200);
    assert!(table.text.starts_with("row,unit,from,to,kind,row_unit,turns,"), "{}", table.text);
}
