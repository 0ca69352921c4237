#!/usr/bin/env bash
# Exports the SKUs created since the day $1 in parts of at most MAX_RECORDS records; prints the id of each export.
set -euo pipefail

create() { # FROM TO, in seconds since 1970
  start=$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ) end=$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)
  number=$(
    curl -g -sS --fail-with-body \
      "$COMMERCELAYER_API_ENDPOINT/skus?filter[q][created_at_gteq]=$start&filter[q][created_at_lt]=$end&page[size]=1" \
      -H 'Accept: application/vnd.api+json' \
      -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["meta"]["record_count"])'
  )
  if [ "$number" -gt "${MAX_RECORDS:-5000}" ] && [ $(($2 - $1)) -gt 1 ]; then
    create "$1" $((($1 + $2) / 2))
    create $((($1 + $2) / 2)) "$2"
  elif [ "$number" -gt 0 ]; then
    filters="{\"created_at_gteq\": \"$start\", \"created_at_lt\": \"$end\"}"
    curl -g -sS --fail-with-body -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \
      -H 'Accept: application/vnd.api+json' \
      -H 'Content-Type: application/vnd.api+json' \
      -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \
      -d "{\"data\": {\"type\": \"exports\", \"attributes\": {\"resource_type\": \"skus\", \"filters\": $filters}}}" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
  fi
}

create "$(date -u -d "$1" +%s)" $(($(date +%s) + 86400))
