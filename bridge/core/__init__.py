"""The life of a turn: received, asked, answered, shown, and what people do to it by hand."""
