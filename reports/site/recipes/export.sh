#!/usr/bin/env bash
# Creates an export of all SKUs with their prices, and prints its id.
set -euo pipefail

curl -g -sS --fail-with-body -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
  -H 'Accept: application/vnd.api+json' \
  -H 'Content-Type: application/vnd.api+json' \
  -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
  -d '{"data":{"type":"exports","attributes":{"resource_type":"skus","includes":["prices"]}}}' |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
