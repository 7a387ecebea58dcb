"""Reading images safely, splits, and audits of what leaks between them."""
