"""What leaves the room: disclosure rules, figures and tables. Nothing here computes an estimate."""
