"""What tests of receivers are made with: virtual time."""
