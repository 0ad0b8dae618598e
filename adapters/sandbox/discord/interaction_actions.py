"""Lets people use the bot's commands, menus and buttons on the pretended Discord, as far as Discord does."""

import asyncio
from collections.abc import Mapping, Sequence

from adapters.sandbox.discord.channels import Channel
from adapters.sandbox.discord.command_validation import (
    ATTACHMENT,
    BOOLEAN,
    CHAT_INPUT,
    CHOOSING,
    GROUP,
    MESSAGE_MENU,
    STRING,
    SUBCOMMAND,
    USER,
)
from adapters.sandbox.discord.commands import Commands
from adapters.sandbox.discord.components import usable
from adapters.sandbox.discord.errors import Payload
from adapters.sandbox.discord.files import keep_file
from adapters.sandbox.discord.interactions import COMMAND_USED, TYPING_OPTION, Interaction, Interactions
from adapters.sandbox.discord.message import Message
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.state import State
from adapters.sandbox.discord.users import User

Value = str | int | float | User | tuple[str, bytes]
"""The value that a person gives for an option: a file as its name and content."""

NOTHING: Mapping[str, Value] = {}


class InteractionActions:
    """People use the bot. Whatever Discord's clients would not offer them raises LookupError or ValueError."""

    state: State
    interactions: Interactions
    known_commands: Commands

    def install(self, user: User) -> None:
        """Let a person install the application for themselves, who can then use it everywhere."""
        self.state.installed.add(user.id)

    async def command(
        self, channel: Channel, user: User, name: str, options: Mapping[str, Value] = NOTHING
    ) -> Interaction:
        """Use a slash command as a person, with sub-commands after spaces (``"model set"``). Returns its outcome."""
        found, data, inner, defined = self._command(channel, user, name)
        resolved: Payload = {}
        inner.extend(_given(channel, defined, options, resolved))
        missing = [o["name"] for o in defined if o.get("required") and o["name"] not in options]
        if missing:
            raise ValueError(f"the client asks for {missing} first")
        if resolved:
            data["resolved"] = resolved
        owners = self._owners(channel, user, found)
        return self.interactions.begin(COMMAND_USED, user, channel, data, owners, name=str(found["name"]))

    async def type_option(
        self, channel: Channel, user: User, name: str, option: str, text: str, options: Mapping[str, Value] = NOTHING
    ) -> list[Payload]:
        """Return what the bot offers while a person types an option. Raises TimeoutError if it is late."""
        found, data, inner, defined = self._command(channel, user, name)
        focused = next((one for one in defined if one["name"] == option and one.get("autocomplete")), None)
        if focused is None:
            raise LookupError(f"nothing is offered for {option!r}")
        inner.extend(_given(channel, defined, options, {}))
        inner.append({"name": option, "type": focused["type"], "value": text, "focused": True})
        owners = self._owners(channel, user, found)
        asked = self.interactions.begin(TYPING_OPTION, user, channel, data, owners, name=str(found["name"]))
        async with asyncio.timeout(self.interactions.ack_seconds):
            await asked.answered.wait()
        return asked.choices or []

    async def menu(self, message: Message, user: User, name: str) -> Interaction:
        """Let a person use a command from the context menu of a message, whose text the bot then sees."""
        found = self._usable(message.channel, user, name, MESSAGE_MENU)
        resolved = {"messages": {message.id: message.payload(open_=True)}}
        data = _head(found) | {"target_id": message.id, "resolved": resolved}
        owners = self._owners(message.channel, user, found)
        return self.interactions.begin(COMMAND_USED, user, message.channel, data, owners, name=name)

    async def press(self, message: Message, user: User, button: str) -> Interaction:
        """Press a button, by its custom_id, label or emoji. It must be there, for this person, and enabled."""
        part = self._part(message, user, button)
        data: Payload = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part["id"]}
        return self.interactions.touch(message, user, data)

    def whispers(self, user: User) -> list[Message]:
        """List the ephemeral messages that this person sees, oldest first."""
        return self.interactions.whispers(user)

    def _part(self, message: Message, user: User, wanted: str) -> Payload:
        theirs = not message.ephemeral or message in self.whispers(user)
        if message.deleted or message.author is not self.state.bot or not theirs:
            raise LookupError("this person sees no such message of the bot")
        return usable(message.components, wanted)

    def _command(
        self, channel: Channel, user: User, name: str
    ) -> tuple[Payload, Payload, list[Payload], list[Payload]]:
        """The command, its data, the list in there for the options, and the definitions of these."""
        first, *path = name.split()
        found = self._usable(channel, user, first, CHAT_INPUT)
        inner: list[Payload] = []
        data = _head(found) | {"options": inner}
        defined = _defined(found)
        for step in path:
            branch = next((o for o in defined if o["name"] == step and o["type"] in (SUBCOMMAND, GROUP)), None)
            if branch is None:
                raise LookupError(f"/{name} is not offered")
            deeper: list[Payload] = []
            inner.append({"name": step, "type": branch["type"], "options": deeper})
            inner, defined = deeper, _defined(branch)
        if any(option["type"] in (SUBCOMMAND, GROUP) for option in defined):
            raise LookupError(f"/{name} is only offered with a sub-command")
        return found, data, inner, defined

    def _usable(self, channel: Channel, user: User, name: str, kind: int) -> Payload:
        found = self.known_commands.find(name, kind)
        if found is None or not self._offered(channel, user, found):
            raise LookupError(f"{name!r} is not offered to {user.name} here")
        return found

    def _owners(self, channel: Channel, user: User, command: Payload) -> dict[str, str]:
        types = command["integration_types"]
        return self.interactions.owners(user, channel, tuple(types) if isinstance(types, list) else ())

    def _offered(self, channel: Channel, user: User, command: Payload) -> bool:
        contexts = command["contexts"]
        context = 0 if channel.guild else 1 if channel.bot_is_here else 2
        if isinstance(contexts, list) and context not in contexts:
            return False
        if not self._owners(channel, user, command) or (contexts is None and context == 2):
            return False
        if channel.guild is None:
            return contexts is not None or command.get("dm_permission") is not False
        has, needs = channel.guild.permissions(user), command["default_member_permissions"]
        enough = needs is None or (needs != "0" and int(str(needs)) & ~int(has) == 0)
        return enough and Permission.USE_APPLICATION_COMMANDS in has


