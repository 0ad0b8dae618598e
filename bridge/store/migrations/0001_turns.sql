-- Conversations, their turns, and the platform's messages that ask and show them.

CREATE TABLE conversations (
    id       INTEGER PRIMARY KEY,
    platform TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    thread   TEXT    NOT NULL,
    epoch    INTEGER NOT NULL DEFAULT 0,          -- raised when people begin anew: older turns no longer move the head
    head     INTEGER REFERENCES turns (id),       -- the last finished turn; its chat_id and response_id are Qwen's
    UNIQUE (platform, channel, thread)
) STRICT;

CREATE TABLE turns (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    epoch        INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('waiting', 'settled', 'shown')),
    author_id    TEXT    NOT NULL,
    author_name  TEXT    NOT NULL,
    prompt       TEXT    NOT NULL,
    parent       INTEGER REFERENCES turns (id),   -- the turn that this one hangs on
    chat_id      TEXT,                            -- Qwen's; NULL until the answer is finished
    response_id  TEXT,                            -- Qwen's id of the answer: the parent_id of what hangs on it
    answer       TEXT    NOT NULL DEFAULT '',
    notice       TEXT    NOT NULL DEFAULT '',     -- the bridge's own sentence, after the answer or in its place
    owner        TEXT    NOT NULL DEFAULT '',     -- the process that runs it,
    owned_until  REAL    NOT NULL DEFAULT 0,      -- … and until when nobody else may (seconds since 1970)
    asked_at     REAL    NOT NULL
) STRICT;

CREATE INDEX turns_unfinished ON turns (conversation, id) WHERE state <> 'shown';

CREATE TABLE messages (
    platform TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    message  TEXT    NOT NULL,                    -- the platform's id
    turn     INTEGER NOT NULL REFERENCES turns (id),
    role     TEXT    NOT NULL CHECK (role IN ('question', 'answer')),
    place    INTEGER NOT NULL,                    -- the order among the turn's messages of this role
    PRIMARY KEY (platform, channel, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_of_turn ON messages (turn, role, place);
