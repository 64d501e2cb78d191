"""What embedded mode starts by itself: the local embedding model's server, and the launcher of all processes."""
