"""Buttons below the messages of the pretended Discord: what Discord refuses, and what people see of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.sandbox.discord.errors import Payload, bad_length, invalid_form, required, too_long

ROW, BUTTON = 1, 2
LINK, PREMIUM = 5, 6
TOTAL_LIMIT = 40


@dataclass(frozen=True)
class Button:
    """A button as people see it; a link has no ``custom_id``."""

    label: str
    custom_id: str | None
    disabled: bool = False
    emoji: str | None = None
    style: int = 1
    url: str | None = None


def is_emoji(text: str) -> bool:
    """Tell whether a text may be a Unicode emoji."""
    return any(ord(letter) >= 0x203C or letter in "©®" for letter in text)


def parts(components: list[object]) -> Iterator[Payload]:
    """Yield all components, each before those inside it."""
    for component in components:
        if isinstance(component, dict):
            yield component
            inner = component.get("components")
            yield from parts([*(inner if isinstance(inner, list) else []), component.get("accessory")])


def buttons_in(components: list[object]) -> list[Button]:
    """List the buttons among components."""
    return [_button(part) for part in parts(components) if part.get("type") == BUTTON]


def _button(part: Payload) -> Button:
    emoji, custom_id, url = part.get("emoji"), part.get("custom_id"), part.get("url")
    return Button(
        label=str(part.get("label") or ""),
        custom_id=str(custom_id) if custom_id else None,
        disabled=bool(part.get("disabled")),
        emoji=str(emoji.get("name")) if isinstance(emoji, dict) else None,
        style=int(str(part.get("style"))),
        url=str(url) if url else None,
    )


def usable(components: list[object], wanted: str) -> Payload:
    """Return the enabled button with this custom_id, label or emoji. Raises LookupError without one."""
    for part in parts(components):
        emoji = part.get("emoji")
        symbol = emoji.get("name") if isinstance(emoji, dict) else None
        names = (part.get("custom_id"), part.get("label"), symbol)
        if part.get("type") == BUTTON and wanted in names and part.get("custom_id") and not part.get("disabled"):
            return part
    raise LookupError(f"nothing to use here is called {wanted!r}")


def check_components(components: list[object], *, layout: bool) -> list[object]:
    """Return a form's components as Discord keeps them; ``layout``: Components V2, of which only rows are checked."""
    if not layout and len(components) > 5:
        raise bad_length("components", 1, 5)
    checked = [_top(component, f"components.{n}", layout=layout) for n, component in enumerate(components)]
    everything = list(parts(checked))
    if layout and len(everything) > TOTAL_LIMIT:
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "Too many components: at most 40")
    used: set[object] = set()
    for number, part in enumerate(everything, 1):
        part.setdefault("id", number)
        if (custom_id := part.get("custom_id")) in used:
            text = "Component custom id cannot be duplicated"
            raise invalid_form("components", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        used |= {custom_id} if custom_id is not None else set()
    return checked


def _top(component: object, field: str, *, layout: bool) -> object:
    kind = component.get("type") if isinstance(component, dict) else None
    if not isinstance(component, dict) or (kind != ROW and not layout):
        raise invalid_form(field, "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    return _row(component, field) if kind == ROW else dict(component)


def _row(row: Payload, field: str) -> Payload:
    inner = row.get("components")
    if not isinstance(inner, list):
        raise required(f"{field}.components")
    if not 1 <= len(inner) <= 5:
        raise bad_length(f"{field}.components", 1, 5)
    checked = [_inside(part, f"{field}.components.{n}") for n, part in enumerate(inner)]
    return row | {"components": checked}


def _inside(part: object, field: str) -> Payload:
    if not isinstance(part, dict) or part.get("type") != BUTTON:
        raise invalid_form(
            field, "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (2,): the stand-in has no menus.'
        )
    part = {name: value for name, value in part.items() if value is not None}
    _check_button(part, field)
    return part


def _check_button(button: Payload, field: str) -> None:
    style = button.get("style")
    if not isinstance(style, int) or not 1 <= style <= PREMIUM:
        raise invalid_form(f"{field}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    _check_text(button, "label", field, 80, least=0)
    _check_emoji(button, field)
    if style == LINK:
        _check_text(button, "url", field, 512, needed=True)
        if not str(button["url"]).startswith(("http://", "https://", "discord://")):
            text = "Scheme must be one of ('http', 'https', 'discord')."
            raise invalid_form(f"{field}.url", "URL_TYPE_INVALID_SCHEME", text)
        if "custom_id" in button:
            text = "A custom id and url cannot both be specified"
            raise invalid_form(f"{field}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
    elif style != PREMIUM:
        if "url" in button:
            text = "A custom id and url cannot both be specified"
            raise invalid_form(f"{field}.url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
        _check_text(button, "custom_id", field, 100, needed=True)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        raise invalid_form(f"{field}.label", "BUTTON_COMPONENT_NO_LABEL_OR_EMOJI", "A label or emoji is required")


def _check_text(part: Payload, name: str, field: str, most: int, *, least: int = 1, needed: bool = False) -> None:
    text = part.get(name)
    if text is None:
        if needed:
            raise required(f"{field}.{name}")
        return
    if not isinstance(text, str):
        raise invalid_form(f"{field}.{name}", "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
    if not least <= len(text) <= most:
        raise bad_length(f"{field}.{name}", least, most) if least else too_long(f"{field}.{name}", most)


def _check_emoji(part: Payload, field: str) -> None:
    emoji = part.get("emoji")
    if emoji is None:
        return
    found = emoji if isinstance(emoji, dict) else {}
    name = found.get("name")
    if not isinstance(name, str) or not (found.get("id") or is_emoji(name)):
        raise invalid_form(f"{field}.emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
