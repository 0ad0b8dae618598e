"""Routes by which the bot answers interactions on the pretended Discord: the callback, and the webhook of each."""

import time

from adapters.sandbox.discord.command_validation import CHOOSING, MESSAGE_MENU, check_choices
from adapters.sandbox.discord.errors import ApiError, Payload, invalid_form, refusal
from adapters.sandbox.discord.interactions import COMMAND_USED, COMPONENT_USED, TYPING_OPTION, Interaction, Interactions
from adapters.sandbox.discord.mentions import read_allowed
from adapters.sandbox.discord.message import COMMAND, MENU, REPLY, Flag, Message
from adapters.sandbox.discord.message_forms import SETTABLE, fill, must_say_something, permitted, revise
from adapters.sandbox.discord.requests import Answer, Request, Route, read_content, read_flags

SAY, THINK, NOTE, UPDATE, OFFER = 4, 5, 6, 7, 8
FITTING = {COMMAND_USED: (SAY, THINK), COMPONENT_USED: (SAY, THINK, NOTE, UPDATE), TYPING_OPTION: (OFFER,)}
FOLLOWUPS_OUTSIDE = 5


class InteractionRoutes:
    """The routes that a token authorizes."""

    def __init__(self, interactions: Interactions) -> None:
        self.interactions = interactions
        self.state = interactions.state

    def routes(self) -> list[Route]:
        """List the routes that a token authorizes; the literal path comes first."""
        webhook = "/webhooks/{}/{}"
        return [
            Route("POST", "/interactions/{}/{}/callback", self.acknowledge, by_token=True),
            Route("POST", webhook, self.follow_up, by_token=True),
            Route("PATCH", webhook + "/messages/{}", self.edit, by_token=True),
            Route("DELETE", webhook + "/messages/{}", self.delete, by_token=True),
        ]

    def acknowledge(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /interactions/{id}/{token}/callback: once, and soon."""
        used = self.interactions.of_token(ids[1])
        if used is None or used.id != ids[0]:
            raise refusal(10062)
        if used.acknowledged is not None:
            raise refusal(40060)
        if time.monotonic() - used.began > self.interactions.ack_seconds:
            raise refusal(10062)
        kind, data = asked.form.get("type"), asked.form.get("data")
        if not isinstance(kind, int) or kind not in FITTING[used.type]:
            raise invalid_form("type", "BASE_TYPE_CHOICES", f"Value must be one of {set(FITTING[used.type])}.")
        if data is not None and not isinstance(data, dict):
            raise invalid_form("data", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
        try:
            shown = self._take(used, kind, data or {}, asked.files)
        except ApiError as error:
            raise error.inside("data") from None
        used.acknowledged = kind
        used.answered.set()
        if asked.query.get("with_response", "false").lower() not in ("1", "true"):
            return 204, None
        return 200, _receipt(used, kind, shown)

    def _take(self, used: Interaction, kind: int, form: Payload, files: list[tuple[str, bytes]]) -> Message | None:
        if kind == OFFER:
            used.choices = check_choices(form.get("choices") or [], CHOOSING[_type_of_focused(used.data)])
        elif kind == SAY:
            return self._say(used, form, files, followup=False)
        elif kind == THINK:
            return self._think(used, read_flags(form))
        elif kind == UPDATE and used.message:
            revise(used.message, form, files)
        return used.message

    def _draft(self, used: Interaction, flags: int, *, followup: bool) -> Message:
        settable = SETTABLE | Flag.EPHEMERAL
        message = Message(used.channel, self.state.ids.new(), self.state.bot, flags=flags & settable)
        message.origin = used.origin(followup=followup)
        if followup:
            message.referenced = used.messages[0] if used.messages else used.message
        else:
            message.referenced = used.message
        fresh = MENU if used.data.get("type") == MESSAGE_MENU else COMMAND
        message.type = REPLY if message.referenced else fresh
        return message

    def _say(self, used: Interaction, form: Payload, files: list[tuple[str, bytes]], *, followup: bool) -> Message:
        message = self._draft(used, read_flags(form), followup=followup)
        content, allowed = read_content(form), read_allowed(form.get("allowed_mentions"))
        fill(message, form, files)
        message.tts = bool(form.get("tts"))
        message.write(content, permitted(used.channel, allowed))
        must_say_something(message)
        used.messages.append(message)
        message.post()
        return message

    def _think(self, used: Interaction, flags: int) -> Message:
        message = self._draft(used, flags & Flag.EPHEMERAL, followup=False)
        message.flags |= Flag.LOADING
        used.messages.append(message)
        message.post()
        return message

    def follow_up(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /webhooks/{id}/{token}: another message; after "thinking" the first one takes its place."""
        used = self._open(ids)
        first = used.messages[0] if used.messages else None
        if first and first.thinking and not first.deleted:
            revise(first, asked.form, asked.files)
            return 200, first.payload(open_=True)
        if not used.channel.bot_is_here and used.followups >= FOLLOWUPS_OUTSIDE:
            raise refusal(40094)
        message = self._say(used, asked.form, asked.files, followup=True)
        used.followups += 1
        return 200, message.payload(open_=True)

    def edit(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve PATCH /webhooks/{id}/{token}/messages/{id or @original}."""
        message = self._message(ids)
        revise(message, asked.form, asked.files)
        return 200, message.payload(open_=True)

    def delete(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve DELETE /webhooks/{id}/{token}/messages/{id or @original}."""
        self._message(ids).delete()
        return 204, None

    def _open(self, ids: tuple[str, ...]) -> Interaction:
        used = self.interactions.of_token(ids[1])
        if ids[0] != self.state.bot.id:
            raise refusal(10015)
        if used is None or time.monotonic() - used.began > self.interactions.token_seconds:
            raise refusal(50027)
        if used.acknowledged in (None, OFFER):
            raise refusal(10015)
        return used

    def _message(self, ids: tuple[str, ...]) -> Message:
        used = self._open(ids)
        if ids[2] == "@original":
            updates = used.acknowledged in (NOTE, UPDATE)
            found = used.message if updates else used.messages[0]
        else:
            own = [*used.messages, *([used.message] if used.message else [])]
            found = next((message for message in own if message.id == ids[2]), None)
        if found is None or found.deleted:
            raise refusal(10008)
        return found


def _type_of_focused(data: Payload) -> int:
    options = data.get("options")
    for option in options if isinstance(options, list) else ():
        if option.get("focused"):
            return int(option["type"])
        if "options" in option:
            return _type_of_focused(option)
    raise AssertionError("no option of this autocomplete is focused")


def _receipt(used: Interaction, kind: int, shown: Message | None) -> Payload:
    body: Payload = {"id": used.id, "type": used.type, "channel_id": used.channel.id}
    if used.channel.guild:
        body["guild_id"] = used.channel.guild.id
    if shown is None or kind == NOTE:
        return {"interaction": body}
    body |= {"response_message_id": shown.id, "response_message_loading": shown.thinking}
    body |= {"response_message_ephemeral": shown.ephemeral}
    made: Payload = {"resource": {"type": kind, "message": shown.payload(open_=True)}} if kind in (SAY, UPDATE) else {}
    return {"interaction": body} | made
