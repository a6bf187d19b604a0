"""The command line: one parser, commands loaded when asked for, errors as one or two lines."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from .commands import SUMMARIES
from .datasets.errors import DarkbelleError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status: 0 done, 1 the work found something wrong, 2 wrong use."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    try:
        options = _parser(arguments).parse_args(arguments)
        status = int(options.execute(options))
        sys.stdout.flush()
    except DarkbelleError as error:
        return _tell(str(error), error.exit_status, debug)
    except KeyboardInterrupt:
        return _tell("interrupted.", 1, debug)
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # a bug of ours: say so in one line, details with --debug
        text = f"{type(error).__name__}: {error}\nThis is a bug in darkbelle; --debug shows where."
        return _tell(text, 1, debug)
    return status


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="darkbelle", description="Distributed columnar searches for dark sectors at the e+e- B-factories."
    )
    parser.add_argument("--version", action="version", version=f"darkbelle {version('darkbelle')}")
    _add_debug(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    asked = next((each for each in arguments if not each.startswith("-")), None)
    for name, summary in SUMMARIES.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == asked:  # the others are only listed
            _complete(command, name)
    return parser


def _complete(command: argparse.ArgumentParser, name: str) -> None:
    module = import_module(f".commands.{name}", __package__ or "darkbelle")
    module.add_arguments(command)
    command.set_defaults(execute=module.execute)
    for each in _leaves(command):
        _add_debug(each)


def _leaves(command: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    for action in command._actions:  # argparse has no public way to the parsers of its subcommands
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices.values())
    return [command]


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks when something goes wrong"
    )


def _tell(message: str, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"darkbelle: error: {message}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
