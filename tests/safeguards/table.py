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
ASKED = "tests/adapters/discord/test_command_questions.py"
DEADLINES = "tests/adapters/test_deadlines.py"
LIFECYCLE = "tests/adapters/cli/test_lifecycle.py"
QWEN_SESSION = "tests/bridge/backends/qwen/test_session.py"
CORE = "tests/bridge/core/test_bridge.py"
ROOMS = "tests/bridge/core/test_rooms.py"
ROUNDS = "tests/bridge/store/test_rounds.py"

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
        "        if message < discord.utils.time_snowflake(self._clock.now() + CLOCKS_DIFFER):\n",
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
        "Discord: a question of /ask is recorded before it is said aloud",
        "adapters/discord/interactions.py",
        "            if await self._with_deferral(interaction, self._intake.receive(asked, complete), "
        "ephemeral=False):\n"
        "                await self._questions.show(key, name, question)\n",
        "            await self._questions.show(key, name, question)\n"
        "            await self._intake.receive(asked, complete)\n",
        ASKED,
    ),
    Safeguard(
        "Discord: a recorded question of /ask that no message shows is shown by the next process",
        "adapters/discord/command_questions.py",
        "        await self._ask()\n        return await super()._send(",
        "        return await super()._send(",
        ASKED,
    ),
    Safeguard(
        "Discord: a question of /ask that was shown unnoticed is found",
        "adapters/discord/command_questions.py",
        "if shown := await self._find(channel, number, text):",
        "if shown := None:",
        ASKED,
    ),
    Safeguard(
        "Discord: what was missed is dated by Discord's clock",
        "adapters/discord/backfill.py",
        "time_snowflake(self._clock.now() - MAX_AGE)",
        "time_snowflake(discord.utils.utcnow() - MAX_AGE)",
        BACKFILL,
    ),
    Safeguard(
        "Discord: a request has a deadline",
        "adapters/discord/deadlines.py",
        "call_later(seconds, _abort, connection)",
        "call_later(3600, _abort, connection)",
        DEADLINES,
    ),
    Safeguard(
        "Discord: the gateway has a deadline to begin a session",
        "adapters/discord/outage.py",
        "asyncio.timeout(SESSION_SECONDS)",
        "asyncio.timeout(3600)",
        DEADLINES,
    ),
    Safeguard(
        "Telegram: an answer that drips has a deadline",
        "adapters/telegram/request.py",
        "deadline.reschedule(answered + ANSWER_SECONDS + len(body) / SLOWEST)",
        "deadline.reschedule(None)",
        DEADLINES,
    ),
    Safeguard(
        "Telegram: an answer whose head drips has a deadline",
        "adapters/telegram/request.py",
        "asyncio.timeout(began)",
        "asyncio.timeout(3600)",
        DEADLINES,
    ),
    Safeguard(
        "Qwen: signs of life for ever are no answer",
        "bridge/backends/http/sse.py",
        "min(deadline, answer.moved_at + PROGRESS_SECONDS)",
        "deadline",
        QWEN_SESSION,
    ),
    Safeguard(
        "Qwen: a body that drips has a deadline",
        "bridge/backends/qwen/session.py",
        "                    async with asyncio.timeout(SILENCE_SECONDS):\n",
        "                    async with asyncio.timeout(3600):\n",
        QWEN_SESSION,
    ),
    Safeguard(
        "a silent Qwen holds back no login",
        "adapters/cli/composition.py",
        "        yield naming\n",
        "        await naming\n        yield naming\n",
        f"{PROCESS}::test_a_silent_qwen_holds_back_no_login",
    ),
    Safeguard(
        "a lookup of a name that hangs keeps nobody from leaving",
        "adapters/cli/main.py",
        "    asyncio.get_running_loop().set_default_executor(DaemonThreads())\n",
        "",
        f"{PROCESS}::test_a_lookup_that_hangs_does_not_delay_leaving",
    ),
    Safeguard(
        "nothing begins to listen once the program leaves",
        "adapters/cli/serve.py",
        "        if self.leaving:\n",
        "        if False:\n",
        LIFECYCLE,
    ),
    Safeguard(
        "what drops a cancelling is cancelled again",
        "adapters/cli/serve.py",
        "        if left <= 0:\n            break\n",
        "        break\n",
        LIFECYCLE,
    ),
    Safeguard(
        "a message is recorded once",
        "bridge/store/arrivals.py",
        "        if sql.one(_KNOWN, key.platform, key.channel, incoming.message):\n            return None\n",
        "",
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
        "what Discord's library repeats is not sent without a look",
        "adapters/discord/adapter.py",
        "        trace.on_request_start.append(refuse_late)\n",
        "",
        "tests/adapters/test_late_requests.py",
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
    Safeguard(
        "people in one place take turns",
        "bridge/store/turn_rows.py",
        "SELECT max(own.round) + 1 FROM turns own",
        "SELECT max(own.round) FROM turns own",
        ROUNDS,
    ),
    Safeguard(
        "nobody is answered before the question that they reply to",
        "bridge/store/turn_rows.py",
        "WHERE above.id = $3 AND above.conversation = $1",
        "WHERE above.id = $3 AND above.conversation = -$1",
        ROUNDS,
    ),
    Safeguard(
        "one person does not fill a place",
        "bridge/core/admission.py",
        "if incoming.shared and (arrival.own >= each or",
        "if incoming.shared and (",
        ROOMS,
    ),
    Safeguard(
        "who has nothing waiting is let into a full place",
        "bridge/core/admission.py",
        "(most if arrival.own else most * CROWD)",
        "most",
        ROOMS,
    ),
    Safeguard(
        "nobody waits for a notice of the bridge",
        "bridge/store/arrivals.py",
        '        "beside": bool(incoming.notice),\n',
        "",
        f"{ROOMS} {ROUNDS}",
    ),
    Safeguard(
        "who asks nothing is told once",
        "bridge/core/admission.py",
        'return "unasked" if self.told(author, key, incoming.notice) else incoming',
        "return incoming",
        ROOMS,
    ),
    Safeguard(
        "notices have a budget in each place",
        "bridge/core/admission.py",
        "        if len(said) == MOST_SAID and",
        "        if False and",
        ROOMS,
    ),
    Safeguard(
        "notices go after answers at the platform",
        "adapters/common/rate_limiter.py",
        "        rank = NOTICE if notice else FINAL if final",
        "        rank = FINAL if final",
        "tests/adapters/common/test_rate_limiter.py",
    ),
    Safeguard(
        "a paste that never ends is a question after a while",
        "bridge/store/arrivals.py",
        "ready_at = min($4, asked_at + $6)",
        "ready_at = max($4, $6)",
        ROUNDS,
    ),
    Safeguard(
        "a paste has a longest length",
        "bridge/store/arrivals.py",
        "AND length(prompt) < $6 ORDER",
        "AND $6 > 0 ORDER",
        ROUNDS,
    ),
)
