"""Reports as text.

- `terminal`: a failure, and the end of a run
- `markdown`: GitHub's step summary, annotations and comment on a pull request; a ticket for the vendor's support
- `junit`: JUnit XML, a test case for each requirement
- `upgrade`: a comparison of two runs, and the drift of documents
"""

from exports_conformance.reports.text.junit import junit_xml
from exports_conformance.reports.text.markdown import (
    NoTicketError,
    annotations,
    pull_request_comment,
    step_summary,
    support_ticket,
)
from exports_conformance.reports.text.terminal import failure, run_summary

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
