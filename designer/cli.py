"""cloud-designer: the window, and the same work without one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from designer import __version__
from designer.cli_terminal import interruptible, say, stop
from designer.errors import NO_MEMORY
from designer.memory import Watch

_BEGAN = time.perf_counter()
_LATER = {
    "simulate": ("designer.cli_simulate", "simulate", "Run a design without a window."),
    "what-if": ("designer.results.what_if", "what_if", "Play a scenario: what fails, what follows, what it costs."),
    "region-loss": (
        "designer.results.region_loss",
        "region_loss",
        "Lose each region; compare with RTO and RPO.",
    ),
    "rehearse": ("designer.results.rehearse", "rehearse_command", "Rehearse a change: is N+1 kept at each step?"),
    "reproduce": ("designer.results.reproduce", "reproduce", "Play a receipt of a run again, and compare."),
    "replay": ("designer.results.replay", "replay", "Play published outages; compare with what happened."),
    "results": ("designer.results.command", "results", "Read the results of a saved run, or write them to files."),
    "import": (
        "designer.cli_import",
        "import_files",
        "Make a design from exports of other programs or CSV.",
    ),
    "diff": ("designer.cli_files", "diff", "Show the differences of two designs."),
    "merge": ("designer.cli_files", "merge_files", "Merge two versions of a design; also for git."),
    "dump": ("designer.cli_files", "dump", "Print a design as sorted text; for git diff."),
    "load": ("designer.cli_files", "load", "Make a design of the text that dump printed."),
    "check": ("designer.cli_check", "check_design", "List the findings of a design."),
    "cost": ("designer.results.cost", "cost", "Show what a design costs a month."),
    "regions": ("designer.results.places", "regions", "Rank regions for users by latency, price and carbon."),
    "latency": ("designer.results.places", "latency", "Say how long users wait for services."),
    "right-size": ("designer.results.sizing", "right_size", "Say after a run which sizes of VMs would do."),
    "rebalance": ("designer.results.sizing", "rebalance", "Say after a run which few moves of VMs help most."),
    "move-estate": ("designer.results.sizing", "move_estate", "Say what an estate becomes and costs at the provider."),
    "fewest-hosts": ("designer.cli_check", "fewest_hosts", "Say how few hosts would do for the VMs of a design."),
    "availability": ("designer.cli_availability", "availability", "Say how many nines the services of a design have."),
    "bad-years": ("designer.results.bad_years", "bad_years", "Draw years; list the worst, play or save one."),
    "sweep": ("designer.results.sweep", "sweep_command", "Vary a design over a grid: nines, downtime and cost."),
    "fail-each": ("designer.cli_check", "fail_each_command", "Fail each element in turn: what does not come back."),
    "headroom": ("designer.cli_check", "headroom_command", "Say how many more VMs fit so that N+1 still holds."),
    "collapse": ("designer.cli_check", "collapse", "Show whether a service recovers from a pause."),
    "picture": ("designer.cli_picture", "picture", "Write a picture of a design: PNG, SVG or PDF."),
    "animate": ("designer.results.animate", "animate", "Write a run as an animated picture: GIF, WebP or PNG."),
    "report": ("designer.results.report", "report", "Write a report of a design: HTML or PDF."),
    "compare": ("designer.results.compare", "compare", "Compare designs or runs, figure by figure."),
    "export": ("designer.cli_picture", "export", "Write a design for other programs: tables, CloudFormation, draw.io."),
    "check-file": ("designer.cli_files", "check_file", "Check project files."),
}
EXIT_NO_DISPLAY = 2
EXIT_NO_MEMORY = 3
EXIT_INTERRUPTED = 130
_HELP = """Draw a cloud and find out whether it holds.

Without a command the window opens, on FILE when one is given.

