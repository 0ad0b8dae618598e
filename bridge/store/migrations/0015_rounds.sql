-- People who ask in one place take turns: in each round everybody has one question. Older questions keep their order.

ALTER TABLE turns ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN beside INTEGER NOT NULL DEFAULT 0;       -- 1: a notice, which waits in no line

DROP INDEX turns_unfinished;
CREATE INDEX turns_unfinished ON turns (conversation, round) WHERE state <> 'shown';
CREATE INDEX turns_in_rounds ON turns (conversation, round, author_id);
CREATE INDEX turns_unfinished_of ON turns (author_id) WHERE state <> 'shown';
