"""Design, run and understand TCP services inside a Jupyter notebook."""
