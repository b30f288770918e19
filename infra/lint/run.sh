#!/usr/bin/env bash
# Checks the API descriptions by their official programs. Needs Node.js 18 or newer with npm; `make lint` calls it.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v npm >/dev/null; then
  echo "make lint needs Node.js 18 or newer with npm to check the API descriptions (Debian: apt-get install npm)." >&2
  exit 1
fi
# As npm itself notes what is installed: reinstalled only when the lock says otherwise.
if ! cmp -s package-lock.json node_modules/.package-lock.source.json; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.package-lock.source.json
fi
cd ../..
.venv/bin/python -m infra.lint.openapi
node infra/lint/asyncapi.mjs docs/reference/asyncapi.yaml
