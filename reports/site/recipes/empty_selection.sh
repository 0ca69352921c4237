#!/usr/bin/env bash
# Exports the SKUs with the code $1, and treats "nothing to export" as a result, not an error.
set -euo pipefail

body=$(printf '{"data": {"type": "exports", "attributes": {"resource_type": "skus", "filters": {"code_eq": "%s"}}}}' "$1")
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
status=$(
  curl -g -sS -o "$answer" -w '%{http_code}' -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
    -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
    -d "$body"
)
case $status in
  201) python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])' <"$answer" ;;
  422) grep -q '"greater_than"' "$answer" && echo "nothing to export" || { cat "$answer" >&2; exit 1; } ;;
  *) cat "$answer" >&2; exit 1 ;;
esac
