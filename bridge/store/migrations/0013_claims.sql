-- How often a turn was claimed: whoever holds an older claim may not write any more.

ALTER TABLE turns ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
