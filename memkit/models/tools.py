"""Tools: what a model may ask to be done, described by the class of its arguments.

A class like `AddMemory` becomes the tool `add_memory`: its docstring and fields are the description
that the model reads, and what the model passes is checked against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from memkit.errors import InvalidInput
from memkit.records import JsonObject


class Tool(BaseModel):
    """What all tool arguments have in common: a name too many, such as a `user_id`, is an error.

    So is a value of another type: `true` is no memory id.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @classmethod
    def name(cls) -> str:
        """`AddMemory` -> `add_memory`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def schema_for_model(cls) -> JsonObject:
        """The tool as a request describes it."""
        if cls not in _SCHEMAS:
            parameters = _without_titles(cls.model_json_schema())
            description = parameters.pop("description")
            function = {"name": cls.name(), "description": description, "parameters": parameters}
            _SCHEMAS[cls] = {"type": "function", "function": function}
        return _SCHEMAS[cls]


_SCHEMAS: dict[type[Tool], JsonObject] = {}


def parse_arguments(tool_call: JsonObject, tools: Sequence[type[Tool]]) -> Any:
    """The checked arguments of a model's tool call, as one of the classes in `tools`.

    Raises `InvalidInput`, with words that help the model to do better, for an unknown tool and for
    arguments that do not fit.
    """
    function = tool_call["function"]
    known = {each.name(): each for each in tools}
    if function["name"] not in known:
        raise InvalidInput(f"there is no tool {function['name']!r}; there are: {', '.join(known)}")
    try:
        return known[function["name"]].model_validate_json(function["arguments"] or "{}")
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))} {each['msg']}" for each in error.errors()]
        raise InvalidInput(f"malformed arguments: {'; '.join(problems)}") from error


def _without_titles(schema: JsonObject) -> JsonObject:
    """A JSON schema without the titles that pydantic derives from the names."""
    return {
        key: _without_titles(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if key != "title" or isinstance(value, dict)  # an argument may be called "title"
    }
