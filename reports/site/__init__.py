"""The site about a result: static HTML pages in one folder, which work from any web server and from `file:`.

- `contract_page`: `index.html`, the verdict and every requirement with what was seen of it
- `reference_pages`: `explorer.html`, what can be exported, and a builder of request bodies; `errors.html`, error codes,
  their causes and fixes; `recipes.html`, the tested example programs in `recipes/`
- `templating`: the Jinja environment that escapes and bounds every value, and the difference between two texts;
  `templates/` holds pages, styles, scripts
"""
