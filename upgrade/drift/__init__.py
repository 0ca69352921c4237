"""Drift: where a document that the vendor publishes differs from our contract, or from another such document.

- `description`: what a document says of the exports resource, in one form for every kind of document;
- `loading`: a document and the files it refers to, read within bounds;
- `schemas`, `openapi_document`, `resources_document`, `saved_page`: one reader for each kind; `reading` chooses it;
- `table`: what is compared, and what a difference means for callers;
- `drifting`: the comparison;
- `known_schema`: our contract as it stands at a schema version of the vendor;
- `accepted`: accepted drifts, each with an owner and an expiry date;
- `edition_draft`: the TOML of a new edition, for a person to complete.
"""
