"""What makes the shipped models; each module's `main()` makes one kind of them."""
