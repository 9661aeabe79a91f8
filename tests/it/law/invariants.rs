//! The invariants of the tables, attacked with SQL by the service's own role: what keeps them is PostgreSQL, whatever the
//! service believes. Each constraint of the catalog is attacked, or is named with the reason why it cannot be.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::result::Error;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::none;
use crate::support::database;

/// A change of one row that breaks one constraint: its name, its table, what is set, which row.
const CHECKS: &[(&str, &str, &str, &str)] = &[
    ("accounts_user_name_check", "accounts", "user_name = 'A b'", "true"),
    (
        "appointing_authorities_confirmed_check",
        "appointing_authorities",
        "confirmed_on = '2026-01-01'",
        "confirmed_on IS NULL",
    ),
    ("appointing_authorities_during_check", "appointing_authorities", "during = 'empty'", "true"),
    ("appointing_authorities_level_check", "appointing_authorities", "level = 'x'", "level IS NOT NULL"),
    ("appointing_authorities_subject_check", "appointing_authorities", "level = NULL", "level IS NOT NULL"),
    ("appointing_authorities_title_group_check", "appointing_authorities", "title_group = 'x'", "title_id IS NULL"),
    ("appointments_basis_check", "appointments", "basis = 'x'", "true"),
    ("appointments_cadre_sex_check", "appointments", "cadre_sex = 'x'", "true"),
    ("appointments_during_check", "appointments", "during = 'empty'", "true"),
    ("appointments_superseded_check", "appointments", "superseded_at = recorded_at", "superseded_at IS NULL"),
    ("cadre_proposals_refused_check", "cadre_proposals", "settled_reason = 'x'", "state = 'proposed'"),
    ("cadre_proposals_settled_check", "cadre_proposals", "settled_at = proposed_at", "state = 'proposed'"),
    (
        "cadre_proposals_state_check",
        "cadre_proposals",
        "state = 'x', settled_at = proposed_at, settled_by = proposed_by",
        "state = 'proposed'",
    ),
    (
        "cadre_proposals_two_people_check",
        "cadre_proposals",
        "state = 'accepted', settled_at = proposed_at, settled_by = proposed_by",
        "state = 'proposed'",
    ),
    ("cadre_facts_content_check", "cadre_facts", "content = '{}'", "true"),
    ("cadre_facts_during_check", "cadre_facts", "during = 'empty'", "true"),
    ("cadre_facts_kind_check", "cadre_facts", "kind = 'x', content = '{\"topic\": 1, \"text\": 1}'", "true"),
    ("cadre_facts_slot_check", "cadre_facts", "slot = NULL", "kind = 'assessment'"),
    ("cadre_facts_superseded_check", "cadre_facts", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("cadre_facts_version_check", "cadre_facts", "version = 0", "true"),
    ("cadres_personal_number_check", "cadres", "personal_number = '12345'", "true"),
    ("cadres_sex_check", "cadres", "sex = 'x'", "true"),
    ("cadres_status_check", "cadres", "status = 'x'", "true"),
    ("clients_client_id_check", "clients", "client_id = 'A b'", "true"),
    ("courses_during_check", "courses", "during = '[2026-01-01,)'", "true"),
    ("courses_seats_check", "courses", "seats = 0", "true"),
    ("decided_retirements_during_check", "decided_retirements", "during = 'empty'", "true"),
    ("delegations_during_check", "delegations", "during = 'empty'", "true"),
    ("delegations_withdrawn_check", "delegations", "withdrawn_by = 'x'", "withdrawn_at IS NULL"),
    ("enrolments_qualification_check", "enrolments", "qualification_id = NULL", "state = 'passed'"),
    ("enrolments_result_check", "enrolments", "result_on = NULL", "state = 'failed'"),
    ("enrolments_state_check", "enrolments", "state = 'x'", "state = 'failed'"),
    ("grants_during_check", "grants", "during = 'empty'", "true"),
    ("grants_holder_check", "grants", "account_id = NULL", "client_id IS NULL"),
    ("grants_role_check", "grants", "role = 'king'", "true"),
    ("organisation_changes_into_check", "organisation_changes", "share = NULL", "share IS NOT NULL"),
    ("organisation_changes_kind_check", "organisation_changes", "kind = 'x'", "true"),
    ("organisation_changes_share_check", "organisation_changes", "share = 'x'", "share IS NOT NULL"),
    ("plannings_during_check", "plannings", "during = 'empty'", "true"),
    ("plannings_entry_id_check", "plannings", "version = 2", "entry_id IS NULL"),
    ("plannings_superseded_check", "plannings", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("post_freezes_during_check", "post_freezes", "during = 'empty'", "true"),
    ("post_freezes_superseded_check", "post_freezes", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("posts_during_check", "posts", "during = 'empty'", "true"),
    ("posts_seat_check", "posts", "seat = 1000", "true"),
    ("posts_term_months_check", "posts", "term_months = 0", "true"),
    ("programmes_kind_check", "programmes", "kind = 'x'", "true"),
    ("qualifications_entry_id_check", "qualifications", "version = 2", "entry_id IS NULL"),
    ("qualifications_kind_check", "qualifications", "kind = 'x'", "true"),
    ("qualifications_superseded_check", "qualifications", "supersede_reason = 'x'", "superseded_at IS NULL"),
    ("regulations_confirmed_check", "regulations", "confirmed = NOT confirmed", "true"),
    ("regulations_during_check", "regulations", "during = 'empty'", "true"),
    ("regulations_superseded_check", "regulations", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("rotation_moves_direction_check", "rotation_moves", "direction = 'x'", "direction <> 'entry'"),
    ("rotation_moves_entry_check", "rotation_moves", "direction = 'entry'", "direction <> 'entry'"),
    ("rotation_moves_exit_check", "rotation_moves", "direction = 'exit'", "direction NOT IN ('entry', 'exit')"),
    ("rotation_moves_from_outside_check", "rotation_moves", "from_outside = 'x'", "from_post_id IS NOT NULL"),
    ("rotation_moves_to_outside_check", "rotation_moves", "to_outside = 'x'", "to_post_id IS NOT NULL"),
    ("rotation_moves_stand_in_check", "rotation_moves", "stand_in_id = cadre_id", "from_post_id IS NOT NULL"),
    ("rotation_moves_kind_check", "rotation_moves", "kind = 'x'", "true"),
    ("rotation_moves_purpose_check", "rotation_moves", "purpose = 'x'", "true"),
    ("stand_ins_superseded_check", "stand_ins", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("reorganisation_counts_how_many_check", "reorganisation_counts", "how_many = 0", "true"),
    ("reorganisation_placements_subject_check", "reorganisation_placements", "subject = 'x'", "true"),
    (
        "rotations_decided_check",
        "rotations",
        "decision_number = NULL, decision_issuer = NULL, decided_on = NULL, decided_by = NULL, decided_at = NULL",
        "state = 'effective'",
    ),
    ("rotation_signatures_delegation_check", "rotation_signatures", "authority_post_id = NULL", "true"),
    ("rotations_decision_check", "rotations", "decision_number = NULL", "state = 'effective'"),
    ("rotations_effective_check", "rotations", "took_effect_at = NULL", "state = 'effective'"),
    ("rotations_state_check", "rotations", "state = 'x', took_effect_at = NULL", "state = 'effective'"),
    ("rotations_two_people_check", "rotations", "decided_by = prepared_by", "state = 'effective'"),
    ("rotations_withdrawn_check", "rotations", "withdrawn_at = NULL", "state = 'withdrawn'"),
    ("rotations_procedure_check", "rotations", "procedure = 'x'", "true"),
    ("rotations_refused_check", "rotations", "refused_reason = 'x'", "state = 'effective'"),
    ("rotations_state_decision_check", "rotations", "state_decision_number = 'x'", "state_decision_number IS NULL"),
    ("rotation_papers_kind_check", "rotation_papers", "kind = 'x'", "true"),
    ("rotation_papers_person_check", "rotation_papers", "cadre_id = NULL", "kind = 'waiver'"),
    ("rotation_papers_slot_check", "rotation_papers", "slot = NULL", "kind = 'waiver'"),
    ("rotation_papers_superseded_check", "rotation_papers", "superseded_by = recorded_by", "superseded_at IS NULL"),
    ("rotation_plan_items_how_many_check", "rotation_plan_items", "how_many = 0", "true"),
    ("rotation_plan_items_kind_check", "rotation_plan_items", "kind = 'x'", "true"),
    ("rotation_plans_approval_check", "rotation_plans", "approval_number = NULL", "state = 'approved'"),
    (
        "rotation_plans_approved_check",
        "rotation_plans",
        "approval_number = NULL, approval_issuer = NULL, approved_on = NULL, approved_by = NULL, approved_at = NULL",
        "state = 'approved'",
    ),
    ("rotation_plans_during_check", "rotation_plans", "during = '[2026-01-01,)'", "true"),
    ("rotation_plans_state_check", "rotation_plans", "state = 'x'", "state = 'approved'"),
    ("rotation_plans_two_people_check", "rotation_plans", "approved_by = prepared_by", "state = 'approved'"),
    ("rotation_plans_withdrawn_check", "rotation_plans", "withdrawn_reason = 'x'", "withdrawn_at IS NULL"),
    ("rotation_policies_two_people_check", "rotation_policies", "approved_by = prepared_by", "true"),
    ("scope_tree_depth_check", "scope_tree", "depth = -1", "true"),
    ("title_standards_criteria_check", "title_standards", "criteria = '[]'", "true"),
    ("title_standards_during_check", "title_standards", "during = '(,2020-01-01)'", "true"),
    ("title_standards_superseded_check", "title_standards", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("titles_category_check", "titles", "category = 'x'", "true"),
    ("titles_code_check", "titles", "code = 'A'", "true"),
    ("titles_head_check", "titles", "head = true, leadership = false", "true"),
    ("titles_level_check", "titles", "level = 'x'", "true"),
    ("titles_title_group_check", "titles", "title_group = 'x'", "true"),
    ("unit_lineage_kind_check", "unit_lineage", "kind = 'x'", "true"),
    ("unit_lineage_loop_check", "unit_lineage", "from_unit_id = to_unit_id", "true"),
    ("unit_lineage_share_check", "unit_lineage", "share = 'x'", "true"),
    ("unit_versions_during_check", "unit_versions", "during = 'empty'", "true"),
    ("unit_versions_parent_check", "unit_versions", "parent_id = unit_id", "true"),
    ("unit_zones_during_check", "unit_zones", "during = 'empty'", "true"),
    ("unit_zones_superseded_check", "unit_zones", "superseded_by = 'x'", "superseded_at IS NULL"),
    ("unit_zones_version_check", "unit_zones", "version = 0", "true"),
    ("unit_zones_zone_check", "unit_zones", "zone = 'iv'", "true"),
    ("units_kind_check", "units", "kind = 'castle'", "true"),
];

/// Statements that break an exclusion constraint, or a check of a table that is only appended to.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "appointing_authorities_one_at_a_time",
        "INSERT INTO appointing_authorities (id, level, post_id, during, instrument, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), level, post_id, during, 'x', recorded_at, 'x' FROM appointing_authorities WHERE level IS NOT NULL LIMIT 1",
    ),
    (
        "delegations_one_at_a_time",
        "INSERT INTO delegations (id, post_id, cadre_id, during, number, issuer, decided_on, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), post_id, cadre_id, during, 'x', 'x', decided_on, recorded_at, 'x' FROM delegations LIMIT 1",
    ),
    (
        "appointments_one_holder_per_post",
        "INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), (SELECT id FROM cadres c WHERE c.id <> a.cadre_id LIMIT 1), 'x', post_id, during, false, basis, recorded_at, 'x' \
         FROM appointments a WHERE superseded_at IS NULL LIMIT 1",
    ),
    (
        "appointments_one_full_time_post",
        "INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), cadre_id, 'x', (SELECT id FROM posts p WHERE NOT EXISTS (SELECT 1 FROM appointments o WHERE o.post_id = p.id) LIMIT 1), \
         during, true, basis, recorded_at, 'x' FROM appointments a WHERE superseded_at IS NULL AND full_time LIMIT 1",
    ),
    (
        "cadre_facts_one_at_a_time",
        "INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, slot, during, content, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), 1, cadre_id, kind, slot, during, content, recorded_at, 'x' FROM cadre_facts WHERE superseded_at IS NULL AND slot IS NOT NULL LIMIT 1",
    ),
    (
        "decided_retirements_one_at_a_time",
        "UPDATE decided_retirements SET during = '(,2026-06-01)' WHERE NOT lower_inf(during)",
    ),
    (
        "plannings_once_at_a_time",
        "INSERT INTO plannings (id, cadre_id, title_id, during, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), cadre_id, title_id, during, recorded_at, 'x' FROM plannings WHERE superseded_at IS NULL LIMIT 1",
    ),
    (
        "post_freezes_one_at_a_time",
        "INSERT INTO post_freezes (version_id, id, post_id, during, reason, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), post_id, during, 'x', recorded_at, 'x' FROM post_freezes LIMIT 1",
    ),
    (
        "posts_one_of_a_number",
        "UPDATE posts SET (unit_id, title_id, seat, during) = (SELECT unit_id, title_id, seat, during FROM posts o WHERE o.id > posts.id ORDER BY o.id LIMIT 1) \
         WHERE id = (SELECT min(id::text)::uuid FROM posts)",
    ),
    (
        "regulations_one_at_a_time",
        "UPDATE regulations SET (key, during) = (SELECT key, during FROM regulations o WHERE o.id > regulations.id ORDER BY o.id LIMIT 1) \
         WHERE id = (SELECT min(id::text)::uuid FROM regulations)",
    ),
    (
        "title_standards_one_at_a_time",
        "INSERT INTO title_standards (version_id, id, version, title_id, during, criteria, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), 1, title_id, during, criteria, recorded_at, 'x' FROM title_standards LIMIT 1",
    ),
    (
        "unit_versions_one_at_a_time",
        "INSERT INTO unit_versions (id, unit_id, during, name, search_key) SELECT gen_random_uuid(), unit_id, during, name, search_key FROM unit_versions LIMIT 1",
    ),
    (
        "unit_versions_code_means_one_unit",
        "UPDATE unit_versions SET code = (SELECT code FROM unit_versions o WHERE o.unit_id <> unit_versions.unit_id AND o.during && unit_versions.during AND code IS NOT NULL LIMIT 1) \
         WHERE id = (SELECT id FROM unit_versions WHERE upper_inf(during) LIMIT 1)",
    ),
    (
        "unit_zones_one_at_a_time",
        "INSERT INTO unit_zones (version_id, id, version, unit_id, during, zone, decision_number, recorded_at, recorded_by) \
         SELECT gen_random_uuid(), gen_random_uuid(), 1, unit_id, during, zone, 'x', recorded_at, 'x' FROM unit_zones WHERE superseded_at IS NULL LIMIT 1",
    ),
    (
        "audit_checkpoints_form_check",
        "INSERT INTO audit_checkpoints (seq, hash, made_at, key_id, signature) VALUES (0, '', '2026-01-01', '', '')",
    ),
];

/// What no statement of the role reaches, or what the demo province has no rows for.
const NOT_ATTACKED: &[(&str, &str)] = &[
    ("audit_entries_actor_kind_check", "the role cannot insert"),
    ("audit_entries_chain_check", "the role cannot insert"),
    ("audit_entries_outcome_check", "the role cannot insert"),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Text)]
    condition: String,
}

async fn rows(conn: &mut AsyncPgConnection, sql: &str) -> Vec<Row> {
    diesel::sql_query(sql).load(conn).await.unwrap()
}

/// Whether the constraint, or the lack of a grant, refuses the statement. `None`: it found no row to attack.
async fn attack(conn: &mut AsyncPgConnection, name: &str, sql: &str) -> Option<Result<(), String>> {
    match diesel::sql_query(sql).execute(conn).await {
        Ok(0) => None,
        Ok(count) => Some(Err(format!("{name}: {count} rows: {sql}"))),
        Err(Error::DatabaseError(_, info))
            if info.constraint_name() == Some(name) || info.message().contains("permission denied")
                // A number that PostgreSQL alone gives.
                || info.message().contains("can only be updated to DEFAULT") =>
        {
            Some(Ok(()))
        }
        Err(error) => Some(Err(format!("{name}: another refusal ({error}): {sql}"))),
    }
}

/// Two of each, where the demo province has none.
const MORE: &str = "INSERT INTO clients (id, client_id, name, created_at, updated_at) SELECT gen_random_uuid(), 'invariant-' || n, 'x', '2026-01-01', '2026-01-01' FROM generate_series(1, 2) n; \
        INSERT INTO post_freezes (version_id, id, post_id, during, reason, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), gen_random_uuid(), id, '[2026-01-01,)', 'x', '2026-01-01', 'x' FROM (SELECT id FROM posts LIMIT 2) p; \
        INSERT INTO client_secrets (id, client_id, secret_hash, created_at) SELECT gen_random_uuid(), id, 'x', created_at FROM clients; \
        INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, slot, during, content, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), gen_random_uuid(), 1, id, 'assessment', 'year', '[2014-01-01,2015-01-01)', '{\"year\": 2014, \"class\": \"good\"}', '2026-01-01', 'x' FROM cadres LIMIT 2; \
        INSERT INTO decided_retirements (cadre_id, during, retires_on) \
          SELECT id, d.during::daterange, '2026-12-31' FROM (SELECT id FROM cadres LIMIT 1) c, (VALUES ('(,2026-01-01)'), ('[2026-01-01,)')) d (during); \
        INSERT INTO qualifications (id, cadre_id, kind, level, obtained_on, recorded_at, recorded_by, version, entry_id) \
          SELECT gen_random_uuid(), cadre_id, kind, level, obtained_on, recorded_at, 'x', 2, id FROM qualifications LIMIT 1; \
        INSERT INTO plannings (id, cadre_id, title_id, during, recorded_at, recorded_by, superseded_at, superseded_by, supersede_reason, version, entry_id) \
          SELECT gen_random_uuid(), cadre_id, title_id, during, recorded_at, 'x', recorded_at, 'x', 'x', 2, id FROM plannings LIMIT 1; \
        INSERT INTO revoked_tokens (jti, client_id, expires_at) SELECT gen_random_uuid(), id, '2026-01-01' FROM clients; \
        INSERT INTO sign_in_tries (subject, paid_until) SELECT decode(md5(n::text), 'hex'), '2026-01-01' FROM generate_series(1, 2) n; \
        INSERT INTO idempotency_keys (actor_id, route, key, request_hash, created_at) SELECT gen_random_uuid(), 'r', 'k', 'x', '2026-01-01' FROM generate_series(1, 2); \
        INSERT INTO sessions (id, account_id, created_at, expires_at) SELECT gen_random_uuid(), id, '2026-01-01', '2026-01-02' FROM accounts; \
        INSERT INTO refresh_tokens (token_hash, session_id, issued_at) SELECT decode(md5(id::text), 'hex'), id, '2026-01-01' FROM sessions; \
        UPDATE grants SET account_id = NULL, client_id = (SELECT id FROM clients LIMIT 1) WHERE id = (SELECT id FROM grants LIMIT 1); \
        UPDATE accounts SET cadre_id = c.id FROM (SELECT id, row_number() OVER () AS n FROM cadres LIMIT 2) c, (SELECT id, row_number() OVER () AS n FROM accounts) a \
          WHERE accounts.id = a.id AND a.n = c.n AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.cadre_id = c.id); \
        INSERT INTO cadre_proposals (id, cadre_id, state, changes, reason, evidence_number, evidence_issuer, evidence_issued_on, proposed_by, proposed_at) \
          SELECT gen_random_uuid(), cadre_id, state, changes, reason, evidence_number, evidence_issuer, evidence_issued_on, proposed_by, proposed_at FROM cadre_proposals; \
        INSERT INTO reorganisation_counts (act_id, effect, how_many) SELECT id, 'x', 1 FROM organisation_acts; \
        INSERT INTO reorganisation_placements (act_id, subject, subject_id, from_unit_id, to_unit_id) \
          SELECT a.id, 'cadre', a.id, u.id, u.id FROM organisation_acts a, (SELECT id FROM units LIMIT 1) u; \
        INSERT INTO rotation_policies (rotation_id, prepared_by, number, issuer, approved_on, approved_by, approved_at) \
          SELECT id, prepared_by, 'x', 'x', '2026-01-01', gen_random_uuid(), '2026-01-01' FROM rotations LIMIT 2; \
        UPDATE rotations SET compensates_id = o.other FROM (SELECT id, lag(id) OVER (ORDER BY id) AS other FROM rotations \
          WHERE state NOT IN ('refused', 'withdrawn') ORDER BY id LIMIT 3) o WHERE o.id = rotations.id AND o.other IS NOT NULL; \
        INSERT INTO stand_ins (id, post_id, cadre_id, cadre_name, from_day, rotation_id, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), from_post_id, cadre_id, 'x', '2026-01-01', rotation_id, '2026-01-01', 'x' FROM rotation_moves WHERE from_post_id IS NOT NULL LIMIT 2; \
        UPDATE rotation_moves m SET stand_in_id = (SELECT id FROM cadres c WHERE c.id <> m.cadre_id LIMIT 1) \
          WHERE m.id = (SELECT id FROM rotation_moves WHERE from_post_id IS NOT NULL LIMIT 1); \
        INSERT INTO rotation_papers (id, rotation_id, cadre_id, kind, slot, content, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), rotation_id, cadre_id, 'waiver', cadre_id::text, '{}', '2026-01-01', gen_random_uuid() FROM rotation_moves LIMIT 2; \
        INSERT INTO rotation_plans (id, number, subject, unit_id, during, state, prepared_by, prepared_at, approval_number, approval_issuer, approved_on, approved_by, approved_at, created_at, updated_at) \
          SELECT gen_random_uuid(), 'invariant-' || n, 'x', u.id, '[2026-01-01,2027-01-01)', 'approved', gen_random_uuid(), '2026-01-01', 'x', 'x', '2026-01-01', gen_random_uuid(), '2026-01-01', '2026-01-01', '2026-01-01' \
          FROM (SELECT id FROM units LIMIT 1) u, generate_series(1, 2) n; \
        INSERT INTO rotation_plan_items (id, plan_id, position, title_id, unit_id, kind, how_many) \
          SELECT gen_random_uuid(), p.id, n, t.id, p.unit_id, 'rotation', 1 FROM rotation_plans p, (SELECT id FROM titles LIMIT 1) t, generate_series(1, 2) n; \
        UPDATE rotations SET plan_id = (SELECT id FROM rotation_plans LIMIT 1) WHERE id = (SELECT id FROM rotations LIMIT 1); \
        INSERT INTO rotation_invitations (rotation_id, unit_id) SELECT id, unit_id FROM rotations LIMIT 2; \
        INSERT INTO appointing_authorities (id, level, post_id, during, instrument, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), 'commune', id, '[2026-01-01,)', 'x', '2026-01-01', 'x' FROM (SELECT id FROM posts LIMIT 1) p; \
        INSERT INTO appointing_authorities (id, title_id, post_id, during, instrument, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), t.id, p.id, '[2026-01-01,)', 'x', '2026-01-01', 'x' FROM (SELECT id FROM posts LIMIT 1) p, (SELECT id FROM titles LIMIT 1) t; \
        INSERT INTO delegations (id, post_id, cadre_id, during, number, issuer, decided_on, recorded_at, recorded_by) \
          SELECT gen_random_uuid(), p.id, c.id, '[2026-01-01,2027-01-01)', 'x', 'x', '2026-01-01', '2026-01-01', 'x' FROM (SELECT id FROM posts LIMIT 1) p, (SELECT id FROM cadres LIMIT 2) c; \
        INSERT INTO rotation_signatures (rotation_id, signed_by, authority_post_id, delegation_id) \
          SELECT r.id, d.cadre_id, d.post_id, d.id FROM (SELECT id FROM rotations LIMIT 2) r, (SELECT id, cadre_id, post_id FROM delegations LIMIT 1) d; \
        UPDATE unit_versions SET act_id = (SELECT id FROM organisation_acts LIMIT 1) WHERE id = (SELECT id FROM unit_versions LIMIT 1)";

/// D19: each invariant of a table is attacked by direct SQL as the role of the service, and PostgreSQL refuses.
#[test]
fn every_invariant_refuses_direct_sql() {
    let database = database::demo();
    database::wait(async move || {
        database::execute(&database, MORE).await;
        let mut catalog = AsyncPgConnection::establish(&database::url(&database)).await.unwrap();
        let mut conn = AsyncPgConnection::establish(&database::service_url(&database)).await.unwrap();
        conn.batch_execute("SET statement_timeout = '20s'").await.unwrap();
        let (mut breaches, mut seen) = (Vec::new(), BTreeSet::new());
        let mut attacks: Vec<(String, String)> = Vec::new();
        for (name, table, set, condition) in CHECKS {
            let sql =
                format!("UPDATE {table} SET {set} WHERE ctid = (SELECT ctid FROM {table} WHERE {condition} LIMIT 1)");
            attacks.push(((*name).to_owned(), sql));
        }
        attacks.extend(STATEMENTS.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())));
        // A foreign key: to nothing that is there.
        for key in rows(
            &mut catalog,
            "SELECT c.conname AS name, c.conrelid::regclass::text AS owner, a.attname AS columns, '' AS condition FROM pg_constraint c \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
        )
        .await
        {
            let (table, column) = (&key.owner, &key.columns);
            let value = if column == "seq" { "-1" } else { "gen_random_uuid()" };
            let sql = format!("UPDATE {table} SET {column} = {value} WHERE ctid = (SELECT ctid FROM {table} WHERE {column} IS NOT NULL LIMIT 1)");
            attacks.push((key.name, sql));
        }
        // A unique index: one row says what another says.
        for index in rows(
            &mut catalog,
            "SELECT i.relname::text AS name, t.relname::text AS owner, \
               (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k (n, at) \
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n) AS columns, \
               coalesce(pg_get_expr(x.indpred, x.indrelid), 'true') AS condition \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
             WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace AND t.relname <> '__diesel_schema_migrations'",
        )
        .await
        {
            let Row { name, owner, columns, condition } = index;
            let known: Vec<String> = columns.split(", ").map(|column| format!("{column} IS NOT NULL")).collect();
            let known = format!("{condition} AND {}", known.join(" AND "));
            let sql = format!(
                "UPDATE {owner} SET ({columns}) = (SELECT {columns} FROM {owner} WHERE {known} ORDER BY ctid OFFSET 1 LIMIT 1) \
                 WHERE ctid = (SELECT ctid FROM {owner} WHERE {known} ORDER BY ctid LIMIT 1) AND 1 < (SELECT count(*) FROM {owner} WHERE {known})"
            );
            // One column is set by the plain form.
            let sql = if columns.contains(',') { sql } else { sql.replace(&format!("SET ({columns}) ="), &format!("SET {columns} =")) };
            attacks.push((name, sql));
        }
        for (name, sql) in &attacks {
            seen.insert(name.clone());
            match attack(&mut conn, name, sql).await {
                Some(Ok(())) => {}
                Some(Err(breach)) => breaches.push(breach),
                None => breaches.push(format!("{name}: no row to attack: {sql}")),
            }
        }
        let known = rows(
            &mut catalog,
            "SELECT conname AS name, '' AS owner, '' AS columns, '' AS condition FROM pg_constraint WHERE contype IN ('c', 'x', 'f', 'u', 'p') \
             AND connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid <> '__diesel_schema_migrations'::regclass",
        )
        .await;
        assert!(known.len() > 120, "only {} constraints", known.len());
        for Row { name, .. } in &known {
            if !seen.contains(name) && !NOT_ATTACKED.iter().any(|(listed, _)| listed == name) {
                breaches.push(format!("{name} is not attacked: give it a row in CHECKS or STATEMENTS"));
            }
        }
        none("D19: PostgreSQL itself keeps what the tables promise.", &breaches);
    });
}
