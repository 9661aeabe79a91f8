ALTER TABLE rotation_moves
    DROP COLUMN allowance_kept,
    DROP COLUMN purpose;
