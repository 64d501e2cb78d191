"""Files that a person puts into a conversation: ingested like any other, readable by nobody else."""
