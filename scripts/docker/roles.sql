-- psql runs this as the superuser of a new cluster, in the product's database. Passwords come from the environment.
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

-- `owner` migrates and owns the tables, `app` runs everything else; row-level security applies to both.
CREATE ROLE owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE CREATEDB PASSWORD :'owner_password';
CREATE ROLE app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
-- As in crosschq/settings.py. A pooler passes no options of a connection on.
ALTER ROLE app SET statement_timeout = '15s';
ALTER ROLE app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE app SET client_connection_check_interval = '1s';
ALTER SCHEMA public OWNER TO owner;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SEQUENCES TO app;
