"""Minimal bodies: the smallest creation body that has some argument classes, made from a larger one."""

import json
from collections.abc import Collection, Mapping

from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.results.argument_classes import ArgumentClass, body_classes

_CARRIERS = ("reference", "reference_origin")


def minimal_attributes(
    wanted: Collection[ArgumentClass], sent: Mapping[str, Json], *, kept: Collection[str] = ()
) -> dict[str, Json] | None:
    """Return the attributes of a body with the `wanted` classes, from the attributes that were `sent`.

    It has the resource type, the `kept` attributes and the arguments that the classes are about; texts are short
    samples of their classes. The placeholder of the tag is in a text that no class is about. Return None if no such
    body has all classes.
    """
    about = {each.argument for each in wanted} | set(kept)
    made: dict[str, Json] = {"resource_type": sent.get("resource_type")}
    for name in sorted(sent.keys() & about):
        classes = sorted(each for each in wanted if each.argument == name)
        replaceable = classes and all(each.sample is not None for each in classes)
        made[name] = _sampled(name, classes) if replaceable else sent[name]
    if PLACEHOLDER not in json.dumps(made, ensure_ascii=False):
        free = next((name for name in _CARRIERS if name not in about), None)
        if free:
            made[free] = PLACEHOLDER
        elif "metadata" not in about:
            made["metadata"] = {"tag": PLACEHOLDER}
    return made if set(wanted) <= body_classes(made) else None


def _sampled(name: str, classes: Collection[ArgumentClass]) -> Json:
    samples = [each.sample or "" for each in classes]
    texts = sorted(samples, key=lambda sample: sample.endswith(" "))  # a space at the end has to stay there
    if name != "metadata":
        return (PLACEHOLDER if name == "reference" else "") + "".join(texts)
    members: list[Json] = [
        json.loads(sample) if each.text.startswith("`metadata` has") else sample
        for each, sample in zip(classes, samples, strict=True)
    ]
    return {f"member_{number}": member for number, member in enumerate(members)}
