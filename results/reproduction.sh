#!/bin/sh
#HEAD#
# Set the two variables below and run this script from any folder; it needs curl and the usual POSIX tools.
# Exit status: 1 the fault is shown, 0 it is not shown, 2 it could not be checked.
set -u
LC_ALL=C; export LC_ALL
: "${COMMERCELAYER_API_ENDPOINT:?set it to https://yourdomain.commercelayer.io/api}"
: "${COMMERCELAYER_ACCESS_TOKEN:?set it to an access token of an integration}"
id=00000000; created=; tag=#TAG#
folder=$(mktemp -d) || exit 2
trap finish EXIT
trap 'exit 2' HUP INT TERM

# call METHOD URL [curl options]: send a request; set $status, write the files response, headers and flat.
call() {
  method=$1 url=$2; shift 2; : > "$folder/response"
  status=$(curl -sS -g --max-time 60 -X "$method" -o "$folder/response" -D "$folder/headers" -w '%{http_code}' "$@" "$url") ||
    { echo "not checked: no response to $method $url"; exit 2; }
  flatten < "$folder/response" > "$folder/flat"
  case $method$status in
    POST2??) id=$(value /data/id | tr -d '"'); case $id in *[!A-Za-z0-9_-]*|'') id=00000000 ;; *) note_created ;; esac ;;
  esac
}

# note_created: remember the export for the clean-up, unless it existed before or is known already.
note_created() {
  if grep -qxF "$id" "$folder/before"; then echo "left: $id existed before this script created anything"; return; fi
  case " $created " in *" $id "*) ;; *) created="$created $id" ;; esac
}

api() { # METHOD PATH [curl options]: an ordinary request to the API
  method=$1 path=$2; shift 2
  call "$method" "$COMMERCELAYER_API_ENDPOINT$path" -H 'Accept: application/vnd.api+json' \
    -H 'Content-Type: application/vnd.api+json' -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" "$@"
}

# poll STATUS: retrieve the export until it has this status, up to a minute.
poll() {
  tries=0
  while [ "$tries" -lt 60 ]; do
    api GET "/exports/$id"
    [ "$(value /data/attributes/status)" = "\"$1\"" ] && return
    tries=$((tries + 1)); sleep 1
  done
}

