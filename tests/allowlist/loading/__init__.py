"""Would nginx and Apache load it: files whole and broken, and the servers' own word on each."""
