"""The command line: the same steps, from a shell."""
