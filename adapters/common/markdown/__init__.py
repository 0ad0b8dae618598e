"""Parts of the platforms' renderers of Markdown: clean text, formulas, tables, links, footnotes, CJK emphasis."""
