"""A plain Python function as a tool that a model can use.

pydantic makes the schema from the type hints and the docstring. A parameter of type `User` is
filled in with the user of the run: the model neither sees it nor sets it.
"""

import asyncio
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_type_hints

from pydantic import Field, create_model
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticUndefined, to_json

from memkit.errors import InvalidInput, MemkitError
from memkit.models.tools import Tool
from memkit.store.tables import storable
from memkit.store.user import User
from memkit.validation import require, safe_repr

MAX_RESULT = 20_000  # characters of a result that a model is shown: about 5,000 tokens
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what endpoints take for the name of a tool
SECTION = re.compile(r"^\w+\n-{3,}\n", re.MULTILINE)  # of a docstring in numpydoc's form
RESERVED = {"update_user_memory"}  # the kit's own, with enable_agentic_memory
UNSET: Any = PydanticUndefined
BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ToolFailed(MemkitError):
    """A function raised an error: the model is told of it, and the run keeps it."""


class Arguments(Tool):
    """The arguments that a model passes to a function; the tool has the name of the function."""

    @classmethod
    def name(cls) -> str:
        """The name of the function."""
        return cls.__name__


@dataclass(frozen=True)
class FunctionTool:
    """A function, the arguments that a model passes, and the parameters that are the user."""

    function: Callable[..., Any]
    arguments: type[Arguments]
    user_parameters: tuple[str, ...]

    async def call(self, user: User, arguments: Arguments) -> str:
        """Call the function for a user, in a thread unless it is async; the result as text."""
        fields = type(arguments).model_fields
        values = {str(field.alias): getattr(arguments, name) for name, field in fields.items()}
        values |= dict.fromkeys(self.user_parameters, user)
        try:
            if inspect.iscoroutinefunction(self.function):
                return _as_text(await self.function(**values))
            return _as_text(await asyncio.to_thread(self.function, **values))
        except Exception as error:  # whatever it is, the model is told and may do without
            reason = f"{arguments.name()} failed: {type(error).__name__}: {error}"
            raise ToolFailed(reason) from error


@lru_cache(maxsize=256)
def function_tool(function: Callable[..., Any]) -> FunctionTool:
    """Make a tool of a function; `InvalidInput` says what it lacks."""
    name = function.__name__
    if not NAME.fullmatch(name):
        raise InvalidInput(f"a tool needs a name, found {safe_repr(function)}; write it with def")
    if not (doc := inspect.getdoc(function)):
        raise InvalidInput(f"{name} needs a docstring: by it the model decides when to use it")
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidInput(f"the type hints of {name} cannot be read: {error}") from error
    fields: dict[str, Any] = {}
    users = []
    for parameter in inspect.signature(function).parameters.values():
        hint = _checked(name, parameter, hints)
        if hint is User:
            users.append(parameter.name)
        else:
            default = UNSET if parameter.default is parameter.empty else parameter.default
            about = Field(default, alias=parameter.name)
            # Under a name of its own, as a field cannot be called "json" or "_x"; a parameter can.
            fields[f"argument_{len(fields)}"] = (hint, about)
    try:
        about_it = SECTION.split(doc)[0].strip()
        arguments = create_model(name, __base__=Arguments, __doc__=about_it, **fields)
        arguments.schema_for_model()
    except PydanticUserError as error:
        reason = str(error).splitlines()[0]
        raise InvalidInput(f"{name} takes what no model can pass: {reason}") from error
    return FunctionTool(function, arguments, tuple(users))


def check_tools(name: str, value: Sequence[Callable[..., Any]]) -> tuple[Callable[..., Any], ...]:
    """`value`, if it is a list of functions that can be tools, each with a name of its own."""
    if not isinstance(value, list | tuple):
        write = f"; write {name}=[{value.__name__}]" if inspect.isroutine(value) else ""
        raise InvalidInput(f"{name} is a list of functions, found {safe_repr(value)}{write}")
    for number, function in enumerate(value):
        require(inspect.isroutine(function), f"{name}[{number}]", "a function", function)
    names = [function_tool(function).arguments.name() for function in value]
    for tool in names:
        if names.count(tool) > 1 or tool in RESERVED:
            raise InvalidInput(f"there are two tools with the name {tool!r}; rename one")
    return tuple(value)


def _checked(name: str, parameter: inspect.Parameter, hints: dict[str, Any]) -> Any:
    """The type of a parameter, if a model or the run can pass it."""
    if parameter.kind not in BY_NAME:
        raise InvalidInput(f"{name} takes {parameter}, but a model passes arguments by name")
    wanted = parameter.name
    if wanted not in hints:
        raise InvalidInput(
            f"{name} has no type hint for {wanted}; write, for instance, {wanted}: str"
        )
    if wanted in ("user", "user_id") and hints[wanted] is not User:
        why = f"asks the model for {wanted}, but whose data it reads is for the run to say"
        raise InvalidInput(f"{name} {why}; write user: User")
    return hints[wanted]


def _as_text(result: Any) -> str:
    """A result for the model: text as it is, everything else as JSON; what is too long is cut."""
    text = result if isinstance(result, str) else to_json(result, fallback=str).decode()
    if len(text) > MAX_RESULT:
        text = f"{text[:MAX_RESULT]}... (cut: the result has {len(text):,} characters)"
    return storable(text)
