"""One request, what was expected of it, and its response: plain types, strict JSON, tags, environment errors."""
