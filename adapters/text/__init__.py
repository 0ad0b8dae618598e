"""What all renderings of Markdown share: clean characters, formulas and tables as text, links, bold without blanks, notes."""
