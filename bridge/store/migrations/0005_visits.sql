-- Who asked when, and who was told that they may not; kept for a day, whatever becomes of the turns.

CREATE TABLE visits (
    id       INTEGER PRIMARY KEY,
    platform TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    author   TEXT    NOT NULL,                    -- the platform's id
    what     TEXT    NOT NULL CHECK (what IN ('asked', 'refused', 'barred')),
    at       REAL    NOT NULL                     -- seconds since 1970
) STRICT;

CREATE INDEX visits_by ON visits (platform, author, what, at);
CREATE INDEX visits_in ON visits (platform, channel, what, at);
CREATE INDEX visits_old ON visits (at);

DROP INDEX turns_asked_by;
