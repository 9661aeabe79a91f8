//! The whole country.

use serde_json::json;

use crate::support::{TestApp, database};

#[test]
fn the_country_has_all_its_provinces_in_both_frames() {
    let app = TestApp::on(database::country());
    let officer = app.sign_in("organisation_officer");
    let total =
        |query: &str| officer.get(&format!("/v1/units?count=true&limit=1&{query}")).expect(200).body["total"].clone();
    for (kind, before, since) in
        [("country", 1, 1), ("province", 63, 34), ("district", 696, 0), ("commune", 10_035, 3_321)]
    {
        assert_eq!(total(&format!("kind={kind}&as_of=2025-06-30")), before, "{kind} before");
        assert_eq!(total(&format!("kind={kind}&as_of=2025-07-01")), since, "{kind} since");
    }
    let edges = |of: &str| {
        let sql = format!(
            "SELECT count(*)::text AS text FROM unit_lineage l JOIN units u ON u.id = l.from_unit_id WHERE u.kind = 'commune' {of}"
        );
        database::text(&app.database, &sql)
    };
    assert_eq!((edges("").as_str(), edges("AND l.share <> 'whole'").as_str()), ("10597", "1033"));
    // A commune that was divided, and the province that took in two others.
    let divided = officer.get("/v1/units?code=00007&as_of=2025-06-30").expect(200).str("/data/0/id").to_owned();
    let lineage = officer.get(&format!("/v1/units/{divided}/lineage")).expect(200);
    let shares: Vec<_> = lineage
        .rows()
        .iter()
        .map(|edge| (edge["to"]["label"].as_str().unwrap(), edge["share"].as_str().unwrap()))
        .collect();
    assert_eq!(shares.len(), 2);
    assert!(
        shares.contains(&("Phường Ngọc Hà", "part_main")) && shares.contains(&("Phường Giảng Võ", "part")),
        "{shares:?}"
    );
    let cities =
        officer.get("/v1/units?kind=province&code=79&as_of=2025-07-01").expect(200).str("/data/0/id").to_owned();
    let merged = officer.get(&format!("/v1/units/{cities}/lineage")).expect(200);
    assert_eq!((merged.rows().len(), merged.str("/data/0/act/number")), (3, "202/2025/QH15"));
    // A unit is made there as quickly as in one province, and the demo province is whole.
    let made = json!({"kind": "mass", "name": "Hội", "parent_id": cities, "from": "2026-01-01"});
    officer.post("/v1/units", &made).expect(201);
    assert_eq!(officer.get("/v1/reorganisations?count=true").expect(200).body["total"], 4);
    let district =
        officer.get("/v1/units?code=097&kind=district&as_of=2020-01-01").expect(200).str("/data/0/id").to_owned();
    let report =
        officer.get(&format!("/v1/reports/rotations?from=2017-01-01&to=2025-06-30&unit_id={district}")).expect(200);
    assert_eq!(report.body["overall"]["total"]["turns"], 6);
}
