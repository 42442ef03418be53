"""Who answers? Any endpoint that speaks the OpenAI chat completions API."""
