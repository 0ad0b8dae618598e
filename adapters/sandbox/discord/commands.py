"""The application commands of the bot on the stand-in Discord: kept globally and per guild, read and replaced."""

from collections import Counter

from adapters.sandbox.discord.channels import Guild
from adapters.sandbox.discord.command_validation import CHAT_INPUT, MOST, check_command
from adapters.sandbox.discord.errors import ApiError, Payload, invalid_form, refusal
from adapters.sandbox.discord.requests import Answer, Request, Route
from adapters.sandbox.discord.state import State

UNIQUE = "Application command names must be unique"
LOCALIZED = ("name_localizations", "description_localizations")
KEPT = ("name", "description", "type", "options", "nsfw", "contexts", "integration_types", *LOCALIZED)


class Commands:
    """All commands by scope: None for the global ones, else a guild's id. ``writes`` counts the accepted changes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.scopes: dict[str | None, list[Payload]] = {}
        self.writes = 0

    def routes(self) -> list[Route]:
        """The routes of both scopes."""
        found = []
        for path in ("/applications/{}/commands", "/applications/{}/guilds/{}/commands"):
            found += [
                Route("GET", path, self.read_all),
                Route("PUT", path, self.replace),
                Route("POST", path, self.create),
                Route("GET", path + "/{}", self.read),
                Route("PATCH", path + "/{}", self.change),
                Route("DELETE", path + "/{}", self.remove),
            ]
        return found

    def find(self, name: str, kind: int, guild: Guild | None) -> Payload | None:
        """The command that people see under this name; a guild's own comes first."""
        for scope in [guild.id, None] if guild else [None]:
            for command in self.scopes.get(scope, []):
                if (command["name"], command["type"]) == (name, kind):
                    return command
        return None

    def read_all(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET the commands of a scope; localizations only when asked for."""
        commands = self.scopes.get(self._scope(ids), [])
        if asked.query.get("with_localizations", "false").lower() in ("1", "true"):
            return 200, commands
        return 200, [{name: value for name, value in c.items() if name not in LOCALIZED} for c in commands]

    def replace(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """PUT the whole list at once. A kept name keeps its id."""
        scope = self._scope(ids)
        if not isinstance(asked.body, list):
            raise invalid_form("_errors", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        commands: list[Payload] = []
        for number, form in enumerate(asked.body):
            try:
                command = self._command(form, scope)
            except ApiError as error:
                raise error.inside(str(number)) from None
            if any(_key(command) == _key(other) for other in commands):
                raise invalid_form(f"{number}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", UNIQUE)
            commands.append(command)
        self._keep(scope, commands)
        return 200, commands

    def create(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """POST one command; one with the same name and type is replaced."""
        scope = self._scope(ids)
        command, known = self._command(asked.form, scope), self.scopes.get(scope, [])
        others = [other for other in known if _key(other) != _key(command)]
        self._keep(scope, [*others, command])
        return (201 if len(others) == len(known) else 200), command

    def read(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """GET one command."""
        return 200, self._known(ids)

    def change(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """PATCH one command: what is not given stays."""
        known, scope = self._known(ids), self._scope(ids[:-1])
        changed = self._command(known | asked.form | {"type": known["type"]}, scope) | {"id": known["id"]}
        others = [command for command in self.scopes[scope] if command is not known]
        if any(_key(changed) == _key(other) for other in others):
            raise invalid_form(
                "name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        self._keep(scope, [changed if command is known else command for command in self.scopes[scope]])
        return 200, changed

    def remove(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """DELETE one command."""
        known, scope = self._known(ids), self._scope(ids[:-1])
        self._keep(scope, [command for command in self.scopes[scope] if command is not known])
        return 204, None

    def _keep(self, scope: str | None, commands: list[Payload]) -> None:
        for kind, count in Counter(command["type"] for command in commands).items():
            if isinstance(kind, int) and count > MOST[kind]:
                raise refusal(30032)
        self.scopes[scope] = commands
        self.writes += 1

    def _known(self, ids: tuple[str, ...]) -> Payload:
        for command in self.scopes.get(self._scope(ids[:-1]), []):
            if command["id"] == ids[-1]:
                return command
        raise refusal(10063)

    def _scope(self, ids: tuple[str, ...]) -> str | None:
        if ids[0] != self.state.bot.id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
        if len(ids) == 1:
            return None
        if ids[1] not in self.state.guilds:
            raise refusal(50001)
        return ids[1]

    def _command(self, form: object, scope: str | None) -> Payload:
        asked = check_command(form)
        defaults: Payload = {"type": CHAT_INPUT, "description": "", "nsfw": False, "contexts": None}
        defaults |= {"integration_types": [0], "name_localizations": None, "description_localizations": None}
        given = {name: asked[name] for name in KEPT if asked.get(name) is not None}
        permissions = asked.get("default_member_permissions")
        named: Payload = {
            "id": self.state.ids.new(),
            "application_id": self.state.bot.id,
            "version": self.state.ids.new(),
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        if scope:
            given |= {"contexts": None, "integration_types": [0]}
        named |= {"guild_id": scope} if scope else {"dm_permission": asked.get("dm_permission") is not False}
        command = defaults | given | named
        known = {_key(other): other["id"] for other in self.scopes.get(scope, [])}
        return command | {"id": known.get(_key(command), command["id"])}


def _key(command: Payload) -> tuple[object, object]:
    return command["type"], command["name"]
