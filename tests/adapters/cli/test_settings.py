"""Settings: what they make of the environment and of `.env`."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.cli.main import cli
from adapters.cli.settings import Settings
from bridge.backends.qwen import Credentials
from bridge.errors import CannotStart


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    settings = Settings.read()
    assert not settings.has_platform
    assert settings.drain_seconds == 5
    assert settings.qwen_url == "https://chat.qwen.ai"
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.discord_api_url == "https://discord.com/api/v10"


def test_the_environment_wins_over_the_file_and_empty_means_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "QWEN_MODEL=from-the-file\nLOG_LEVEL=debug\nQWEN_TOKEN=\nSOMETHING_ELSE=1\n"
    (tmp_path / ".env").write_text(text)
    monkeypatch.setenv("QWEN_MODEL", "from-the-environment")
    monkeypatch.setenv("DATABASE_URL", "")
    settings = Settings.read()
    assert settings.qwen_model == "from-the-environment"
    assert settings.log_level == "DEBUG"
    assert settings.qwen_token is None
    assert settings.database_url.endswith("bridge.db")


def test_an_address_keeps_a_slash_where_nothing_is_put_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QWEN_URL", "QWEN_API_URL", "TELEGRAM_API_URL", "DISCORD_API_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/v1/")
    monkeypatch.setenv("DISCORD_GATEWAY_URL", "ws://127.0.0.1:1/gateway/")
    settings = Settings.read()
    bases = (settings.qwen_url, settings.qwen_api_url, settings.telegram_api_url, settings.discord_api_url)
    assert set(bases) == {"http://127.0.0.1:1/v1"}
    assert settings.discord_gateway_url == "ws://127.0.0.1:1/gateway/"


def test_secrets_are_all_found_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN_COOKIE", "acw_tc=cookie-secret; token=login-secret")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1234567:telegram-secret")
    monkeypatch.setenv("PROXY_URL", "http://user:proxy-secret@127.0.0.1:1")
    settings = Settings.read()
    secrets = set(settings.secrets())
    assert {"cookie-secret", "login-secret", "1234567:telegram-secret", "proxy-secret"} <= secrets
    shown = repr(settings).replace("http://user:proxy-secret@127.0.0.1:1", "") + repr(settings.credentials)
    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DISCORD_BOT_TOKEN", "two words"),
        ("TELEGRAM_BOT_TOKEN", "no-colon"),
        ("QWEN_URL", "ftp://chat.qwen.ai"),
        ("QWEN_URL", "https://"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg"),
        ("PROXY_URL", "http://[half"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "bridge.db"),
        ("DRAIN_SECONDS", "-1"),
        ("QWEN_UMIDTOKEN", "two\nlines"),
    ],
)
def test_a_mistake_names_its_variable_and_an_example(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CannotStart) as error:
        Settings.read()
    assert error.value.sentence.startswith(f"{variable} ")
    assert f" Example: {variable}=" in error.value.sentence


def test_misspelt_names_are_found_in_the_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_TOKEN=x\nQWEN_MODEL=y\nADMIN=5\nCOMPOSE_FILE=z\n")
    assert Settings.misspelt() == [
        "ADMIN is not a setting of Qwen Bridge: did you mean ADMINS?",
        "TELEGRAM_TOKEN is not a setting of Qwen Bridge: did you mean TELEGRAM_BOT_TOKEN?",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "wrong"),
    [
        ("DRAIN_SECONDS", "-1", "is less than 0"),
        ("DRAIN_SECONDS", "nan", "is not a number up to 600"),
        ("QUESTIONS_PER_HOUR", "2000000", "is not a number up to 1000000"),
        ("QUESTIONS_PER_HOUR", "1.5", "is not a whole number"),
        ("NOTICE", "n" * 301, "is longer than 300 characters"),
        ("ALLOW", "{x}", "holds “{x}”"),
    ],
)
def test_what_is_wrong_with_a_value_is_said(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, wrong: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CannotStart, match=re.escape(f"{variable} {wrong}")):
        Settings.read()


def test_cookies_stand_as_they_were_pasted() -> None:
    pasted = Credentials(cookie='Cookie: acw_tc=a=b"c"; x-ap=; broken; =nameless; token=jwt')
    assert pasted.cookies == {"acw_tc": 'a=b"c"', "x-ap": "", "token": "jwt"}
    assert not pasted.guest
    assert pasted.headers["Authorization"] == "Bearer jwt"
    assert Credentials(token="Bearer jwt").headers["Authorization"] == "Bearer jwt"


def test_a_file_that_others_can_read_is_named_where_it_holds_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "of the bot.env"
    file.write_text("QWEN_MODEL=x\n")
    file.chmod(0o644)
    assert Settings.read(str(file)).qwen_model == "x"
    assert not Settings.read(str(file)).doubts
    file.write_text("QWEN_TOKEN=placeholder\nQWEN_COOKIE=\n")
    (warned,) = Settings.read(str(file)).doubts
    assert "holds QWEN_TOKEN," in warned
    assert "chmod 600" in warned
    file.chmod(0o600)
    assert not Settings.read(str(file)).doubts


@pytest.mark.parametrize(("value", "channels"), [("mention", "threads"), ("off", "shared")])
def test_an_old_name_works_and_says_so(tmp_path: Path, value: str, channels: str) -> None:
    file = tmp_path / "old.env"
    file.write_text(f"DISCORD_THREADS={value}\n")
    settings = Settings.read(str(file))
    assert settings.discord_channels == channels
    (warned,) = settings.doubts
    assert f"write DISCORD_CHANNELS={channels} in its place" in warned
    file.write_text(f"DISCORD_THREADS={value}\nDISCORD_CHANNELS=replies\n")
    settings = Settings.read(str(file))
    assert settings.discord_channels == "replies"
    assert "take DISCORD_THREADS away" in "".join(settings.doubts)
    file.write_text("DISCORD_THREADS=some\n")
    with pytest.raises(CannotStart, match="DISCORD_CHANNELS is none of shared, replies or threads"):
        Settings.read(str(file))


def test_another_file_is_named_by_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("QWEN_MODEL=qwen3.6-plus\n")
    Path("other.env").write_text(f"QWEN_STANDIN=1\nQWEN_MODEL=qwen3.7-max\nDATABASE_URL=sqlite:///{tmp_path}/b.db\n")
    ran = CliRunner().invoke(cli, ["--env-file", "other.env", "models"])
    assert ran.exit_code == 0, ran.output
    assert "* qwen3.7-max" in ran.output
    assert CliRunner().invoke(cli, ["--env-file", "none.env", "models"]).exit_code == 2
