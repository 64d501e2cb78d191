"""The audit log: chained, append-only, searched, exported, sent on and kept as long as each organisation says."""
