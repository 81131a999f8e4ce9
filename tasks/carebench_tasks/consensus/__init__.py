"""Tasks in which several raters judged the same items: two published studies, and simulated raters of real patients."""
