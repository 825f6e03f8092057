"""Wings: groups whose commands are imported when they are called, so that help waits for no library."""

import gc
import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click


class Room(NamedTuple):
    """Where a command is, as `module:name`, and what it does."""

    place: str
    summary: str


class Wing(click.Group):
    """A group that knows where its commands are and what they do, and imports the one that is called."""

    def __init__(self, *given: Any, rooms: Mapping[str, Room], **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.rooms = rooms

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the commands in the order in which the wing names them."""
        return list(self.rooms)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, imported now."""
        if name not in self.rooms:
            return None
        module, _, attribute = self.rooms[name].place.partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        gc.freeze()  # what was imported stays: it need not be looked at again and again
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, without importing it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, room.summary) for name, room in self.rooms.items()])
