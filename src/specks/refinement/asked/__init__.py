"""What a call asks for, checked and written out for every feature."""
