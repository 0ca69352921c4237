#!/usr/bin/env bash
# Exports the SKUs updated since the last time, which the file $1 keeps; prints the id of the export, if there is one.
set -euo pipefail

since=$(cat "$1" 2>/dev/null || echo 2000-01-01T00:00:00Z)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
filters="{\"updated_at_gteq\": \"$since\", \"updated_at_lt\": \"$now\"}"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
status=$(
  curl -g -sS -o "$answer" -w '%{http_code}' -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
    -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
    -d "{\"data\": {\"type\": \"exports\", \"attributes\": {\"resource_type\": \"skus\", \"filters\": $filters}}}"
)
case $status in
  201) python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])' <"$answer" ;;
  422) grep -q '"greater_than"' "$answer" && echo "nothing to export" || { cat "$answer" >&2; exit 1; } ;;
  *) cat "$answer" >&2; exit 1 ;;
esac
echo "$now" >"$1" # only now: a failure repeats the same period
