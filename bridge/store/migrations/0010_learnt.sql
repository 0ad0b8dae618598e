-- What was learnt of the servers that answer, and whether people were told that a model shows no thinking.

CREATE TABLE learnt (
    server TEXT NOT NULL,                         -- host, port and path of its address: no login, no query
    model  TEXT NOT NULL,                         -- the server's id of it
    name   TEXT NOT NULL,                         -- what was learnt, as bridge.backends.openai names it
    value  TEXT NOT NULL,
    at     REAL NOT NULL,                         -- seconds since 1970
    PRIMARY KEY (server, model, name)
) STRICT;

ALTER TABLE conversations ADD COLUMN unthought INTEGER NOT NULL DEFAULT 0;
