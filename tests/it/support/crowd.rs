//! A province of 40,000 people, made with SQL: for what depends on how many there are.

use canbo::platform::text;
use serde_json::Value;

use super::database;

/// How many people.
pub const PEOPLE: usize = 40_000;
/// Bodies in each commune.
const BODIES: usize = 30;
/// Rows of one statement.
const CHUNK: usize = 2000;

/// Bodies in every commune of today.
const UNITS: &str = "CREATE TABLE crowd_bodies AS SELECT gen_random_uuid() AS id, v.unit_id AS commune, n, row_number() OVER () - 1 AS at, \
      (SELECT unit_id FROM unit_versions WHERE parent_id IS NULL LIMIT 1) AS province \
      FROM unit_versions v JOIN units u ON u.id = v.unit_id AND u.kind = 'commune', generate_series(1, $BODIES) n \
      WHERE v.during @> date '2026-11-23'; \
    INSERT INTO units (id, kind, created_at, updated_at) SELECT id, 'government', '2026-01-01', '2026-01-01' FROM crowd_bodies; \
    INSERT INTO unit_versions (id, unit_id, during, name, search_key, parent_id) \
      SELECT gen_random_uuid(), id, '[2020-01-01,)', 'Phòng số ' || n, 'phong so ' || n, commune FROM crowd_bodies; \
    INSERT INTO unit_ancestors (unit_id, ancestor_id, depth, during) SELECT b.id, above.id, depth, '[2020-01-01,)' \
      FROM crowd_bodies b, LATERAL (VALUES (b.id, 0), (b.commune, 1), (b.province, 2)) above (id, depth); \
    INSERT INTO scope_tree (unit_id, ancestor_id, depth, label) SELECT unit_id, ancestor_id, depth, 'Phòng' \
      FROM unit_ancestors WHERE unit_id IN (SELECT id FROM crowd_bodies);";

/// A post for each person, held since 2020.
const SEATS: &str = "ALTER TABLE appointments DROP CONSTRAINT appointments_one_holder_per_post, DROP CONSTRAINT appointments_one_full_time_post; \
    INSERT INTO titles (id, code, name_vi, name_en, category, level, leadership, rank_order, elected, created_at, updated_at) \
      VALUES (gen_random_uuid(), 'crowd', 'Chuyên viên', 'Officer', 'government', 'commune', false, 10, false, '2026-01-01', '2026-01-01'); \
    INSERT INTO posts (id, title_id, unit_id, seat, full_time, during, created_at, updated_at) \
      SELECT c.id, (SELECT id FROM titles WHERE code = 'crowd'), unit_id, row_number() OVER (PARTITION BY unit_id), true, '[2020-01-01,)', '2026-01-01', '2026-01-01' FROM cadres c; \
    INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by) \
      SELECT gen_random_uuid(), gen_random_uuid(), id, full_name, id, '[2020-01-01,)', true, 'appointed', '2026-01-01', 'crowd' FROM cadres; \
    ALTER TABLE appointments \
      ADD CONSTRAINT appointments_one_holder_per_post EXCLUDE USING gist (post_id WITH =, during WITH &&) WHERE (superseded_at IS NULL), \
      ADD CONSTRAINT appointments_one_full_time_post EXCLUDE USING gist (cadre_id WITH =, during WITH &&) WHERE (superseded_at IS NULL AND full_time);";

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<'a>(&mut self, list: &'a Value) -> &'a Value {
        let list = list.as_array().unwrap();
        &list[self.below(list.len())]
    }

    fn weighted<'a>(&mut self, list: &'a Value, weight: impl Fn(&Value) -> &Value) -> &'a Value {
        let list = list.as_array().unwrap();
        let weight = |one: &Value| usize::try_from(weight(one).as_u64().unwrap()).unwrap();
        let mut left = self.below(list.iter().map(weight).sum());
        for one in list {
            match left.checked_sub(weight(one)) {
                None => return one,
                Some(rest) => left = rest,
            }
        }
        unreachable!("a weight is left")
    }
}

/// A row of a person: name, keys of it, sex, birth, status, and which body keeps the file.
fn person(dice: &mut Dice, groups: &Value, bodies: usize) -> String {
    let group = dice.weighted(groups, |group| &group["weight"]);
    let sex = ["male", "female"][dice.below(2)];
    let family = dice.weighted(&group["family"], |family| &family[1])[0].as_str().unwrap();
    let (middle, given) = (dice.of(&group["middle"][sex]), dice.of(&group["given"][sex]));
    let name = format!("{family} {} {}", middle.as_str().unwrap(), given.as_str().unwrap());
    let keys = [text::name_sort_key(&name), text::search_key(&name), text::marked_key(&name), text::initials(&name)];
    let keys = keys.map(|key| quoted(&key)).join(", ");
    let status = if dice.below(10) == 0 { "retired" } else { "active" };
    let (year, month, day) = (1966 + dice.below(38), 1 + dice.below(12), 1 + dice.below(28));
    format!("({}, {keys}, '{sex}', '{year}-{month:02}-{day:02}', '{status}', {})", quoted(&name), dice.below(bodies))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Makes the crowd in a founded database: people in bodies of every commune, each with a post.
pub fn gather(database: &str) {
    let run = |sql: String| {
        let database = database.to_owned();
        database::wait(async move || database::execute(&database, &sql).await);
    };
    run(UNITS.replace("$BODIES", &BODIES.to_string()));
    let bodies: usize = database::text(database, "SELECT count(*)::text AS text FROM crowd_bodies").parse().unwrap();
    let names: Value = serde_json::from_str(include_str!("../../../data/names.json")).unwrap();
    let mut dice = Dice(7);
    for _ in (0..PEOPLE).step_by(CHUNK) {
        let rows: Vec<String> = (0..CHUNK).map(|_| person(&mut dice, &names["groups"], bodies)).collect();
        run(format!(
            "INSERT INTO cadres (id, full_name, name_sort, search_key, marked_key, initials, sex, born_on, status, unit_id, ethnic_group, created_at, updated_at) \
             SELECT gen_random_uuid(), v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, v.column7::date, v.column8, b.id, \
               'kinh', '2026-01-01', '2026-01-01' FROM (VALUES {rows}) v JOIN crowd_bodies b ON b.at = v.column9",
            rows = rows.join(", ")
        ));
    }
    run(SEATS.to_owned());
    run("VACUUM ANALYZE".to_owned());
}
