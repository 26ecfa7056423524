"""The layer between the network and the program."""
