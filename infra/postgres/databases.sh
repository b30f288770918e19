#!/usr/bin/env bash
# Makes a database and a role for each service. The image runs this when its volume is new; run it again after a change
# of passwords: docker compose exec postgres /docker-entrypoint-initdb.d/databases.sh
set -euo pipefail

query() { psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres "$@"; }

for service in intake activities notifications reporting; do
  password="${service^^}_DATABASE_PASSWORD"
  DATABASE_PASSWORD="${!password:?}" query -v name="$service" -f /etc/meedoen/database.sql
done
query -c 'revoke connect on database postgres, template1 from public'
