#!/usr/bin/env bash
# Exports the orders placed from $1 up to, but not including, $2, such as 2026-03-01T00:00:00Z 2026-04-01T00:00:00Z.
# Prints the id of the export.
set -euo pipefail

create() {
  curl -g -sS --fail-with-body -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
    -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
    -d "$1" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
}

filters="{\"placed_at_gteq\": \"$1\", \"placed_at_lt\": \"$2\"}"
create "{\"data\": {\"type\": \"exports\", \"attributes\": {\"resource_type\": \"orders\", \"filters\": $filters}}}"
