#!/usr/bin/env bash
# Exports all SKUs in parts of at most MAX_RECORDS records, in the order of their ids; prints the id of each export.
set -euo pipefail

most=${MAX_RECORDS:-5000}
call() { # PATH [curl options]
  path=$1
  shift
  curl -g -sS --fail-with-body "$COMMERCELAYER_API_ENDPOINT$path" \
    -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" "$@"
}
export_records() { # FILTERS
  call /exports -d "{\"data\": {\"type\": \"exports\", \"attributes\": {\"resource_type\": \"skus\", \"filters\": {$1}}}}" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])'
}

query='' after=''
while :; do
  # One record to a page: page number $most has the last record of the part.
  read -r left last < <(
    call "/skus?sort=id&page[size]=1&page[number]=$most$query" |
      python3 -c 'import json, sys; page = json.load(sys.stdin); print(page["meta"]["record_count"], *(each["id"] for each in page["data"]))'
  )
  if [ "$left" -le "$most" ]; then break; fi
  export_records "$after\"id_lteq\": \"$last\""
  query="&filter[q][id_gt]=$last" after="\"id_gt\": \"$last\", "
done
if [ "$left" -gt 0 ]; then export_records "${after%, }"; fi
