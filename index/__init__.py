"""The write side: article files → articles → sentences → passages → vectors and postings → a library on disk."""
