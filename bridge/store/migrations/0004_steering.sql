-- What people steer: versions of an answer, branches, questions of several messages, options of a conversation.

ALTER TABLE turns ADD COLUMN origin INTEGER;                          -- the first version of this answer; mostly itself
ALTER TABLE turns ADD COLUMN fixed INTEGER NOT NULL DEFAULT 0;        -- 1: its parent was chosen when it was recorded
ALTER TABLE turns ADD COLUMN replaced_by INTEGER REFERENCES turns (id);  -- its question was edited, and is this one now
ALTER TABLE turns ADD COLUMN language TEXT NOT NULL DEFAULT '';       -- the asker's, as the platform names it
ALTER TABLE turns ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;       -- 1: several people talk here
ALTER TABLE turns ADD COLUMN quote TEXT NOT NULL DEFAULT '';          -- what somebody else wrote, that is asked about
ALTER TABLE turns ADD COLUMN "group" TEXT NOT NULL DEFAULT '';        -- its messages belong together,
ALTER TABLE turns ADD COLUMN ready_at REAL NOT NULL DEFAULT 0;        -- … and more may come until then
ALTER TABLE turns ADD COLUMN told INTEGER NOT NULL DEFAULT 0;         -- which standing instruction Qwen knows by then

UPDATE turns SET origin = id;

CREATE INDEX turns_versions ON turns (origin);
CREATE INDEX turns_asked_by ON turns (author_id, asked_at);
CREATE INDEX turns_asked_in ON turns (conversation, asked_at);

ALTER TABLE conversations ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN thinking INTEGER;                -- NULL: as the operator chose
ALTER TABLE conversations ADD COLUMN search INTEGER;
ALTER TABLE conversations ADD COLUMN system TEXT NOT NULL DEFAULT ''; -- the standing instruction,
ALTER TABLE conversations ADD COLUMN told INTEGER NOT NULL DEFAULT 0; -- … and how often it has changed
ALTER TABLE conversations ADD COLUMN trouble TEXT NOT NULL DEFAULT '';  -- the last thing that went wrong

CREATE TABLE moves (
    code         TEXT    PRIMARY KEY,             -- a hash of what the asker was shown
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    until        REAL    NOT NULL
) STRICT, WITHOUT ROWID;
