"""Which memories? Six ways to rank them, and the choice of those that go into a prompt."""
