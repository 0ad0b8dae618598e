"""What the platforms' renderers of Markdown share: clean text, formulas, tables, links, footnotes, CJK emphasis."""
