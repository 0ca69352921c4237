#!/usr/bin/env bash
# Creates an export as soon as fewer than ten are pending or in progress, the limit of an organisation.
set -euo pipefail

running() {
  curl -g -sS --fail-with-body \
    "$COMMERCELAYER_API_ENDPOINT/exports?filter[q][status_in]=pending,in_progress&page[size]=1" \
    -H 'Accept: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["meta"]["record_count"])'
}
while [ "$(running)" -ge 10 ]; do sleep "${POLL_SECONDS:-2}"; done

curl -g -sS --fail-with-body -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
  -H 'Accept: application/vnd.api+json' \
  -H 'Content-Type: application/vnd.api+json' \
  -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
  -d '{"data": {"type": "exports", "attributes": {"resource_type": "orders", "format": "csv"}}}' |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
