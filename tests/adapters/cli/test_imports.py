"""The program for a configured platform imports nothing of the sandbox, which only trials and tests need."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.process import SECONDS, environment

PUT_TOGETHER = """
import asyncio, json, sys
from adapters.cli import composition, main
from adapters.cli.settings import Settings
from bridge.store import Store

async def put_together() -> None:
    settings = Settings.read()
    database = composition.database(settings, terminal=False)
    async with composition.backend(settings) as backend, await Store.open(database) as store:
        composition.bridge(settings, store, backend, terminal=False)
        assert composition.platforms(settings)

asyncio.run(put_together())
print(json.dumps([name for name in sys.modules if name.startswith("adapters.")]))
"""


@pytest.mark.parametrize(
    "qwen", [{"QWEN_UMIDTOKEN": "x"}, {"QWEN_BACKEND": "api", "QWEN_API_URL": "http://127.0.0.1:9/v1"}]
)
async def test_a_configured_platform_imports_nothing_of_the_sandbox(tmp_path: Path, qwen: dict[str, str]) -> None:
    variables = {"DISCORD_BOT_TOKEN": "MTAw.PLACE.placeholder", "TELEGRAM_BOT_TOKEN": f"123456:{'A' * 35}", **qwen}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PUT_TOGETHER, stdout=PIPE, cwd=tmp_path, env=environment(tmp_path, **variables)
    )
    out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0
    imported = json.loads(out.splitlines()[-1])
    assert {"adapters.discord", "adapters.telegram"} <= set(imported)
    assert not [name for name in imported if name.startswith("adapters.sandbox")]
