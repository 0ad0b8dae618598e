"""llm, a program for the command line, asks the pretended API: `python -m tests.foreign.clients.ask_llm URL KEY`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.foreign.report import Report

report = Report()
url, key = sys.argv[1:]
MODEL = "- model_id: standin\n  model_name: qwen3-standin\n  api_base: {url}\n  api_key_name: standin\n"

with tempfile.TemporaryDirectory(prefix="llm-") as home:
    Path(home, "extra-openai-models.yaml").write_text(MODEL.format(url=json.dumps(url)))
    Path(home, "keys.json").write_text(json.dumps({"standin": key}))

    def llm(*arguments: str) -> str:
        """Run `llm`, and return what it printed."""
        program = Path(sys.executable).with_name("llm")
        variables = {**os.environ, "LLM_USER_PATH": home}
        command = [str(program), *arguments]
        ran = subprocess.run(command, env=variables, capture_output=True, text=True, input="", check=False)
        return ran.stdout + ran.stderr

    text = llm("-m", "standin", "hello")
    report.check("a stream", text, well="no earlier turns" in text)
    text = llm("-m", "standin", "--continue", "and then?")
    report.check("the next turn", text, well="1 earlier turn" in text)
    text = llm("-m", "standin", "--no-stream", "--continue", "--usage", "and then?")
    report.check("one more, whole", text, well="2 earlier turns" in text and "Token usage" in text)
    text = llm("-m", "standin", "--key", "wrong", "hello")
    report.check("a wrong key", text, well="Incorrect API key" in text)
report.finish()
