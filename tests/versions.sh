#!/usr/bin/env bash
# Runs the installed wheel, alone and within another project's pytest, with each pytest and Python that it supports; with
# the oldest and the newest of them, every command of README and docs too.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! command -v uv >/dev/null; then
  python3 -m venv "$folder/uv"
  "$folder/uv/bin/pip" install --quiet --disable-pip-version-check uv
  PATH="$folder/uv/bin:$PATH"
fi
if command -v pyenv >/dev/null; then # its interpreters are found only where they are named
  PYENV_VERSION=$(pyenv versions --bare | tac | paste -sd:)
  export PYENV_VERSION
fi
uv build --quiet --out-dir "$folder" . # the wheel from the sdist, as a release has it
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
    case "$python $pytest" in "3.11 8"* | "3.13 9"*) "$folder/venv/bin/python" tests/documented.py "$folder/venv/bin" ;; esac
    echo "Python $python, pytest $pytest: conforms"
  done
done
(cd "$folder/project" && uvx --quiet --from "$folder"/*.whl exports-conformance -q --profile smoke >/dev/null)
echo "uvx, from the wheel: runs without being installed"
