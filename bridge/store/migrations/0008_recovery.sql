-- What a process leaves behind that is killed: where Qwen went on writing, and a message of which it never learnt.

ALTER TABLE turns ADD COLUMN asked_chat TEXT;     -- where Qwen was writing the answer: Qwen's id of the chat,
ALTER TABLE turns ADD COLUMN asked_response TEXT; -- … and of the answer
ALTER TABLE turns ADD COLUMN sending INTEGER;     -- the place of a message that is being sent; NULL: none is
