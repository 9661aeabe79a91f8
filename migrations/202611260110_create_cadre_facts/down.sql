DROP TABLE cadre_facts;
