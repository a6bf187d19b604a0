"""What a catalog check finds: each file by itself, kept in an index, and all files together."""
