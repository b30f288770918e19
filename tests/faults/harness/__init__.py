"""What every fault needs: a platform to break, a load, a measure of what came again, and the accounts."""
