"""What people thought of answers, and what the documents do not answer: gaps, for those who can close them."""
