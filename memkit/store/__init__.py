"""Where is it kept? The tables, the only door to a user's rows, and the copy that SQL runs on."""
