"""Drift: where a document that the vendor publishes differs from our contract, or from another such document.

- `description`: what a document says of the exports resource, in one form for every kind of document, and the table
  of what is compared and what a difference means for callers;
- `loading`: a document and the files it refers to, read within bounds;
- `documents`: chooses the reader for a kind of document, and reads `resources.json` and the saved page;
- `openapi_document`: reads OpenAPI;
- `drifting`: the comparison, and accepted drifts, each with an owner and an expiry date;
- `known_schema`: our contract as it stands at a schema version of the vendor, and the draft of a new edition.
"""