def _head(command: Payload) -> Payload:
    return {name: command[name] for name in ("id", "name", "type")}


def _defined(part: Payload) -> list[Payload]:
    options = part.get("options")
    return options if isinstance(options, list) else []


def _given(
    channel: Channel, defined: Sequence[Payload], given: Mapping[str, Value], resolved: Payload
) -> list[Payload]:
    known = {str(option["name"]): option for option in defined}
    found = []
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"there is no option {name!r}")
        kind = known[name]["type"]
        found.append({"name": name, "type": kind, "value": _value(channel, known[name], value, resolved)})
    return found


def _value(channel: Channel, option: Payload, value: Value, resolved: Payload) -> object:
    kind = option["type"]
    if kind == USER and isinstance(value, User):
        _resolve(resolved, "users", value.id, value.payload())
        if channel.guild:
            _resolve(resolved, "members", value.id, channel.guild.join(value).payload() | {"permissions": "0"})
        return value.id
    if kind == ATTACHMENT and isinstance(value, tuple):
        file = keep_file(channel.state, channel.id, *value, folder="ephemeral-attachments")
        _resolve(resolved, "attachments", file.id, file.payload() | {"ephemeral": True})
        return file.id
    types = (bool,) if kind == BOOLEAN else CHOOSING.get(int(str(kind)), ())
    if not isinstance(value, types) or (isinstance(value, bool) and kind != BOOLEAN):
        raise ValueError(f"{option['name']!r} takes another kind of value")
    _check_bounds(option, value)
    return value


def _check_bounds(option: Payload, value: object) -> None:
    choices = option.get("choices")
    if isinstance(choices, list) and choices and value not in [choice["value"] for choice in choices]:
        raise ValueError(f"{value!r} is no choice of {option['name']!r}")
    size, unit = (len(value), "length") if option["type"] == STRING and isinstance(value, str) else (value, "value")
    least, most = option.get(f"min_{unit}"), option.get(f"max_{unit}")
    if isinstance(size, int | float):
        low, high = (bound if isinstance(bound, int | float) else size for bound in (least, most))
        if not low <= size <= high:
            raise ValueError(f"{option['name']!r} is out of its bounds")


def _resolve(resolved: Payload, kind: str, key: str, value: Payload) -> None:
    there = resolved.setdefault(kind, {})
    if isinstance(there, dict):
        there[key] = value
