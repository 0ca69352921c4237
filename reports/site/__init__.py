"""The site about a result: static HTML pages in one folder, which work from any web server and from `file:`.

- `result_page`: `index.html`, the verdict on one screen, with a card for each fault and the pictures of `pictures`
- `fault_pages`: `faults/NAME.html`, everything about a fault
- `evidence_page`: `evidence.html`, what the run found about each requirement; `proof.html`, the servers that show what
  the suite finds
- `contract_page`: `contract.html`, the documentation, in the order of `sections`
- `explorer_page`: `explorer.html`, what can be exported, and a builder of request bodies
- `guide_pages`: `errors.html`, error codes, their causes and fixes; `recipes.html`, the programs in `recipes/`
- `comparison_page`: `upgrade.html`, two runs compared, and the matrix of several
- `site_data`: `search.js` and `examples.js`, which the pages load when needed
- `templating`: the Jinja environment that escapes and bounds every value, and the difference between two texts;
  `templates/` holds pages, styles, scripts
"""
