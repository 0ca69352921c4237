#!/usr/bin/env bash
# Exports orders as CSV with some of their fields and of those of their customers; prints the id of the export.
set -euo pipefail

create() {
  curl -g -sS --fail-with-body -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
    -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
    -d "$1" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
}

create '{"data": {"type": "exports", "attributes": {
  "resource_type": "orders",
  "format": "csv",
  "includes": ["customer"],
  "fields": ["number", "placed_at", "customer_email", "customer.email"]
}}}'
