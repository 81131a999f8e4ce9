"""One module for each command that does more than print a line; imported only when it is called."""
