"""Register the bridge's commands with Discord as application commands, only when they changed."""

from collections.abc import Mapping
from typing import Any, cast

import discord
from discord.http import Route

from bridge import TABLE, Command, sentences, translated

Payload = dict[str, Any]
"""A JSON object; Discord's developer documentation, Application Commands, names its fields and the numbers below."""

CHAT_INPUT, MESSAGE_MENU, STRING = 1, 3, 3
"""Two types of command (a slash command, the menu of a message), and one type of option."""

EVERYWHERE: Mapping[str, Any] = {
    "contexts": [0, 1, 2],  # servers, the bot's direct messages, conversations without the bot
    "integration_types": [0, 1],  # installed by a server, by a user
}

OPTION_NAMES: Mapping[str, str] = {
    "ask": "question",
    "system": "instruction",
    "model": "model",
    "think": "switch",
    "search": "switch",
    "move": "code",
}
"""Names the only option of a command in Discord; commands that are not here have none."""

MAX_DESCRIPTION_LENGTH = 100
"""Characters in the description of a command or an option."""


def definitions() -> list[Payload]:
    """Return every command of bridge.TABLE, and the menu of a message, as Discord takes them."""
    menu: Payload = {"type": MESSAGE_MENU, "name": sentences.ASK_QWEN, **EVERYWHERE}
    if names := _translations(sentences.ASK_QWEN):
        menu["name_localizations"] = names
    return [*map(_definition, TABLE), menu]


async def register(client: discord.Client) -> bool:
    """Write the commands where Discord lists others, and return whether that was so. Raises what the library raises."""
    known_route = Route("GET", "/applications/{application_id}/commands", application_id=client.application_id)
    known = await client.http.request(known_route, params={"with_localizations": "true"})
    wanted = definitions()
    if _contains(sorted(known, key=_key), sorted(wanted, key=_key)):
        return False
    await client.http.bulk_upsert_global_commands(cast("int", client.application_id), wanted)
    return True


def _definition(command: Command) -> Payload:
    payload: Payload = {"type": CHAT_INPUT, "name": command.name, **_described(command.help), **EVERYWHERE}
    if name := OPTION_NAMES.get(command.name):
        payload["options"] = [_option(command, name)]
    return payload


def _option(command: Command, name: str) -> Payload:
    option: Payload = {"type": STRING, "name": name, **_described(sentences.FOLLOWS[command.name])}
    if command.name == "ask":
        option["required"] = True
    if command.takes == "model":
        option["autocomplete"] = True
    if command.takes == "switch":
        option["choices"] = [_choice("on", sentences.ON), _choice("off", sentences.OFF)]
    return option


def _choice(value: str, sentence: str) -> Payload:
    names = _translations(sentence)
    return {"name": sentence, "value": value} | ({"name_localizations": names} if names else {})


def _described(sentence: str) -> Payload:
    texts = _translations(sentence)
    described: Payload = {"description": sentence[:MAX_DESCRIPTION_LENGTH]}
    return described | ({"description_localizations": texts} if texts else {})


def _translations(sentence: str) -> dict[str, str]:
    """Return the sentence in each of Discord's languages that has a translation, by locale."""
    texts = {locale.value: translated(sentence, locale.value)[:MAX_DESCRIPTION_LENGTH] for locale in discord.Locale}
    return {locale: text for locale, text in texts.items() if text != sentence}


def _contains(known: Any, wanted: Any) -> bool:
    """Tell whether `known` has all that is in `wanted`; Discord adds ids, versions and defaults."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_contains(known.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        same = isinstance(known, list) and len(known) == len(wanted)
        return same and all(_contains(*pair) for pair in zip(known, wanted, strict=True))
    return bool(known == wanted)


def _key(command: Payload) -> tuple[str, str]:
    return str(command.get("type")), str(command.get("name"))
