"""What an installation in containers needs besides the images: fresh secrets, and a look at a process from inside."""
