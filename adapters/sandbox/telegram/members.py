"""The methods of the stand-in Bot API that tell of a chat and of who is what in it."""

from collections.abc import Callable

from adapters.sandbox.telegram.access import Access
from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.membership import PERMISSIONS, member_json, standing
from adapters.sandbox.telegram.params import Params


class Members(Access):
    """getChat, getChatMember, getChatAdministrators, leaveChat."""

    @property
    def methods(self) -> dict[str, Callable[[Params], object]]:
        """The functions by the names of their methods."""
        return {
            "getChat": self.get_chat,
            "getChatMember": self.get_member,
            "getChatAdministrators": self.get_administrators,
            "leaveChat": self.leave,
        }

    def get_chat(self, params: Params) -> Json:
        """getChat."""
        chat = self._chat(params, "read")
        shown = chat.json() | {"accent_color_id": 0, "max_reaction_count": 11}
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        shown["accepted_gift_types"] = dict.fromkeys(gifts, False)
        if not chat.private:
            shown["permissions"] = dict.fromkeys(PERMISSIONS, True)
        if chat.reactions is not None:
            shown["available_reactions"] = [{"type": "emoji", "emoji": emoji} for emoji in chat.reactions]
        if chat.pinned and not chat.pinned.deleted:
            shown["pinned_message"] = chat.pinned.json(reply=False)
        return shown

    def get_member(self, params: Params) -> Json:
        """getChatMember; who hides behind the group is no member by name."""
        chat = self._chat(params, "read")
        if params.number("user_id") <= 0:
            raise bad("invalid user_id specified")
        user = self.state.users.get(params.number("user_id"))
        if user is None:
            raise bad("member not found")
        return member_json(user, standing(chat, user, self.state.bot))

    def get_administrators(self, params: Params) -> list[Json]:
        """getChatAdministrators: no other bots; the anonymous only for a bot that is an administrator itself."""
        chat = self._chat(params, "read")
        if chat.private:
            raise bad("there are no administrators in the private chat")
        bot = self.state.bot
        known = [(self.state.users[user_id], member) for user_id, member in chat.members.items()]
        if chat.admin:
            known.append((bot, standing(chat, bot, bot)))
        return [
            member_json(user, member)
            for user, member in known
            if member.status in ("creator", "administrator")
            and (user is bot or not user.is_bot or params.flag("return_bots"))
            and (chat.admin or not member.anonymous)
        ]

    def leave(self, params: Params) -> bool:
        """leaveChat."""
        chat = self._chat(params, "write")
        if chat.private:
            raise bad("chat member status can't be changed in private chats")
        self.state.bot_becomes(chat, "left", self.state.bot)
        return True
