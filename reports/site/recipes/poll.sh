#!/usr/bin/env bash
# Waits for an export to finish: poll.sh ID. Prints its status; fails unless it is completed.
set -euo pipefail

while :; do
  status=$(
    curl -g -sS --fail-with-body "$COMMERCELAYER_API_ENDPOINT/exports/$1?fields[exports]=status" \
      -H 'Accept: application/vnd.api+json' \
      -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["attributes"]["status"])'
  )
  case $status in
    pending | in_progress) sleep "${POLL_SECONDS:-2}" ;;
    *) break ;;
  esac
done
echo "$status"
[ "$status" = completed ]
