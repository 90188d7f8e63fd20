"""A file here is a command: its ``app`` is a typer app of one function, called as the file is."""
