"""The site about a result: static HTML pages in one folder, which work from any web server and from `file:`.

- `contract_page`: `index.html`, the verdict and every requirement with what was seen of it
- `explorer`: `explorer.html`, what can be exported, and a builder of request bodies
- `error_finder`: `errors.html`, error codes, their causes and fixes
- `recipe_book`: `recipes.html`, the tested example programs in `recipes/`
- `templating`: the Jinja environment that escapes and bounds every value; `templates/` holds pages, styles, scripts
- `text_difference`: the difference between an expected and an actual text
"""
