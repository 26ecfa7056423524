"""The platform's scores in a narrow table of ours, kept exact by triggers."""
