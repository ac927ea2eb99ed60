"""What specks costs, beside the plain statement or the tool that people use now."""
