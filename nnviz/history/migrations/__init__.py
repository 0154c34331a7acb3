"""The steps that made the tables what they are. A step that has been released is never changed again."""
