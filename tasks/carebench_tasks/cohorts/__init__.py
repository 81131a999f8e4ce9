"""Who is studied: one module per data set, apart from the questions because several families ask of the same patients."""
