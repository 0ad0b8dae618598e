"""Membership in a chat of the pretended Telegram: owner, administrator, member, or out of it."""

from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.model import Chat, Member, User

RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
)
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
INSIDE = ("creator", "administrator", "member", "restricted")
OUTSIDE = ("left", "kicked")


def member_json(user: User, member: Member) -> Json:
    """Return the ``ChatMember``."""
    shown: Json = {"user": user.json(), "status": member.status}
    if member.status in ("creator", "administrator"):
        shown["is_anonymous"] = member.anonymous
        if member.title:
            shown["custom_title"] = member.title
    if member.status == "administrator":
        shown |= {"can_be_edited": False, **dict.fromkeys(RIGHTS, True)}
    if member.status == "restricted":
        shown |= {"is_member": True, **dict.fromkeys(PERMISSIONS, False)}
    if member.status in ("restricted", "kicked"):
        shown["until_date"] = 0
    return shown


def standing(chat: Chat, user: User, bot: User) -> Member:
    """Return what somebody is in a chat: as it was set, else a member who has written there, else one who is not in."""
    if user is bot:
        return Member(_standing_of_bot(chat))
    if user.id in chat.members:
        return chat.members[user.id]
    present = chat.user is user or any(each.author is user and not each.sender_chat for each in chat.messages)
    return Member("member" if present else "left")


def _standing_of_bot(chat: Chat) -> str:
    if chat.blocked or chat.kicked:
        return "left" if chat.left else "kicked"
    if chat.admin:
        return "administrator"
    return "restricted" if chat.muted else "member"


def change(chat: Chat, by: User, user: User, old: Member, new: Member, date: int) -> Json:
    """Return the ``ChatMemberUpdated``."""
    return {
        "chat": chat.json(),
        "from": by.json(),
        "date": date,
        "old_chat_member": member_json(user, old),
        "new_chat_member": member_json(user, new),
    }


def turn_switches(chat: Chat, status: str) -> None:
    """Set the switches of a chat to what the bot becomes there. Raises ValueError if it can't."""
    if status not in (("member", "kicked") if chat.private else (*INSIDE[1:], *OUTSIDE)):
        raise ValueError(f"the bot can't be {status} here")
    out = status in OUTSIDE
    chat.blocked, chat.kicked, chat.left = out and chat.private, out and not chat.private, status == "left"
    chat.admin, chat.muted = status == "administrator", status == "restricted"
