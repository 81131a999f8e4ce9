"""Human readers: simulated ones with the accuracies that they declare, and real physicians."""
