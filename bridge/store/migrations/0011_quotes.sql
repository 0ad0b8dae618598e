-- What a question refers to is kept as it stands above the question: it may be several messages, or a part of an answer.
-- Before, it was a line with the name of an author, then the text.

UPDATE turns SET quote =
    CASE WHEN substr(quote, 1, instr(quote, char(10)) - 1) = '' THEN ''
        ELSE substr(quote, 1, instr(quote, char(10)) - 1) || ' wrote:' || char(10) END
    || '> ' || replace(substr(quote, instr(quote, char(10)) + 1), char(10), char(10) || '> ')
WHERE quote <> '';
