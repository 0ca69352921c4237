"""Strategies: what the suites send. Nothing here sends it.

`bodies` are creation bodies over the documented domain, with their selections (includes, fields, filters) and texts;
`covering` combines their classes in few requests, and `halves` select known parts of the records. `flaws` break an
accepted body in one place (`flaw` says what a flaw is), `requests` break the rest of a request; `derived` requests come
from the OpenAPI document. `profiles` say how much is sent.
"""
