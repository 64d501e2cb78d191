"""Answers that a person has written and stands for; they are looked for before documents."""
