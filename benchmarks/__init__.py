"""Side-by-side measurements. A module here measures one thing in `main()` and prints a table of medians."""
