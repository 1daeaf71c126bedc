"""Files that steps leave: taken in, judged, listed, given out."""
