DROP TABLE cadre_proposals;
