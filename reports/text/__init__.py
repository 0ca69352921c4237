"""Reports as text.

- `terminal`: a failure, and the end of a run
- `github`: the step summary, annotations, and the comment on a pull request
- `junit`: JUnit XML, a test case for each requirement
- `ticket`: a violation as the vendor's support needs it
- `markdown`: Markdown in which text from a server stays text
"""

from exports_conformance.reports.text.github import annotations, pull_request_comment, step_summary
from exports_conformance.reports.text.junit import junit_xml
from exports_conformance.reports.text.terminal import failure, run_summary
from exports_conformance.reports.text.ticket import NoTicketError, support_ticket

__all__ = [
    "NoTicketError",
    "annotations",
    "failure",
    "junit_xml",
    "pull_request_comment",
    "run_summary",
    "step_summary",
    "support_ticket",
]
