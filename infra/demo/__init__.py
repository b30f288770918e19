"""What the demo begins with: libraries, partners, their offer and the staff who sign in. Nobody in it exists."""
