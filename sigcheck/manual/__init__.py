"""The pages that travel with the package, and how a terminal shows them. No socket, no library for terminals."""
