-- What Qwen thought before it answered, where it is shown with the answer.

ALTER TABLE turns ADD COLUMN thought TEXT NOT NULL DEFAULT '';
