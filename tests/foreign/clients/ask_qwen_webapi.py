"""qwen-webapi asks the pretended Qwen, with a login: `python -m tests.foreign.clients.ask_qwen_webapi URL TOKEN`.

It reads the stream to its end, and then the answer from the chat; it neither shows streams nor goes on in a chat.
"""

import os
import sys

from qwen_webapi import QwenApi

from tests.foreign.report import Report

report = Report()
url, token = sys.argv[1:]
os.environ |= {"QWEN_BASE_URL": url, "QWEN_LOG_LEVEL": "CRITICAL"}

text = QwenApi("qwen", token=token)("hello")
report.check("a whole answer", text, well="no earlier turns" in text)
text = QwenApi("qwen-coder", token=token)("echo from another model")
report.check("another model", text, well=text == "from another model")
report.finish()
