-- What a move is for, and whether the allowance of the post that is left is kept.
ALTER TABLE rotation_moves
    ADD COLUMN purpose text,
    ADD COLUMN allowance_kept boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT rotation_moves_purpose_check CHECK (purpose IN ('training', 'strengthening', 'non_local', 'two_terms', 'task', 'required_change'));
COMMENT ON COLUMN rotation_moves.purpose IS 'What the move is for, as the plan or the law names it; null: not said.';
COMMENT ON COLUMN rotation_moves.allowance_kept IS 'Phụ cấp chức vụ: who goes to a lower one keeps that of the post that is left.';
