"""The REST routes of the pretended Discord about users, members and the application."""

from adapters.sandbox.discord.errors import refusal
from adapters.sandbox.discord.requests import Answer, Request, Route, snowflake
from adapters.sandbox.discord.state import State


class UserRoutes:
    """Tells who the bot is and who people are, and opens direct conversations."""

    def __init__(self, state: State) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        """List the routes; the literal path comes before that with an id in the same place."""
        return [
            Route("GET", "/users/@me", self.me),
            Route("POST", "/users/@me/channels", self.open_dm),
            Route("GET", "/users/{}", self.user),
            Route("GET", "/guilds/{}/members/{}", self.member),
            Route("GET", "/oauth2/applications/@me", self.application),
        ]

    def me(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /users/@me."""
        private = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}
        return 200, self.state.bot.payload() | private

    def user(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /users/{id}."""
        user = self.state.users.get(snowflake(ids[0], "user_id"))
        if user is None or user.webhook:
            raise refusal(10013)
        return 200, user.payload()

    def application(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /oauth2/applications/@me."""
        bot = self.state.bot
        flags = self.state.application_flags()
        return 200, {
            "id": bot.id,
            "name": bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot": bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00" * 32,
            "flags": flags,
            "flags_new": str(flags),
            "hook": True,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": bot.payload() | {"id": "1", "username": "owner", "bot": False},
            "team": None,
            "approximate_guild_count": len(self.state.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "integration_types_config": {"0": {}, "1": {}},
        }

    def open_dm(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve POST /users/@me/channels."""
        user = self.state.users.get(snowflake(asked.form.get("recipient_id"), "recipient_id"))
        if user is None or user.bot:
            raise refusal(50033)
        return 200, self.state.dm(user).payload()

    def member(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET /guilds/{id}/members/{id}."""
        guild = self.state.guilds.get(snowflake(ids[0], "guild_id"))
        if guild is None:
            raise refusal(50001)
        member = guild.members.get(snowflake(ids[1], "user_id"))
        if member is None:
            raise refusal(10007)
        return 200, member.payload() | {"user": member.user.payload()}
