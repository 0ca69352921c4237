"""The contract: what the documentation promises, as data, and the readers of that data.

- `requirements`: each promise with its sentence, source and weight, from `requirements.toml`; the shapes that they name
- `edition`: the periods of the documentation, from `editions/`, and what each one changes
- `resources`: the types that can be exported, their fields and predicates, from `resources.json`
- `openapi`: our transcription of the API, `openapi.yaml`, and the documented example
- `error_codes`: the published codes with their statuses, causes and fixes, from `error_guide.toml`
- `open_questions`: what the documentation leaves open, and values that change by themselves, from `volatile.toml`
- `tables`: reads a TOML file, and its tables as checked dataclasses
"""