# flatten: a JSON document as sorted lines "pointer<TAB>value"; other content as the line "<TAB>not JSON".
flatten() {
  awk '
    function emit(line,   path) {
      path = line; sub(/\t.*/, "", path)
      if (path in met) fail()
      met[path] = 1; lines[++count] = line
    }
    function fail() { bad = 1; at = length(text) + 1 }
    function blank() { while (substr(text, at, 1) ~ /^[ \t\r\n]$/) at++ }
    function utf(code) {
      if (code < 128) return sprintf("%c", code)
      if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
      if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
      return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
    }
    function hex(digits,   i, sum) { sum = 0; for (i = 1; i <= 4; i++) sum = sum * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1; return sum }
    function string(   out, char, code, low) {
      out = ""; at++
      while (at <= length(text)) {
        char = substr(text, at, 1); at++
        if (char == "\"") return out
        if (char != "\\") { out = out char; continue }
        char = substr(text, at, 1); at++
        if (char == "u") {
          code = hex(substr(text, at, 4)); at += 4
          if (code >= 55296 && code < 56320 && substr(text, at, 2) == "\\u") {
            low = hex(substr(text, at + 2, 4))
            if (low >= 56320 && low < 57344) { code = 65536 + (code - 55296) * 1024 + low - 56320; at += 6 }
          }
          if (code < 32 || code == 34 || code == 92) out = out sprintf("\\u%04x", code); else out = out utf(code)
        }
        else if (char == "\"") out = out "\\u0022"
        else if (char == "\\") out = out "\\u005c"
        else if (char == "n") out = out "\\u000a"
        else if (char == "t") out = out "\\u0009"
        else if (char == "r") out = out "\\u000d"
        else if (char == "b") out = out "\\u0008"
        else if (char == "f") out = out "\\u000c"
        else out = out char
      }
      fail(); return out
    }
    function node(path,   char, name, n, start) {
      blank(); char = substr(text, at, 1)
      if (char == "{") {
        at++; blank()
        if (substr(text, at, 1) == "}") { at++; emit(path "\t{}"); return }
        while (!bad) {
          blank(); if (substr(text, at, 1) != "\"") { fail(); return }
          name = string(); blank(); if (substr(text, at, 1) != ":") { fail(); return }
          at++; gsub(/~/, "~0", name); gsub(/\//, "~1", name); node(path "/" name); blank()
          char = substr(text, at, 1); at++
          if (char == "}") return
          if (char != ",") fail()
        }
      } else if (char == "[") {
        at++; blank(); n = 0
        if (substr(text, at, 1) == "]") { at++; emit(path "\t[]"); return }
        while (!bad) {
          node(path "/" n); n++; blank(); char = substr(text, at, 1); at++
          if (char == "]") return
          if (char != ",") fail()
        }
      } else if (char == "\"") emit(path "\t\"" string() "\"")
      else {
        start = at
        while (substr(text, at, 1) ~ /^[-+.0-9A-Za-z]$/) at++
        char = substr(text, start, at - start)
        if (char !~ /^(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?)$/) fail()
        else if (char ~ /^[tfn]/) emit(path "\t" char)
        else emit(path "\t" sprintf("%.17g", char + 0))
      }
    }
    { text = text (NR > 1 ? "\n" : "") $0 }
    END { at = substr(text, 1, 3) == "\357\273\277" ? 4 : 1; node(""); blank(); if (bad || at <= length(text)) print "\tnot JSON"; else for (i = 1; i <= count; i++) print lines[i] }
  ' | sort
}

# value POINTER: the value at a JSON pointer; empty if there is none.
value() { awk -F '\t' -v at="$1" '$1 == at { sub(/^[^\t]*\t/, ""); print; exit }' "$folder/flat"; }

# part POINTER: all lines of the value at a JSON pointer, relative to it.
part() { awk -F '\t' -v at="$1" '$1 == at || index($1, at "/") == 1 { print substr($0, length(at) + 1) }' "$folder/flat"; }

# shape: lines without hosts, and with what differs from run to run (numbers, ids, times) blurred.
shape() { sed -e 's#"https\{0,1\}://[^/"]*#"#g' -e '/[0-9][0-9][0-9][0-9]/!b' -e 's/[A-Za-z0-9][A-Za-z0-9]*/x/g'; }

# header NAME: the value of a response header.
header() { tr -d '\r' < "$folder/headers" | awk -F ': *' -v name="$1" 'tolower($1) == name { sub(/^[^:]*: */, ""); print; exit }'; }

# report TEXT: print expected and actual in one line each, without control characters.
report() { printf 'expected: %s\nactual:   %s\n' "$expected" "$(printf '%s' "$1" | tr '\000-\037\177' '?')"; }
shown() { report "$1"; echo "the fault is shown"; exit 1; }
not_checked() { report "$1"; echo "not checked: this script cannot tell; exports-conformance reproduce may"; exit 2; }
not_shown() { report "$1"; echo "the fault is not shown"; exit 0; }

finish() {
  code=$?
  trap - EXIT
  for id in $created; do
    api GET "/exports/$id"
    if [ -n "$tag" ] && [ "$status" = 200 ] && ! grep -qF "$tag" "$folder/flat"; then echo "left: $id does not show our tag $tag"; continue; fi
    api DELETE "/exports/$id"
    if [ "$status" != 204 ]; then
      api PATCH "/exports/$id" --data-binary "{\"data\":{\"type\":\"exports\",\"id\":\"$id\",\"attributes\":{\"_interrupt\":true}}}"
      api DELETE "/exports/$id"
    fi
    case $status in 204|404) ;; *) echo "left: $id could not be deleted ($status)" ;; esac
  done
  rm -rf "$folder"
  exit "$code"
}

api GET "/exports?sort=-created_at&page[size]=25"
awk -F '\t' '$1 ~ /^\/data\/[0-9]+\/id$/ { gsub(/"/, "", $2); print $2 }' "$folder/flat" > "$folder/before"
#STEPS#
