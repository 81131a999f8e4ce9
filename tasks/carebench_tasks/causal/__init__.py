"""The causal tasks: simulated outcomes on real patients, real data without truth, and benchmarks read from files."""
