"""What all renderings of Markdown share: characters that no message needs, formulas as text, bold without blanks."""
