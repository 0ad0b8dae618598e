"""Inline keyboards on the pretended Telegram: what the server takes, and the buttons as tests read them."""

from typing import NamedTuple

from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.links import checked_link, mentioned_user
from adapters.sandbox.telegram.params import Params

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
LONGEST_DATA = 64
LONGEST_COPY = 256
STYLES = ("danger", "success", "primary")
_PARSE = "can't parse inline keyboard button: "
_OTHERS = ("web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "callback_game", "pay")


class Button(NamedTuple):
    """One button: what stands on it, and what a press sends (``data``) or opens (``url``)."""

    text: str
    data: str = ""
    url: str = ""


def buttons(markup: Json | None) -> list[Button]:
    """List the buttons of a keyboard, row after row."""
    found = (markup or {}).get("inline_keyboard")
    rows = found if isinstance(found, list) else []
    return [Button(each["text"], each.get("callback_data", ""), each.get("url", "")) for row in rows for each in row]


def read_keyboard(params: Params, *, only_inline: bool = False) -> Json | None:
    """Return the inline keyboard of a request as it is kept, None if there is none; other keyboards stay nowhere."""
    markup = params.mapping("reply_markup", "reply markup", "reply keyboard markup")
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        if only_inline and markup:
            raise bad("inline keyboard expected")
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad('field "inline_keyboard" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" must be an Array of Arrays')
    kept = [[_button(item) for item in row] for row in rows if row]
    if max((len(row) for row in kept), default=0) > MOST_IN_A_ROW or sum(map(len, kept)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _button(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad(f"{_PARSE}InlineKeyboardButton must be an Object")
    if "text" not in item:
        raise bad(f'{_PARSE}Can\'t find field "text"')
    text = item["text"]
    if not isinstance(text, str):
        raise bad(f'{_PARSE}Field "text" must be of type String')
    if not text.strip():
        raise bad("BUTTON_TEXT_INVALID")
    shown: Json = {"text": text, **_action(item)}
    style = item.get("style")
    if style:
        if style not in STYLES:
            raise bad(f"{_PARSE}invalid button style specified")
        shown["style"] = style
    return shown


def _action(item: Json) -> Json:
    """The one thing that a press does."""
    given = [name for name in ("url", "callback_data", "copy_text", *_OTHERS) if item.get(name)]
    if not given:
        raise bad(f"{_PARSE}Text buttons are unallowed in the inline keyboard")
    (name, *more), value = given, item[given[0]]
    if more or name in _OTHERS:
        raise bad("BUTTON_TYPE_INVALID")
    if name == "url":
        return {"url": _url(str(value))}
    if name == "callback_data":
        if len(str(value).encode()) > LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
        return {"callback_data": str(value)}
    copied = value.get("text") if isinstance(value, dict) else None
    if not isinstance(copied, str) or not 1 <= len(copied) <= LONGEST_COPY:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    return {"copy_text": {"text": copied}}


def _url(url: str) -> str:
    if mentioned_user(url) is not None:
        return url
    try:
        return checked_link(url)
    except ValueError as reason:
        raise bad(f"inline keyboard button URL '{url}' is invalid: {reason}") from None
