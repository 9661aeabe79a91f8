DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE grants;
DROP TABLE scope_tree;
DROP TABLE client_secrets;
DROP TABLE clients;
DROP TABLE accounts;
