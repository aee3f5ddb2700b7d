#!/bin/sh
# Run once by the image of PostgreSQL, when its volume is empty: a database and a role for each of the three, so that
# none of them can read what the others keep.
set -eu

for name in keepsharp mlflow prefect; do
    PASSWORD_FILE="/run/secrets/${name}_password"
    export PASSWORD_FILE
    psql --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --set=name="$name" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
