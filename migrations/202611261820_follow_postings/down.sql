ALTER TABLE rotation_papers
    DROP CONSTRAINT rotation_papers_slot_check,
    ADD CONSTRAINT rotation_papers_slot_check CHECK (slot IS NOT NULL OR kind = 'document'),
    DROP CONSTRAINT rotation_papers_kind_check,
    ADD CONSTRAINT rotation_papers_kind_check CHECK (kind IN ('slate', 'nomination', 'conclusion', 'opinion', 'interview', 'vote', 'election', 'waiver', 'document'));
