-- Indexes for what deleting and claiming look up, and since when a standing instruction holds.

CREATE INDEX turns_children ON turns (parent) WHERE parent IS NOT NULL;
CREATE INDEX turns_replaced ON turns (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX turns_owned ON turns (owner) WHERE owner <> '';
CREATE INDEX turns_with_words ON turns (asked_at)
    WHERE author_name || prompt || answer || thought || quote || notice <> '';
CREATE INDEX conversations_heads ON conversations (head) WHERE head IS NOT NULL;
CREATE INDEX moves_from ON moves (conversation);
CREATE INDEX moves_old ON moves (until);

ALTER TABLE conversations ADD COLUMN instructed_at REAL NOT NULL DEFAULT 0;  -- seconds since 1970
