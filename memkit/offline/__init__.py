"""Who answers without a key? A deterministic set of rules behind the same client."""
