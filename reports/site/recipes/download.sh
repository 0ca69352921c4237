#!/usr/bin/env bash
# Downloads the file of a completed export to standard output: download.sh ID.
# The link expires after five minutes, so fetch it again; it is signed, so send no token with it.
set -euo pipefail

url=$(
  curl -g -sS --fail-with-body "$COMMERCELAYER_API_ENDPOINT/exports/$1" \
    -H 'Accept: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["attributes"]["attachment_url"])'
)
file=$(mktemp)
trap 'rm -f "$file"' EXIT
curl -g -sS --fail -o "$file" "$url"
if gzip -t "$file" 2>/dev/null; then gunzip -c <"$file"; else cat "$file"; fi
