"""Share what the renderings of Markdown have in common: clean text, formulas, tables, links, footnotes, bold."""
