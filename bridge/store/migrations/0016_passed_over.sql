-- What came from a platform and could not be read or handled, for the operator to see; no word of it.

CREATE TABLE passed_over (
    id       INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    channel  TEXT NOT NULL,                       -- empty where it is not known
    kind     TEXT NOT NULL,                       -- the platform's name for it
    error    TEXT NOT NULL,                       -- the name of the error's class
    at       REAL NOT NULL
) STRICT;