\b
Exit codes: 0 all is well; 1 the self-test failed; 2 there is no display, or an option is wrong; 3 there is not enough
memory; those of a command stand in its --help.
"""


RESERVE = 2 << 20
"""Bytes that a command holds back, untouched: when memory runs out, with them that is said."""


_UNSAID = "without setting an exception"
"""What Python 3.11 says where it has no memory for a call, nor for the MemoryError about that."""


def _within_memory(work: Callable[..., Any]) -> Callable[..., Any]:
    """What ends a lack of memory in `work` with a sentence."""

    @wraps(work)
    def run(*args: Any, **params: Any) -> Any:
        reserve = bytearray()
        try:
            reserve = bytearray(RESERVE)
            return work(*args, **params)
        except (MemoryError, SystemError) as error:
            if isinstance(error, SystemError) and _UNSAID not in str(error):
                raise
            error.__traceback__ = error.__context__ = None  # with them goes all that the command held
            del reserve
        return stop(NO_MEMORY, EXIT_NO_MEMORY)

    return run


def _watched(work: Callable[..., Any]) -> Callable[..., Any]:
    """What ends `work` by a MemoryError before the last byte is taken."""

    @wraps(work)
    def run(*args: Any, **params: Any) -> Any:
        watch = Watch()
        try:
            return work(*args, **params)
        finally:
            watch.end()

    return run


@cache
def _command(name: str) -> click.Command:
    module, attribute, _ = _LATER[name]
    command: click.Command = getattr(import_module(module), attribute)
    assert command.callback is not None
    command.callback = _within_memory(_watched(command.callback))
    return command


class Commands(click.Group):
    """Commands that are imported when they are called; anything else is a file to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(_LATER)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        return _command(cmd_name) if cmd_name in _LATER else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The names of the commands and what they do, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _LATER.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a lack of memory or an interruption, at whatever moment, ends it with a sentence."""
        try:
            with interruptible(None):
                return _within_memory(super().invoke)(ctx)
        except KeyboardInterrupt:
            return stop("Interrupted.", EXIT_INTERRUPTED)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """A first word that is no command is a file."""
        if args and args[0] not in _LATER:
            ctx.obj = args[0]
            return "window", _window, args[1:]
        return super().resolve_command(ctx, args)


@click.command(hidden=True)
@click.pass_context
def _window(ctx: click.Context) -> None:
    parent = ctx.parent
    assert parent is not None
    open_window(Path(str(parent.obj)), False, bool(parent.params["debug"]))


@click.group(cls=Commands, invoke_without_command=True, help=_HELP)
@click.option("--demo", is_flag=True, help="Open the three-zone web shop.")
@click.option("--debug", is_flag=True, help="Write a detailed log and show the longest pause of the window.")
@click.option("--self-test", "self_test", is_flag=True, help="Check that every part of this installation works.")
@click.version_option(__version__, prog_name="Cloud Designer")
@click.pass_context
def main(ctx: click.Context, demo: bool, debug: bool, self_test: bool) -> None:
    """The window, or a command."""
    if ctx.invoked_subcommand is not None:
        return
    if self_test:
        raise SystemExit(import_module("designer.self_test").run())
    open_window(None, demo, debug)


def open_window(path: Path | None, demo: bool, debug: bool) -> None:
    """Open the window, or say why there is none; the demo then runs without one."""
    stop_at_bad_binding()
    if not has_display():
        if demo:
            say("There is no display; the demo runs without a window.")
            raise SystemExit(import_module("designer.headless_demo").run(Path("out")))
        stop(
            "there is no display to show a window on. Set DISPLAY, or run a design without a window: cloud-designer "
            "simulate FILE",
            EXIT_NO_DISPLAY,
        )
    raise SystemExit(import_module("designer.app").run_window(path, demo, debug, _BEGAN))


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def stop_at_bad_binding() -> None:
    """Stop with a sentence where the installed Qt binding would abort the program."""
    try:
        found = version("PySide6_Essentials")
    except PackageNotFoundError:
        found = ""
    if found.startswith("6.12.0") and sys.version_info < (3, 12):
        stop(
            "PySide6 6.12.0 on Python 3.11 aborts while painting. Install another one: pip install "
            "'PySide6-Essentials!=6.12.0'",
            EXIT_NO_DISPLAY,
        )


if __name__ == "__main__":
    main()
