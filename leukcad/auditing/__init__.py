"""Is it right, and for the right reason? Fields are edited, each once, and whatever answers fields answers them."""
