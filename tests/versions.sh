#!/usr/bin/env bash
# Runs the installed wheel, alone and within another project's pytest, with each pytest and Python that it supports.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is not installed: pip install uv"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
uv build --quiet --wheel --out-dir "$folder" .
mkdir "$folder/project"
printf '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nfilterwarnings = ["error"]\n' > "$folder/project/pyproject.toml"
printf 'def test_mine(exports_reference):\n    assert exports_reference.api_endpoint\n' > "$folder/project/test_mine.py"
for python in 3.11 3.12 3.13; do
  for pytest in '8.4.*' '9.*'; do
    if ! uv venv --quiet --clear --python "$python" "$folder/venv" 2>/dev/null; then
      echo "Python $python, pytest $pytest: left out, the interpreter is not to be had"
      continue
    fi
    uv pip install --quiet --python "$folder/venv" "$folder"/*.whl "pytest==$pytest"
    (
      cd "$folder/project"
      "$folder/venv/bin/exports-conformance" -q --profile smoke --report-dir "$folder/report" >/dev/null
      "$folder/venv/bin/pytest" -q . --pyargs exports_conformance.suites --report-dir "$folder/report" >/dev/null
    )
    echo "Python $python, pytest $pytest: conforms"
  done
done
