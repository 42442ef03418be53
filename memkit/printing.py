"""A run in the terminal: the message and the reply, in panels or as the reply comes."""

from collections.abc import Awaitable, Callable
from functools import partial

from memkit.records import RunResult
from memkit.validation import check_message, check_switch


async def print_run(
    run: Callable[..., Awaitable[RunResult]], message: str, who: str, model_id: str, stream: bool
) -> None:
    """Do a run, and print the message and the reply; with `stream`, each piece as it comes."""
    message, stream = check_message(message), check_switch("stream", stream)
    if stream:
        _print_panel(message, who)
        result = await run(on_text=partial(print, end="", flush=True))
        print()
        if result.error:
            _print_panel(result.error, model_id)
        return
    result = await run()  # printed at the end, so that runs at once do not mix their panels
    _print_panel(message, who)
    _print_panel("\n".join(filter(None, [result.content, result.error])), model_id)


def _print_panel(text: str, title: str) -> None:
    from rich import print as print_rich
    from rich.panel import Panel
    from rich.text import Text

    print_rich(Panel(Text(text), title=Text(title), title_align="left"))
