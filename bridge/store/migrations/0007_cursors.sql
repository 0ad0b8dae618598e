-- Up to which message everything was looked at, where a platform tells later what a bot missed.

CREATE TABLE cursors (
    platform TEXT    NOT NULL,
    channel  TEXT    NOT NULL,                    -- empty: the whole platform; else what was forgotten there
    message  INTEGER NOT NULL,                    -- the platform's ids, which rise
    PRIMARY KEY (platform, channel)
) STRICT, WITHOUT ROWID;
