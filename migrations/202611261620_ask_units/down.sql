DELETE FROM rotation_papers WHERE kind = 'nomination';
ALTER TABLE rotation_papers
    DROP CONSTRAINT rotation_papers_kind_check,
    ADD CONSTRAINT rotation_papers_kind_check CHECK (kind IN ('slate', 'conclusion', 'opinion', 'interview', 'vote', 'election', 'waiver', 'document'));
DROP TABLE rotation_invitations;
