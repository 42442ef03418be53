"""What says whether an exercise is solved: a module a lesson."""
