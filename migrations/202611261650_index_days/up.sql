-- The calendar asks what comes between two days: by the days themselves, whatever else there is.
CREATE INDEX appointments_last_day_idx ON appointments (upper(during)) WHERE superseded_at IS NULL AND NOT upper_inf(during);
CREATE INDEX appointments_rotated_idx ON appointments (lower(during)) WHERE superseded_at IS NULL AND basis = 'rotated';
CREATE INDEX courses_last_day_idx ON courses (upper(during));
CREATE INDEX decided_retirements_retires_on_idx ON decided_retirements (retires_on);
CREATE INDEX posts_term_months_idx ON posts (term_months) WHERE term_months IS NOT NULL;
CREATE INDEX rotation_moves_expected_end_on_idx ON rotation_moves (expected_end_on) WHERE expected_end_on IS NOT NULL;
