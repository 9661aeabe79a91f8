DROP INDEX rotation_moves_expected_end_on_idx;
DROP INDEX posts_term_months_idx;
DROP INDEX decided_retirements_retires_on_idx;
DROP INDEX courses_last_day_idx;
DROP INDEX appointments_rotated_idx;
DROP INDEX appointments_last_day_idx;
