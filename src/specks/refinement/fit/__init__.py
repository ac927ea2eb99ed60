"""The least-squares fit of many clusters at once; nothing here knows of tables."""
