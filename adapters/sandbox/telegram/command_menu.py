"""The commands that a bot offers on the pretended Bot API, per scope and language."""

import json
import re
from collections.abc import Mapping

from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.model import Chat
from adapters.sandbox.telegram.params import Params

SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")

Key = tuple[str, str]
"""A scope (``default``, ``all_group_chats``, ..., ``chat:-100123``) and a language ("" for all)."""


class CommandMenu:
    """The commands as they were set."""

    def __init__(self, chats: Mapping[int, Chat]) -> None:
        self._chats = chats
        self.commands: dict[Key, list[Json]] = {}

    def set_commands(self, params: Params) -> bool:
        """Serve setMyCommands."""
        items = params.array("commands", "BotCommand")
        if items is None:
            raise bad("can't parse commands JSON object")
        if len(items) > 100:
            raise bad("too many bot commands specified")
        commands = [_command(item) for item in items]
        self.commands[self._key(params)] = commands
        return True

    def get_commands(self, params: Params) -> list[Json]:
        """Serve getMyCommands: exactly what was set for that scope and language."""
        return self.commands.get(self._key(params), [])

    def _key(self, params: Params) -> Key:
        try:
            scope = json.loads(params.text("scope") or '{"type": "default"}')
        except ValueError:
            raise bad("can't parse BotCommandScope JSON object") from None
        kind = scope.get("type") if isinstance(scope, dict) else None
        if kind in SCOPES:
            return kind, _language(params)
        if kind not in CHAT_SCOPES:
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        member = f":{_member(scope)}" if kind == "chat_member" else ""
        return f"{kind}:{self._chat(scope, kind).id}{member}", _language(params)

    def _chat(self, scope: Json, kind: str) -> Chat:
        named = str(scope.get("chat_id") or "")
        if not named:
            raise bad("chat_id is empty")
        chat = next((each for each in self._chats.values() if named in (str(each.id), f"@{each.username}")), None)
        if chat is None or not chat.started or chat.kind == "channel":
            raise bad("chat not found")
        if chat.private and kind != "chat":
            raise bad("can't use specified scope in private chats")
        return chat


def _command(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad("can't parse BotCommand: expected an Object")
    command, description = item.get("command"), item.get("description")
    if not isinstance(command, str) or not isinstance(description, str):
        raise bad("can't parse BotCommand: Can't find field")
    command = command.removeprefix("/")
    if not command.strip() or not description.strip():
        raise bad(f"command{'' if not command.strip() else ' description'} must not be empty")
    if len(command) > 32 or len(description) > 256:
        raise bad(f"command{' description' if len(command) <= 32 else ''} length must not exceed the limit")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def _language(params: Params) -> str:
    language = params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


def _member(scope: Json) -> int:
    user = scope.get("user_id")
    if not isinstance(user, int) or user <= 0:
        raise bad("invalid user_id specified")
    return user
