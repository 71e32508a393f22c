"""One module a wire; each turns its dialect into a plan, and a job back into its dialect."""
