"""Turns the forms of requests to the pretended Discord into messages, and changes messages by them."""

from adapters.sandbox.discord.channels import Channel
from adapters.sandbox.discord.components import check_components
from adapters.sandbox.discord.errors import Payload, invalid_form, refusal, too_long
from adapters.sandbox.discord.mentions import Allowed, read_allowed
from adapters.sandbox.discord.message import Flag, Message
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.requests import embed_size, read_content, read_flags, read_list
from adapters.sandbox.discord.snowflakes import timestamp

EMBEDS_LIMIT = 6000
FILE_LIMIT = 10 * 1024 * 1024
FILES_LIMIT = 10
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.IS_VOICE_MESSAGE | Flag.IS_COMPONENTS_V2
EDITABLE = Flag.SUPPRESS_EMBEDS | Flag.IS_COMPONENTS_V2
NOTHING: Payload = {}


def permitted(channel: Channel, allowed: Allowed) -> Allowed:
    """Return what is allowed of the mentions: everyone only where the bot has the permission."""
    if channel.permits(Permission.MENTION_EVERYONE):
        return allowed
    return Allowed(allowed.kinds - {"everyone"}, allowed.users, allowed.roles, allowed.replied_user)


def revise(message: Message, form: Payload, files: list[tuple[str, bytes]]) -> None:
    """Edit a message: only what is given changes; mentions are found anew with the content."""
    content, allowed = read_content(form), read_allowed(form.get("allowed_mentions"))
    trial = Message(message.channel, message.id, message.author, flags=message.flags)
    trial.attachments, trial.embeds = message.attachments, message.embeds
    trial.components, trial.content = message.components, message.content
    if form.get("flags") is not None:
        trial.flags = message.flags & ~Flag.SUPPRESS_EMBEDS | read_flags(form) & EDITABLE
    fill(trial, form, files)
    trial.content = content.strip() if "content" in form else message.content
    must_say_something(trial)
    _adopt(message, trial)
    if "content" in form:
        message.write(content, permitted(message.channel, allowed))
    # what stands in the place of "is thinking" is not marked as edited
    message.edited_timestamp = None if message.thinking else timestamp()
    message.flags &= ~Flag.LOADING
    message.dispatch("MESSAGE_UPDATE")


def fill(message: Message, form: Payload, files: list[tuple[str, bytes]]) -> None:
    """Set embeds, components, files and what is remembered of allowed_mentions, as far as the form has them."""
    embeds, components = read_list(form, "embeds", 10), read_list(form, "components", 40)
    message.embeds = message.embeds if embeds is None and "embeds" not in form else embeds or []
    if "components" in form:
        layout = bool(message.flags & Flag.IS_COMPONENTS_V2)
        message.components = check_components(components or [], layout=layout)
    if sum(map(embed_size, message.embeds)) > EMBEDS_LIMIT:
        raise invalid_form("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBEDS_LIMIT}")
    _attach(message, form, files)
    allowed = form.get("allowed_mentions")
    message.allowed_mentions = allowed if isinstance(allowed, dict) else None
    legacy = form.get("content") or message.embeds
    if message.flags & Flag.IS_COMPONENTS_V2 and legacy:
        text = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid_form("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)


def _attach(message: Message, form: Payload, files: list[tuple[str, bytes]]) -> None:
    listed = [item for item in read_list(form, "attachments", FILES_LIMIT) or [] if isinstance(item, dict)]
    described = {str(item.get("id")): item for item in listed}
    known = {str(n) for n in range(len(files))} | {kept.id for kept in message.attachments}
    for number, file_id in enumerate(described):
        if file_id not in known:
            raise invalid_form(f"attachments.{number}.id", "ATTACHMENT_NOT_FOUND", "Attachment not found")
    kept = [file for file in message.attachments if "attachments" not in form or file.id in described]
    if len(kept) + len(files) > FILES_LIMIT:
        raise too_long("attachments", FILES_LIMIT)
    message.attachments = kept
    for number, (name, content) in enumerate(files):
        if len(content) > FILE_LIMIT:
            raise refusal(40005)
        note = described.get(str(number), NOTHING)
        description = str(note["description"]) if note.get("description") else None
        message.attach(str(note.get("filename") or name), content, description=description)


def must_say_something(message: Message) -> None:
    """Refuse with 50006 what shows nothing."""
    if not (message.content or message.embeds or message.attachments or message.components):
        raise refusal(50006)


def _adopt(message: Message, trial: Message) -> None:
    message.flags, message.attachments = trial.flags, trial.attachments
    message.embeds, message.components = trial.embeds, trial.components
    message.allowed_mentions = trial.allowed_mentions
