-- Pictures and documents that came with a question, until its outcome is known.

CREATE TABLE files (
    turn         INTEGER NOT NULL REFERENCES turns (id),
    place        INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    data         BLOB    NOT NULL,
    PRIMARY KEY (turn, place)
) STRICT;
