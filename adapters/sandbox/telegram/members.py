"""The method of the pretended Bot API that tells who is what in a chat."""

from collections.abc import Callable

from adapters.sandbox.telegram.access import Access
from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.membership import member_json, standing
from adapters.sandbox.telegram.params import Params


class Members(Access):
    """getChatMember."""

    @property
    def methods(self) -> dict[str, Callable[[Params], object]]:
        """Return the functions by the names of their methods."""
        return {"getChatMember": self.get_member}

    def get_member(self, params: Params) -> Json:
        """Serve getChatMember; who hides behind the group is no member by name."""
        chat = self._chat(params, "read")
        if params.number("user_id") <= 0:
            raise bad("invalid user_id specified")
        user = self.state.users.get(params.number("user_id"))
        if user is None:
            raise bad("member not found")
        return member_json(user, standing(chat, user, self.state.bot))
