"""What the archive does by itself: it watches pods and Runs, and deletes pods when all they left is safe."""
