"""What all renderings of Markdown share: clean text, formulas, tables, links, notes, bold without blanks, refusals."""
