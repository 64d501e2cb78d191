"""What a question was asked with: which assistant, which collections, documents of which days."""
