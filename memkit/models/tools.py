"""Tools: what a model may ask to be done, described by the class of its arguments.

A class like `AddMemory` becomes the tool `add_memory`: its docstring and fields are the description
that the model reads, and what the model passes is checked against it.
"""

import re
from collections.abc import Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from memkit.errors import InvalidInput
from memkit.models.wire import from_json
from memkit.records import JsonObject

NOTHING = ("", "null", "none", "n/a")  # in lower case


class Tool(BaseModel):
    """What all tool arguments have in common: a name too many, such as a `user_id`, is an error.

    A number or a list that a model wrote as text is taken for what it says, and what may be left
    out is left out where it says nothing. But `true` is no memory id.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, arguments: Any) -> Any:
        if not isinstance(arguments, dict):
            return arguments
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        return {
            name: as_meant(value, fields[name]) if name in fields else value
            for name, value in arguments.items()
            if not (value is None and _may_be_left_out(fields.get(name)))
        }

    @classmethod
    def name(cls) -> str:
        """`AddMemory` -> `add_memory`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    @cache
    def schema_for_model(cls) -> JsonObject:
        """The tool as a request describes it."""
        parameters = _without_titles(cls.model_json_schema())
        description = parameters.pop("description")
        function = {"name": cls.name(), "description": description, "parameters": parameters}
        return {"type": "function", "function": function}


def as_meant(value: Any, field: FieldInfo) -> Any:
    """An argument as the type that is wanted, where pydantic would not see what a model means."""
    union = get_origin(field.annotation) in (Union, UnionType)
    kinds = get_args(field.annotation) if union else [field.annotation]
    lists = [kind for kind in kinds if get_origin(kind) is list]
    if type(None) in kinds and not field.is_required() and says_nothing(value):
        return None
    if lists and isinstance(value, str):
        value = from_json(value)
        if not isinstance(value, list) and not field.is_required():
            value = [value]  # a word where a list of words may stand
    if lists and isinstance(value, list):
        kinds = get_args(lists[0])
        items = [item for item in value if item is not None or kinds != (str,)]
        return [_true_as_text(item, kinds) for item in items]
    return _true_as_text(value, kinds)


def _true_as_text(value: Any, kinds: Sequence[Any]) -> Any:
    """`value`; but true and false as words where a number is wanted, or they would be 1 and 0."""
    wants_number = int in kinds or float in kinds
    return str(value) if wants_number and isinstance(value, bool) else value


def says_nothing(value: Any) -> bool:
    """Whether a value is null, or what models write for it."""
    return value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def _may_be_left_out(field: FieldInfo | None) -> bool:
    """Whether null can only mean that an argument is left out, or that there is none."""
    if field is None:
        return True
    return not field.is_required() and type(None) not in get_args(field.annotation)


def parse_arguments(tool_call: JsonObject, tools: Sequence[type[Tool]]) -> Any:
    """The checked arguments of a model's tool call, as one of the classes in `tools`.

    Raises `InvalidInput`, with words that help the model to do better, for an unknown tool and for
    arguments that do not fit.
    """
    function = tool_call["function"]
    known = {tool.name(): tool for tool in tools}
    if function["name"] not in known:
        raise InvalidInput(f"there is no tool {function['name']!r}; there are: {', '.join(known)}")
    try:
        given = function["arguments"].strip() or "{}"
        inside = from_json(given)  # some write their JSON as a JSON string
        if inside in (None, "", []):  # as others write that there are no arguments
            inside = "{}"
        return known[function["name"]].model_validate_json(
            inside if isinstance(inside, str) else given
        )
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, problem['loc']))} {problem['msg']}" for problem in error.errors()
        ]
        raise InvalidInput(f"malformed arguments: {'; '.join(problems)}") from error


def _without_titles(schema: JsonObject) -> JsonObject:
    """A JSON schema without the titles that pydantic derives from the names."""
    return {
        key: _without_titles(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if key != "title" or isinstance(value, dict)  # an argument may be called "title"
    }
