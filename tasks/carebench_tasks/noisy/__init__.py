"""Tasks whose training labels are wrong in a known way: generators, clean questions, and the grid of both."""
