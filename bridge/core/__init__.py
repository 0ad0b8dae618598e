"""Run the life of a turn: received, asked, answered, shown; and perform people's actions on it."""
