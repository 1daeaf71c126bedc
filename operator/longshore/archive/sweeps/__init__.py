"""Room on the archive's volumes: how much there is, and what goes when its time is over."""
