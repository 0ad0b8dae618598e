"""The application commands of the bot on the pretended Discord: read, and replaced all at once."""

from collections import Counter

from adapters.sandbox.discord.command_validation import CHAT_INPUT, MOST, check_command
from adapters.sandbox.discord.errors import ApiError, Payload, invalid_form, refusal
from adapters.sandbox.discord.requests import Answer, Request, Route
from adapters.sandbox.discord.state import State

UNIQUE = "Application command names must be unique"
LOCALIZED = ("name_localizations", "description_localizations")
KEPT = ("name", "description", "type", "options", "nsfw", "contexts", "integration_types", *LOCALIZED)


class Commands:
    """The commands of the application: what is ``registered``; ``writes`` counts the accepted changes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.registered: list[Payload] = []
        self.writes = 0

    def routes(self) -> list[Route]:
        """List the routes of the global commands; those of single guilds are not imitated."""
        path = "/applications/{}/commands"
        return [Route("GET", path, self.read_all), Route("PUT", path, self.replace)]

    def find(self, name: str, kind: int) -> Payload | None:
        """Return the command of this name and type, None where there is none."""
        return next((each for each in self.registered if (each["name"], each["type"]) == (name, kind)), None)

    def read_all(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve GET the commands; localizations only when asked for."""
        self._check_application(ids[0])
        commands = self.registered
        if asked.query.get("with_localizations", "false").lower() in ("1", "true"):
            return 200, commands
        return 200, [{name: value for name, value in c.items() if name not in LOCALIZED} for c in commands]

    def replace(self, asked: Request, ids: tuple[str, ...]) -> Answer:
        """Serve PUT the whole list at once. A kept name keeps its id."""
        self._check_application(ids[0])
        if not isinstance(asked.body, list):
            raise invalid_form("_errors", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        commands: list[Payload] = []
        for number, form in enumerate(asked.body):
            try:
                command = self._command(form)
            except ApiError as error:
                raise error.inside(str(number)) from None
            if any(_key(command) == _key(other) for other in commands):
                raise invalid_form(f"{number}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", UNIQUE)
            commands.append(command)
        self._keep(commands)
        return 200, commands

    def _keep(self, commands: list[Payload]) -> None:
        for kind, count in Counter(command["type"] for command in commands).items():
            if isinstance(kind, int) and count > MOST[kind]:
                raise refusal(30032)
        self.registered = commands
        self.writes += 1

    def _check_application(self, application_id: str) -> None:
        if application_id != self.state.bot.id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")

    def _command(self, form: object) -> Payload:
        asked = check_command(form)
        defaults: Payload = {"type": CHAT_INPUT, "description": "", "nsfw": False, "contexts": None}
        defaults |= {"integration_types": [0], "name_localizations": None, "description_localizations": None}
        given = {name: asked[name] for name in KEPT if asked.get(name) is not None}
        permissions = asked.get("default_member_permissions")
        named: Payload = {
            "id": self.state.ids.new(),
            "application_id": self.state.bot.id,
            "version": self.state.ids.new(),
            "dm_permission": asked.get("dm_permission") is not False,
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        command = defaults | given | named
        known = {_key(other): other["id"] for other in self.registered}
        return command | {"id": known.get(_key(command), command["id"])}


def _key(command: Payload) -> tuple[object, object]:
    return command["type"], command["name"]
