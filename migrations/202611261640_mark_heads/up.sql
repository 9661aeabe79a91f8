-- Who is a head is said by the title, and no longer read out of its name.
ALTER TABLE titles ADD COLUMN head boolean NOT NULL DEFAULT false;
UPDATE titles SET head = true WHERE leadership AND name_vi NOT LIKE 'Phó%';
ALTER TABLE titles ADD CONSTRAINT titles_head_check CHECK (leadership OR NOT head);
COMMENT ON COLUMN titles.head IS 'Người đứng đầu: leads the body; a leader who is no head is a deputy.';
