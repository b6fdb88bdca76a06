"""What a model is sent and how it must answer: tagged data, ids from closed lists, strict JSON schemas.

The draft goes only into the user message, escaped, between tags; the instructions come first and never change, so an
endpoint can keep them cached and a passage cannot close its tag.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pydantic import BaseModel, ConfigDict

from reviewer.types import Case, Passage, Stakeholder, Value

# Keywords that the strict mode of the OpenAI API does not take.
_DROPPED = ("title", "default", "format")


class Answered(Value):
    """The base of what a model answers: the docstring under a field is its description in the schema, so that a model reads the same
    words as a developer. (pydantic reads the source for that, which takes 2 ms a class.)
    """

    model_config = ConfigDict(use_attribute_docstrings=True)


def person_ids(case: Case) -> dict[str, str]:
    """Id ("p1", "p2", ...) to address."""
    return {f"p{n}": person.address for n, person in enumerate(case.draft.stakeholders, 1)}


def tag(name: str, content: str, **attributes: str) -> str:
    """One element; content and attributes are escaped."""
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"<{name}{written}>{escape(content)}</{name}>"


def block(name: str, elements: Iterable[str], **attributes: str) -> str:
    """An element around others, which are escaped already."""
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return "\n".join([f"<{name}{written}>", *elements, f"</{name}>"])


def people_block(case: Case) -> str:
    """The people as the model reads them: ids, names, sides, roles, notes; never their addresses."""
    return block("people", (_person(key, case.person(address)) for key, address in person_ids(case).items()))


def _person(key: str, person: Stakeholder) -> str:
    return tag(
        "person",
        person.name,
        id=key,
        side=person.side,
        roles=" ".join(person.roles),
        organisation=person.organisation,
        recipient=person.recipient,
        note=person.note,
    )


def plain_elements(passages: Sequence[Passage]) -> list[str]:
    """The passages with their ids and the numbers of their paragraphs."""
    return [tag("passage", p.text, id=p.id, paragraph=str(p.paragraph)) for p in passages]


@lru_cache(maxsize=16)
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    # It takes milliseconds to make, and never changes.
    return answer.model_json_schema()


def strict(answer: type[BaseModel], closed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """An answer's JSON schema as strict mode takes it: every property required, nothing else allowed, references inlined.

    `closed` gives, for a property's name, the only values it may have ("id": ["s1", "s2"]).
    """
    schema = _schema(answer)
    definitions = schema.get("$defs", {})

    def walk(node: Any, name: str = "") -> Any:  # noqa: ANN401 - a JSON value
        if not isinstance(node, Mapping):
            return node
        if "$ref" in node:
            resolved = dict(definitions[node["$ref"].rsplit("/", 1)[1]])
            resolved.update({k: v for k, v in node.items() if k == "description"})
            return walk(resolved, name)
        result: dict[str, Any] = {k: v for k, v in node.items() if k not in (*_DROPPED, "$defs", "properties", "items")}
        if "properties" in node:
            result["properties"] = {key: walk(value, key) for key, value in node["properties"].items()}
            result["required"] = list(node["properties"])
            result["additionalProperties"] = False
        if "items" in node:
            result["items"] = walk(node["items"], name)
        elif name in closed and result.get("type") == "string":
            result["enum"] = list(closed[name])
        return result

    inlined: dict[str, Any] = walk(schema)
    return inlined
