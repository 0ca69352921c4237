"""One request, what was expected of it, and its response: plain types without HTTP libraries and without rules.

- `model`: the exchange, its request, expectation and response, in full or as an outline
- `strict_json`: JSON read strictly and compared; the members of JSON:API documents of any shape
- `exports`: the export that an exchange shows: its edition, its states, its file, the classes of its arguments
- `reasons`: environment errors, and the documented reasons for refusing a valid creation
- `tags`: the text by which our exports are found; the identity of a request apart from it
- `untrusted`: text and folders that anybody may have written, read within bounds and made harmless
"""
