"""From the referral to sessions attended: stages, and booking against showing up."""
