-- Whether the platform shows that a question waits, or may show it: only then the mark is taken off.

ALTER TABLE messages ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
