-- The highest number of a turn when something was forgotten: no number is given twice, since whatever runs knows its own.

CREATE TABLE forgotten (turn INTEGER NOT NULL) STRICT;

INSERT INTO forgotten (turn) VALUES (0);
