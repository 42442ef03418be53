"""What is in there? Questions as SQL, pictures, and SQL cells in a notebook."""
