"""Fields that the report shows: some examples, the worst errors, and what each pipeline saw and found in them."""
