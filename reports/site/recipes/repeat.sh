#!/usr/bin/env bash
# Deletes the export $1, and repeats that while it is locked (423) or requests are limited (429).
set -euo pipefail

for attempt in 1 2 3 4 5 6 7 8 9 10; do
  status=$(
    curl -g -sS -o /dev/null -w '%{http_code}' -X DELETE "$COMMERCELAYER_API_ENDPOINT/exports/$1" \
      -H 'Accept: application/vnd.api+json' \
      -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN"
  )
  case $status in
    204) echo deleted; exit ;;
    423 | 429) sleep "${POLL_SECONDS:-10}" ;; # the limits are counted over 10 and 60 seconds
    *) break ;;
  esac
done
echo "not deleted: $status" >&2
exit 1
