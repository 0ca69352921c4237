"""Read a published document of any kind: OpenAPI, `resources.json`, or the saved page."""

from pathlib import Path

from exports_conformance.upgrade.drift.description import Description
from exports_conformance.upgrade.drift.loading import DocumentSource, parse, read_text
from exports_conformance.upgrade.drift.openapi_document import describe_openapi
from exports_conformance.upgrade.drift.resources_document import describe_resources, is_resources
from exports_conformance.upgrade.drift.saved_page import describe_page


def describe(file: Path) -> Description:
    """Return what a published document says of exports.

    Raises:
        OSError: the file cannot be read.
        UnreadableDocumentError: it is of no known kind, damaged, too large, or without exports.
    """
    text = read_text(file)
    document = parse(text)
    if is_resources(document):
        return describe_resources(document)
    if isinstance(document, (dict, list)) and (
        "openapi" in document or "swagger" in document or text.lstrip()[0] in "{["
    ):
        return describe_openapi(DocumentSource(file, document))
    return describe_page(text)
