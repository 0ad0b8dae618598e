"""The safeguards: where each stands, what is left when it is taken out, and the tests that are to notice."""

from typing import NamedTuple


class Safeguard(NamedTuple):
    """`code` in `file` is replaced by `without`; then one of `tests` (pytest's arguments) has to fail."""

    what: str
    file: str
    code: str
    without: str
    tests: str


CONTRACT = "tests/adapters/telegram/test_contract.py tests/adapters/discord/test_contract.py"
TAKEOVER = "tests/bridge/core/test_takeover.py"
RECOVERY = "tests/bridge/core/test_recovery.py"
PROCESS = "tests/test_process.py"
STORE = "tests/bridge/store/test_store.py"
TROUBLE = "tests/adapters/test_trouble.py tests/adapters/test_database_trouble.py"
LIVE_ANSWER = "tests/bridge/streaming/test_live_answer.py tests/bridge/streaming/test_sent_messages.py"
BACKFILL = "tests/adapters/discord/backfill/test_missed.py tests/adapters/discord/backfill/test_cursor.py"
FOUND = "tests/adapters/discord/test_recovery.py"
CORE = "tests/bridge/core/test_bridge.py"

SAFEGUARDS = (
    Safeguard(
        "Telegram: recorded before the offset is confirmed",
        "adapters/telegram/polling.py",
        "        await self._take(updates, intake)\n",
        "        self._late = asyncio.ensure_future(self._take(updates, intake))\n"
        '        self._offset = max((update["update_id"] for update in updates), default=-1) + 1 or self._offset\n',
        f"{TROUBLE} {PROCESS}",
    ),
    Safeguard(
        "Telegram: a field of another shape costs itself, and no message",
        "adapters/telegram/updates.py",
        "readable = without_unreadable(raw, self._bot, self._attempt)",
        "readable = raw",
        "tests/adapters/telegram/test_odd_updates.py",
    ),
    Safeguard(
        "nobody goes on from an answer of which a part could not be read",
        "bridge/core/confirmation.py",
        "return finished, None if backend.keeps(finished.head.chat_id) else finished.head",
        "return finished, finished.head",
        "tests/bridge/backends/qwen/test_faults.py",
    ),
    Safeguard(
        "Qwen: what stands where words do and is none is a hole that is said",
        "bridge/backends/qwen/stream.py",
        "self.damaged = self.damaged or (is_answer and bool(content) and not (text or self.ended))",
        "pass",
        "tests/bridge/backends/qwen/test_faults.py",
    ),
    Safeguard(
        "Discord: files are fetched from Discord alone",
        "adapters/discord/download.py",
        '    if not _is_discords(url):\n        raise OSError("an address of somebody else")\n',
        "",
        "tests/adapters/discord/test_downloads.py",
    ),
    Safeguard(
        "Discord: a file is read up to the limit, whatever size was declared",
        "adapters/discord/download.py",
        "            if len(data) > most:\n",
        "            if False:\n",
        "tests/adapters/discord/test_downloads.py",
    ),
    Safeguard(
        "Telegram: no file of this machine is read for Telegram's own server",
        "adapters/telegram/files.py",
        'if not is_fetched(found.file_path or "", found.get_bot().base_file_url):',
        "if False:",
        "tests/adapters/telegram/test_files.py",
    ),
    Safeguard(
        "Discord: a field of another shape costs itself, and no message",
        "adapters/discord/parsing.py",
        "parse(readable_part(data))",
        "raise",
        "tests/adapters/discord/test_odd_events.py",
    ),
    Safeguard(
        "Discord: an id from the future does not hide what is missed",
        "adapters/discord/backfill.py",
        "        if message < discord.utils.time_snowflake(discord.utils.utcnow() + CLOCKS_DIFFER):\n",
        "        if True:\n",
        BACKFILL,
    ),
    Safeguard(
        "Discord: what was missed is fetched",
        "adapters/discord/backfill.py",
        "        for message in filter(None, missed):\n            await self._take(message)\n",
        "",
        BACKFILL,
    ),
    Safeguard(
        "Discord: a new message waits for what was missed before it",
        "adapters/discord/backfill.py",
        "if self._after is not None and message.channel.id not in done:",
        "if False:",
        BACKFILL,
    ),
    Safeguard(
        "Discord: how far everything was looked at is not kept while something is still to be read",
        "adapters/discord/backfill.py",
        "if not self._ready or self._tasks or self._failed or",
        "if",
        BACKFILL,
    ),
    Safeguard(
        "a message is recorded once",
        "bridge/store/arrivals.py",
        "            incoming.message,\n        ):\n            return None\n",
        "            incoming.message,\n        ):\n            pass\n",
        f"{STORE} {CONTRACT}",
    ),
    Safeguard(
        "a turn is claimed by one process",
        "bridge/store/turns.py",
        "    AND (owner = '' OR owner = $1 OR owned_until < $4 OR owned_until > $5) AND (ready_at <= $4",
        "    AND (ready_at <= $4",
        f"{STORE} {PROCESS}",
    ),
    Safeguard(
        "a claim is renewed while the turn runs",
        "bridge/core/bridge.py",
        "await self._runner.renew_claims()",
        "pass",
        RECOVERY,
    ),
    Safeguard(
        "what another process has claimed is not written any more",
        "bridge/store/turn_rows.py",
        "        raise TakenOver\n",
        "        pass\n",
        TAKEOVER,
    ),
    Safeguard(
        "an answer that another process has claimed is left",
        "bridge/core/turn_runner.py",
        "            if run.turn.id in lost:\n",
        "            if False:\n",
        TAKEOVER,
    ),
    Safeguard(
        "a process that stood still looks whether it may show an answer",
        "bridge/core/delivery_log.py",
        "        if self._claims.paused_at > self._confirmed_at:\n",
        "        if False:\n",
        TAKEOVER,
    ),
    Safeguard(
        "a message of which the other process does not know is deleted",
        "bridge/streaming/sent_messages.py",
        "                if error.stray:\n",
        "                if False:\n",
        TAKEOVER,
    ),
    Safeguard(
        "a killed process's claim runs out",
        "bridge/store/turns.py",
        " OR owned_until < $4 OR owned_until > $5) AND (ready_at",
        ") AND (ready_at",
        f"{STORE} {PROCESS}",
    ),
    Safeguard(
        "one process listens for a bot",
        "adapters/cli/serve.py",
        "        await lock.acquire()\n",
        "",
        PROCESS,
    ),
    Safeguard(
        "the process lock is released before the last answers end",
        "adapters/cli/serve.py",
        "            for lock in tasks.locks:\n                lock.release()\n            await bridge.stop(",
        "            await bridge.stop(",
        RECOVERY,
    ),
    Safeguard(
        "a turn whose outcome is known is not asked again",
        "bridge/core/turn_runner.py",
        'if turn.state != "waiting":',
        "if False:",
        f"{STORE} {CORE} {RECOVERY} {PROCESS}",
    ),
    Safeguard(
        "only a finished answer moves the head",
        "bridge/store/turn_rows.py",
        "        head is not None,\n        turn.epoch,",
        "        True,\n        turn.epoch,",
        STORE,
    ),
    Safeguard(
        "a turn of before /new does not move the head",
        "bridge/store/turn_rows.py",
        "CASE WHEN $2 AND epoch = $3 AND (",
        "CASE WHEN $2 AND $3 = $3 AND (",
        STORE,
    ),
    Safeguard(
        "a change of the store is done whole or not at all",
        "bridge/store/database.py",
        '        with suppress(sqlite3.Error):\n            connection.execute("ROLLBACK")\n',
        '        connection.execute("COMMIT")\n',
        STORE,
    ),
    Safeguard(
        "what the database refuses is tried again",
        "bridge/store/database.py",
        "                    if not self._retries:\n",
        "                    if True:\n",
        TROUBLE,
    ),
    Safeguard(
        "a new message is remembered before anything else is shown",
        "bridge/streaming/sent_messages.py",
        "            await self._remember(number, shown)\n",
        "",
        LIVE_ANSWER,
    ),
    Safeguard(
        "a message is marked before it is sent",
        "bridge/streaming/sent_messages.py",
        "            await self._remember(number, None)\n",
        "",
        f"{LIVE_ANSWER} {FOUND}",
    ),
    Safeguard(
        "a message that is on its way is not broken off",
        "bridge/streaming/sent_messages.py",
        "        await asyncio.shield(self._putting)\n",
        "        await self._putting\n",
        f"{LIVE_ANSWER} {TROUBLE}",
    ),
    Safeguard(
        "the final text is shown though the platform refused it for a while",
        "bridge/streaming/live_answer.py",
        "            await asyncio.sleep(max(error.seconds, SHORTEST_SECONDS))\n            self._changed.set()\n",
        "            return self.ended\n",
        f"{LIVE_ANSWER} {CONTRACT}",
    ),
    Safeguard(
        "what an earlier process showed is written over",
        "bridge/core/turn_runner.py",
        "            turn.shown,\n            deliveries.remember,",
        "            (),\n            deliveries.remember,",
        f"{RECOVERY} {CONTRACT}",
    ),
    Safeguard(
        "Discord: a nonce tells a message that was sent twice",
        "adapters/discord/reply.py",
        "send(text, nonce=nonce, suppress_embeds=True, **options, **files)",
        "send(text, suppress_embeds=True, **options, **files)",
        FOUND,
    ),
    Safeguard(
        "Discord: the history tells what arrived unnoticed",
        "adapters/discord/reply.py",
        "        return [str(message.id) for message in below if self._may_be_own(message)]\n",
        "        return []\n",
        FOUND,
    ),
    Safeguard(
        "Telegram: a new message begins short",
        "adapters/telegram/reply.py",
        "        return not self._forms.takes_drafts(self._chat_key)\n",
        "        return False\n",
        TROUBLE,
    ),
    Safeguard(
        "an account's answer is read where Qwen wrote it",
        "bridge/core/asking.py",
        "                if turn.begun:\n",
        "                if False:\n",
        RECOVERY,
    ),
    Safeguard(
        "an account's answer goes on when the bridge leaves",
        "bridge/core/bridge.py",
        "        self._backend.leave()\n",
        "",
        RECOVERY,
    ),
    Safeguard(
        "a chat that Qwen lost is opened anew",
        "bridge/core/asking.py",
        "except (ChatGone, Empty) as error:",
        "except Empty as error:",
        CONTRACT,
    ),
    Safeguard(
        "the conversation is carried over",
        "bridge/core/asking.py",
        "carried_over(chain, prompt_of(replace(turn, system=conversation.system)))\n",
        "prompt_of(replace(turn, system=conversation.system)), False\n",
        CONTRACT,
    ),
    Safeguard(
        "a question is held while the operator is needed",
        "bridge/core/asking.py",
        "        if not self._policy.hold_seconds:\n",
        "        if True:\n",
        "tests/bridge/core/test_holding.py",
    ),
    Safeguard(
        "what is old is not answered unasked",
        "bridge/core/turn_runner.py",
        "if not (left and resume_seconds) or turn.asked_at >=",
        "if True or turn.asked_at >=",
        RECOVERY,
    ),
)
