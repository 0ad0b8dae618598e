-- Whether people were told that the conversation has grown longer than Qwen reads at once.

ALTER TABLE conversations ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
