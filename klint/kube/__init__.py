"""Documents → Resources, and what is known of each kind; controllers and platforms as tables of data."""
