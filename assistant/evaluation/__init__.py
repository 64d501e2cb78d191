"""How good search is: measures over a judged set of questions."""
